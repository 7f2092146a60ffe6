"""The Python code that repeats the current run: the same data, settings and weights."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sklinear_gd._base import LinearGDClassifier
from sklinear_gd._typing import Array
from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.trainer import SEED, Trainer, batches
from sklinear_gd.schedules import Schedule


def python_code(experiment: Experiment) -> str:
    """A program that ends with the weights that the page shows.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    code : str
        It needs NumPy and the library. ``clf`` is the first model, ``rival`` the second.
    """
    trainers = experiment.trainers
    first = trainers[0]
    lines = ["import numpy as np"]
    if first.batch_size < len(first.X):
        lines = ["from itertools import count, islice", "", *lines]
    lines += ["", *_imports(trainers), "", *_array("X", experiment.X), *_array("y", experiment.y)]
    if first.batch_size < len(first.X):
        lines += ["", "", *inspect.getsource(batches).rstrip().split("\n"), ""]
    for name, trainer in zip(("clf", "rival"), trainers, strict=False):
        lines += ["", *_training(name, trainer)]
    return "\n".join(lines) + "\n"


def _imports(trainers: Sequence[Trainer]) -> Iterator[str]:
    estimators = {type(trainer.estimator).__name__ for trainer in trainers}
    schedules = {
        type(trainer.estimator.schedule).__name__
        for trainer in trainers
        if isinstance(trainer.estimator.schedule, Schedule)
    }
    yield from (f"from sklinear_gd import {name}" for name in sorted(estimators))
    if schedules:
        yield f"from sklinear_gd.schedules import {', '.join(sorted(schedules))}"


def _array(name: str, values: Array) -> list[str]:
    """An assignment of an array, a row a line, in numbers that read back as the same."""
    values = np.asarray(values)
    if values.ndim == 1:
        return [f"{name} = np.array({values.tolist()!r})"]
    return [f"{name} = np.array([", *(f"    {row!r}," for row in values.tolist()), "])"]


def _training(name: str, trainer: Trainer) -> Iterator[str]:
    """The estimator and its updates; without updates the weights are all there is."""
    estimator, changed = trainer.estimator, _parameters(trainer.estimator)
    yield f"{name} = {type(estimator).__name__}("
    yield from (f"    {key}={value!r}," for key, value in changed.items())
    yield ")"
    yield "# Where this run started."
    yield from _array("coef_init", trainer.coef_init)
    yield from _array("intercept_init", trainer.intercept_init)
    classes = f"np.arange({trainer.settings.classes})"
    if not trainer.updates:
        yield f"{name}.classes_ = {classes}"
        yield f"{name}.coef_, {name}.intercept_ = coef_init, intercept_init"
        return
    start = f"classes={classes}, coef_init=coef_init, intercept_init=intercept_init"
    if trainer.batch_size >= len(trainer.X):
        yield f"{name}.partial_fit(X, y, {start})"
        yield f"for _ in range({trainer.updates - 1}):"
        yield f"    {name}.partial_fit(X, y)"
        return
    yield f"order = batches(len(X), {trainer.batch_size}, seed={SEED})"
    yield "rows = next(order)"
    yield f"{name}.partial_fit(X[rows], y[rows], {start})"
    yield f"for rows in islice(order, {trainer.updates - 1}):"
    yield f"    {name}.partial_fit(X[rows], y[rows])"


def _parameters(estimator: LinearGDClassifier) -> dict[str, Any]:
    """The parameters that differ from their defaults, in the order of the signature."""
    defaults = type(estimator)().get_params(deep=False)
    given = estimator.get_params(deep=False)
    names = inspect.signature(type(estimator).__init__).parameters
    return {
        name: given[name]
        for name in names
        if name in given and repr(given[name]) != repr(defaults[name])
    }
