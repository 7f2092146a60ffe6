"""Saved models: the version goes with them, and what comes back is checked before it is used.

Loading bypasses ``__init__`` and ``fit``, so that a file that was cut, edited or written by other
code would reach predictions, warm starts and compiled code unchecked.
"""

import warnings
from numbers import Integral, Real

import numpy as np
from scipy import sparse

from sklinear_gd._namespaces import to_host
from sklinear_gd._versions import __version__
from sklinear_gd.conditioning import Basis
from sklinear_gd.designs import check_structure

VERSION = "_sklinear_gd_version"


def stamped(state):
    """The state to save, with the version of this package."""
    return {**state, VERSION: __version__}


def checked(name, state):
    """The state to restore, without the stamp.

    Parameters
    ----------
    name : str
        The class that it is for.
    state : dict
        Attributes, as ``__getstate__`` returned them.

    Raises
    ------
    ValueError
        If the attributes do not make a model.

    Warns
    -----
    UserWarning
        If another version of the package saved it.
    """
    state = dict(state)
    version = state.pop(VERSION, "unknown")
    if version != __version__:
        warnings.warn(
            f"This {name} was saved by version {version} of sklinear_gd and is loaded by version "
            f"{__version__}: its predictions may differ. Fit and save it anew, or install that "
            "version.",
            UserWarning,
            stacklevel=4,
        )
    if "coef_" in state or "classes_" in state:
        try:
            _check_model(state)
            if "_state" in state:
                _check_training(state, state["_state"])
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise _broken(name, f"{type(error).__name__}: {error}") from error
        except _BrokenPart as error:
            raise _broken(name, error) from None
    return state


class _BrokenPart(Exception):
    """What is wrong with one attribute."""


def _broken(name, what):
    return ValueError(
        f"The saved state of {name} is broken: {what}. Load an intact file, or fit the model anew."
    )


def _require(condition, what):
    if not condition:
        raise _BrokenPart(what)


def _check_model(state):
    """Classes, coefficients and intercepts that belong together."""
    classes = to_host(state["classes_"])
    _require(isinstance(classes, np.ndarray) and classes.ndim == 1, "classes_ is no vector")
    _require(len(classes) >= 2, f"classes_ has {len(classes)} entries, at least 2 are needed")
    _require(bool((classes[1:] > classes[:-1]).all()), "classes_ is not sorted")
    n_scores, n_features = 1 if len(classes) == 2 else len(classes), state["n_features_in_"]
    _require(_is_count(n_features), "n_features_in_ is no count")
    coef, intercept = to_host(state["coef_"]), to_host(state["intercept_"])
    if sparse.issparse(coef):
        try:
            check_structure(coef)
        except ValueError:
            raise _BrokenPart("coef_ is a broken sparse matrix") from None
    values = coef.data if sparse.issparse(coef) else coef
    _check_array("coef_", coef, (n_scores, n_features))
    _check_finite("coef_", values)
    _check_array("intercept_", intercept, (n_scores,))
    _check_finite("intercept_", intercept)
    for name in ("n_iter_", "t_"):
        _require(_is_count(state[name]), f"{name} is no count")
    lengths = {len(column) for column in state["history_"].values()}
    _require(len(lengths) <= 1, "the columns of history_ are not equally long")


def _check_training(state, training):
    """What warm starts and ``partial_fit`` go on from."""
    n_scores, n_features = state["coef_"].shape
    shapes = [(rows, n_scores) for rows in (n_features, n_features + 1)]  # without and with b
    arrays = {name: to_host(a) for name, a in training["optimizer"].items()}
    arrays = {name: a for name, a in arrays.items() if isinstance(a, np.ndarray)}
    if training["params"] is not None:
        arrays["params"] = to_host(training["params"])
    for name, array in arrays.items():
        _check_array(name, array, *shapes)
    for name in ("updates", "epochs", "averaged", "seed"):
        _require(_is_count(training[name]), f"{name} is no count")
    _require(isinstance(training["fit_intercept"], bool), "fit_intercept is no bool")
    rate = training["learning_rate"]
    _require(rate is None or (isinstance(rate, Real) and rate > 0), "learning_rate is not > 0")
    _check_variables(training, n_features)


def _check_variables(training, n_features):
    """The metric and the axes that the solver works in."""
    vectors, axes, shape = {}, {}, None
    if training["conditioning"] is not None:
        vectors["scale"], vectors["center"] = map(to_host, training["conditioning"])
        _require(bool((vectors["scale"] > 0).all()), "scale is not > 0")
    if training["basis"] is not None:
        vectors["mean"], axes["directions"], reflectors = map(to_host, Basis(*training["basis"]))
        n_axes = n_features if reflectors is None else reflectors.shape[1]
        axes["reflectors"], shape = reflectors, (n_features, n_axes)
    may_lack = ("center", "mean", "reflectors")  # where nothing is centred, or not reflected
    for arrays, wanted in ((vectors, (n_features,)), (axes, shape)):
        for name, array in arrays.items():
            if array is not None or name not in may_lack:
                _check_array(name, array, wanted)
                _check_finite(name, array)


def _check_array(name, array, *shapes):
    """Floats in one of these shapes."""
    _require(array.shape in shapes, f"{name} has the shape {array.shape}, not {shapes[-1]}")
    _require(array.dtype in (np.float32, np.float64), f"{name} has the dtype {array.dtype}")


def _check_finite(name, array):
    _require(isinstance(array, np.ndarray), f"{name} is no array")
    _require(bool(np.isfinite(array).all()), f"{name} is not finite")


def _is_count(value):
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 0
