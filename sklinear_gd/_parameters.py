"""The estimators' parameters, checked and turned into objects and numbers: once, here."""

from math import inf
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from sklinear_gd._validation import check_flag, check_number, plain, shown
from sklinear_gd.conditioning import TURNED
from sklinear_gd.optimizers import resolve_optimizer
from sklinear_gd.schedules import resolve_schedule
from sklinear_gd.solvers import Plan


def check_alpha(estimator):
    """Raise ValueError unless the penalty's strength is a number >= 0."""
    owner, cure = type(estimator).__name__, "0 switches the penalty off"
    check_number(owner, "alpha", estimator.alpha, low=0, cure=cure)


def check_max_norm(estimator):
    """Raise ValueError unless the radius of the ball is a number > 0 or None."""
    if estimator.max_norm is not None:
        owner = type(estimator).__name__
        check_number(owner, "max_norm", estimator.max_norm, low=0, low_open=True, cure="or None")


def resolve_plan(estimator):
    """Check every parameter that is not the loss's or the penalty's own.

    Parameters
    ----------
    estimator : LinearGDClassifier

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        It names the parameter, its value and what is allowed.
    """
    owner = type(estimator).__name__
    get = estimator.get_params(deep=False).get
    check_alpha(estimator)
    check_number(owner, "l1_ratio", get("l1_ratio"), low=0, high=1)
    check_number(owner, "dropout", get("dropout"), low=0, high=1, high_open=True)
    check_number(owner, "max_iter", get("max_iter"), low=1, integer=True)
    wait = get("n_iter_no_change")
    if not (isinstance(wait, str) and wait == "auto"):
        check_number(owner, "n_iter_no_change", wait, low=1, integer=True, cure="or 'auto'")
    if not isinstance(get("verbose"), bool):
        check_number(owner, "verbose", get("verbose"), low=0, integer=True)
    for name in ("fit_intercept", "average", "early_stopping", "warm_start"):
        check_flag(owner, name, get(name))
    if not (isinstance(get("shuffle"), str) and get("shuffle") == "blocks"):
        check_flag(owner, "shuffle", get("shuffle"), cure="or 'blocks'")
    if get("tol") is not None:
        check_number(owner, "tol", get("tol"), low=0, cure="None runs all epochs")
    check_max_norm(estimator)
    if get("early_stopping"):
        check_number(
            owner,
            "validation_fraction",
            get("validation_fraction"),
            low=0,
            high=1,
            low_open=True,
            high_open=True,
        )
    return Plan(
        optimizer=_optimizer(get("optimizer")),
        schedule=_checked(resolve_schedule(get("schedule"))),
        learning_rate=_learning_rate(owner, get("learning_rate")),
        batch_size=_batch_size(owner, get("batch_size")),
        max_iter=int(get("max_iter")),
        tol=plain(get("tol")),
        n_iter_no_change=plain(wait),
        shuffle=get("shuffle"),
        average=get("average"),
        dropout=float(get("dropout")),
        max_norm=plain(get("max_norm")),
        precondition=_precondition(owner, get("precondition")),
        early_stopping=get("early_stopping"),
    )


def draw_seed(estimator):
    """A seed below 2**31 from the estimator's ``random_state``.

    Raises
    ------
    ValueError
    """
    try:
        random_state = check_random_state(estimator.random_state)
    except ValueError as error:
        raise ValueError(
            f"{type(estimator).__name__}: random_state={shown(estimator.random_state)} is no seed; "
            "pass an integer from 0 to 2**32 - 1, a RandomState, or None."
        ) from error
    return random_state.randint(np.iinfo(np.int32).max)


def _checked(component):
    component.check()
    return component


def _optimizer(value):
    """None for "auto", else the object."""
    if isinstance(value, str) and value == "auto":
        return None
    return _checked(resolve_optimizer(value))


def _precondition(owner, value):
    if value is False or (isinstance(value, str) and value in ("auto", *TURNED, "diagonal")):
        return value
    raise ValueError(
        f"{owner}: precondition={shown(value)} must be 'auto', 'full', 'principal', 'diagonal' or "
        "False; False is the textbook algorithm."
    )


def _learning_rate(owner, value):
    """None for "auto", else the number."""
    if isinstance(value, str) and value == "auto":
        return None
    check_number(owner, "learning_rate", value, low=0, low_open=True, cure="or use 'auto'")
    return float(value)


def _batch_size(owner, value):
    """Return "auto", or the number; infinity for the full batch."""
    if isinstance(value, str) and value in ("auto", "full"):
        return value if value == "auto" else inf
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(
            f"{owner}: batch_size={shown(value)} must be an integer >= 1, 'auto' or 'full'."
        )
    return int(value)
