"""The state of the page as the query of a link, and back, with every value checked."""

import re

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_choice, check_number
from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.settings import MAX_POINTS, MAX_WEIGHT, PLANE, RACER_FIELDS, Settings
from sklinear_gd.demo.trainer import Weights

SHARED = ("loss", "penalty", "alpha", "classes", "batch")
KEYS = (*SHARED, "race", *RACER_FIELDS, *(f"rival_{name}" for name in RACER_FIELDS))
ARRAYS = ("points", "weights", "rival_weights")
# Characters of one value; 80 points need less than half of it.
MAX_LENGTH = 4000
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", re.ASCII)


def to_query(experiment: Experiment) -> str:
    """The query, without the question mark; only letters, digits and ``-._~=&``.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    query : str
        It carries points, settings and the current weights, each number to its last bit.
    """
    settings = experiment.settings
    values = {name: getattr(settings, name) for name in SHARED}
    values["race"] = int(settings.race)
    values |= {name: getattr(settings.first, name) for name in RACER_FIELDS}
    values |= {f"rival_{name}": getattr(settings.second, name) for name in RACER_FIELDS}
    rows = zip(experiment.X.tolist(), experiment.y.tolist(), strict=True)
    values["points"] = "~".join(f"{x0:g}_{x1:g}_{label}" for (x0, x1), label in rows)
    for name, trainer in zip(("weights", "rival_weights"), experiment.trainers, strict=False):
        flat = np.append(trainer.coef.ravel(), trainer.intercept).tolist()
        values[name] = "_".join(repr(value).replace("+", "") for value in flat)
    return "&".join(f"{name}={value}" for name, value in values.items())


def from_query(arguments: dict[str, list[bytes]]) -> Experiment:
    """The experiment that a query describes.

    Parameters
    ----------
    arguments : dict of str to list of bytes
        The query as a web server parses it. What is left out has its default.

    Returns
    -------
    experiment : Experiment

    Raises
    ------
    ValueError
        For unknown names, values twice, and values that are not allowed; it names the first.
    """
    values = {name: _single(name, found) for name, found in arguments.items()}
    settings = _settings(values)
    X, y = _points(values["points"], settings.classes) if "points" in values else (None, None)
    if X is None and settings.classes < 3:
        raise ValueError("link: points is missing; two classes need points of their own.")
    if "weights" not in values:
        return Experiment(settings, X, y)
    size = 3 * settings.n_scores
    pairs = [_weights(name, values, size) for name in ARRAYS[1:] if name in values]
    return Experiment(settings, X, y, pairs * 2 if len(pairs) == 1 else pairs)


def _single(name: str, found: list[bytes]) -> str:
    """The one value of a name as text."""
    if name not in (*KEYS, *ARRAYS):
        raise ValueError(f"link: {name[:30]!r} is unknown.")
    if len(found) != 1:
        raise ValueError(f"link: {name} is given {len(found)} times; give it once.")
    if len(found[0]) > MAX_LENGTH:
        raise ValueError(f"link: {name} is too long.")
    try:
        return found[0].decode("ascii")
    except UnicodeDecodeError as error:
        raise ValueError(f"link: {name} holds characters that no link of this page has.") from error


def _number(name: str, text: str, low: float, high: float, integer: bool = False) -> float:
    if not NUMBER.fullmatch(text):
        raise ValueError(f"link: {name}={text[:30]!r} must be a number.")
    value = int(text) if integer and text.isdigit() else float(text)
    check_number("link", name, value, low=low, high=high, integer=integer)
    return value


def _settings(values: dict[str, str]) -> Settings:
    """The settings of a link, checked one by one."""
    settings = Settings()
    for name in KEYS:
        if name not in values:
            continue
        text = values[name]
        value: float | str
        own = name.removeprefix("rival_")
        if own in ("alpha", "rate"):
            value = _number(name, text, 0, np.finfo(float).max)
        elif own == "classes":
            value = _number(name, text, 2, 5, integer=True)
        elif own == "race":
            check_choice("link", name, text, ("0", "1"))
            value = text == "1"
        else:
            value = text
        owner = "second." if own != name else "first." if name in RACER_FIELDS else ""
        try:
            settings = settings.changed(owner + own, value)
        except ValueError as error:
            raise ValueError(f"link: {str(error)[:200]}") from error
    return settings


def _points(text: str, n_classes: int) -> tuple[Array, Array]:
    """X and y from the points of a link."""
    rows = [row.split("_") for row in text.split("~")]
    if not 1 <= len(rows) <= MAX_POINTS:
        raise ValueError(f"link: points must be 1 to {MAX_POINTS}, not {len(rows)}.")
    for row in rows:
        if len(row) != 3:
            raise ValueError(f"link: points has the entry {'_'.join(row)[:30]!r}, not x_y_class.")
    X = [[_number("points", part, -PLANE, PLANE) for part in row[:2]] for row in rows]
    y = [_number("points", row[2], 0, n_classes - 1, integer=True) for row in rows]
    return np.array(X).round(2), np.array(y)


def _weights(name: str, values: dict[str, str], size: int) -> Weights:
    """The weights of one model of a link: coef and intercept."""
    parts = values[name].split("_")
    if len(parts) != size:
        raise ValueError(f"link: {name} needs {size} numbers, not {len(parts)}.")
    flat = np.array([_number(name, part, -MAX_WEIGHT, MAX_WEIGHT) for part in parts])
    n_scores = size // 3
    return flat[: 2 * n_scores].reshape(n_scores, 2), flat[2 * n_scores :]
