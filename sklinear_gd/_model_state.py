"""Between a fitted estimator's attributes and the solver's state: plain arrays and numbers."""

import numpy as np
from scipy import sparse
from sklearn import get_config

from sklinear_gd._namespaces import copy_of, described, is_foreign, same_place, to_host
from sklinear_gd.conditioning import Conditioning
from sklinear_gd.schedules import Adaptive
from sklinear_gd.solvers import State

# Classes that are converted together: a cache line of them lies side by side.
PART = 16
# Objectives that differ by no more than this share are the same, but for rounding.
SAME = 1e-3
# The share of the automatic rate with which mini-batches go on from full batches.
CALM = 0.01
# Numbers that are looked at together for zeros.
NUMBERS = 1 << 20


def to_params(objective, coef, intercept):
    """``coef_`` (n_scores, n_features) and ``intercept_`` as new, padded parameters."""
    params = objective.zeros()
    W, b = objective.split(params)
    design = objective.design
    intercept = design.place(intercept)
    if sparse.issparse(coef) and objective.basis is None and design.xp is np:
        coef = coef.tocsr()
        for part in class_parts(coef):
            W[:, part] = coef[part].toarray().T
        coef = W
    else:
        coef = design.place(coef.toarray() if sparse.issparse(coef) else coef).T
    if objective.basis is not None:
        coef, intercept = objective.basis.turn(design.widen(coef), design.widen(intercept))
    W[...] = design.cast(coef)
    if b is not None:
        b[...] = design.cast(intercept)
    return params


def class_parts(coef):
    """Slices of some classes, so that a dense copy of their weights stays small."""
    return [slice(first, first + PART) for first in range(0, coef.shape[0], PART)]


def sparsified(coef):
    """``coef_`` as a CSR matrix, made in the order of its memory, some numbers at a time."""
    array = coef if coef.flags.c_contiguous else coef.T
    size = max(1, NUMBERS // max(1, array.shape[1]))
    parts = [sparse.csr_matrix(array[k : k + size]) for k in range(0, array.shape[0], size)]
    found = sparse.vstack(parts, format="csr")
    return found if array is coef else found.T.tocsr()


def to_coef(objective, params, is_final=False):
    """``coef_`` (n_scores, n_features) and ``intercept_`` (n_scores,): new arrays.

    The final ``coef_`` of a wide model is a view of the parameters, in columns where others are in
    rows.
    """
    (W, b), design = objective.split(params), objective.design
    if objective.basis is not None:
        intercept = 0.0 if b is None else design.widen(b)
        W, intercept = objective.basis.turn_back(design.widen(W), intercept)
        W = design.place(W, objective.dtype)
        b = None if b is None else design.place(intercept, objective.dtype)
    if is_final and objective.is_wide and objective.basis is None:
        coef = W.T
    else:
        coef = np.array(W.T, order="C") if design.xp is np else copy_of(W.T)
    return coef, design.zeros(coef.shape[:1]) if b is None else copy_of(b)


def place_labels(objective, classes):
    """The labels where X is; text, which only NumPy has, stays on the host."""
    return objective.design.place(classes) if classes.dtype.kind in "biuf" else classes


def check_place(estimator, X, method):
    """Refuse rows that are not where the model is.

    Parameters
    ----------
    estimator : LinearGDClassifier
        Fitted.
    X : array-like or sparse matrix
    method : str
        That X was given to, for the message.

    Raises
    ------
    ValueError
    """
    coef, name = getattr(estimator, "coef_", None), f"{type(estimator).__name__}.{method}()"
    if coef is None:
        return  # not fitted, which others say
    if not get_config()["array_api_dispatch"]:
        if is_foreign(coef):
            raise ValueError(
                f"{name} of a model that was fitted on arrays that are {described(coef)} needs "
                "sklearn.config_context(array_api_dispatch=True)."
            )
    elif not same_place(X, coef):
        raise ValueError(
            f"Inputs passed to {name} must use the same namespace and the same device as those "
            f"passed to fit(): X is {described(X)}, coef_ is {described(coef)}. Convert X."
        )


def check_start(objective, coef_init, intercept_init):
    """The weights to start from as arrays in the layout of W and b; None where none are given.

    Parameters
    ----------
    objective : Objective
    coef_init : array-like of shape (n_scores, n_features) or None
    intercept_init : array-like of shape (n_scores,) or None

    Returns
    -------
    W : ndarray of shape (n_features, n_scores) or None
    b : ndarray of shape (n_scores,) or None

    Raises
    ------
    ValueError
        If one of them has another shape or a number that is not finite, or there is no intercept.
    """
    if intercept_init is not None and not objective.fit_intercept:
        raise ValueError(
            "intercept_init is given, but fit_intercept=False trains no intercept; "
            "leave intercept_init out."
        )
    shape = (objective.n_scores, objective.design.shape[1])
    coef = _numbers("coef_init", coef_init, shape, objective.design.dtype)
    intercept = _numbers("intercept_init", intercept_init, shape[:1], objective.design.dtype)
    return None if coef is None else coef.T, intercept


def _numbers(name, value, shape, dtype):
    if value is None:
        return None
    if np.ma.is_masked(value):
        raise ValueError(f"{name} has masked entries; fill them, e.g. with {name}.filled(0).")
    if sparse.issparse(value):
        value = value.toarray()
    value = to_host(value)
    if np.iscomplexobj(value):
        raise ValueError(f"{name} holds complex numbers; pass their real parts.")
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(value, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        # Not chained: the original prints what it could not convert.
        raise ValueError(
            f"{name} must hold numbers; it could not be converted to {dtype}."
        ) from None
    if array.shape != shape:
        raise ValueError(
            f"{name} has the shape {array.shape}, but this model needs {shape}, the shape of "
            f"{name.removesuffix('init')}."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity as {dtype}; all numbers must be finite.")
    return array


def set_start(objective, state, W, b):
    """Let training go on from these weights; None keeps what the state has.

    What the optimizer remembers of the way to others counts no more.
    """
    if W is None and b is None:
        return
    coef, intercept = to_coef(objective, state.params)
    coef, intercept = coef if W is None else W.T, intercept if b is None else b
    state.params = to_params(objective, coef, intercept)
    state.average, state.optimizer = None, {}


def pack(state, plan, objective, is_final=False):
    """The state as a dict of plain arrays and numbers, without padding.

    The final arrays of a wide model are views.
    """
    own = (lambda view: view) if is_final and objective.is_wide else copy_of
    K, array = objective.n_scores, type(state.params)
    return {
        "params": None if state.average is None else own(state.params[:, :K]),
        "averaged": state.averaged,
        "optimizer_name": type(plan.optimizer).__name__,
        "optimizer": {
            name: own(value[:, :K]) if isinstance(value, array) else value
            for name, value in state.optimizer.items()
        },
        "schedule_name": type(plan.schedule).__name__,
        "schedule": dict(state.schedule),
        "updates": state.updates,
        "epochs": state.epochs,
        "streaming": plan.streaming,
        "seed": state.seed,
        "learning_rate": state.learning_rate,
        "conditioning": None if state.conditioning is None else tuple(state.conditioning),
        "basis": None if objective.basis is None else tuple(objective.basis),
        "fit_intercept": objective.fit_intercept,
    }


def without_variables(packed):
    """The same counts and seed, for another objective in other variables: all else starts anew."""
    nothing = "params", "conditioning", "basis", "learning_rate", "schedule_name"
    return {**packed, **dict.fromkeys(nothing), "optimizer": {}, "schedule": {}}


def of_this_objective(earlier, objective):
    """What a fit goes on from: all of an earlier one, or of another objective the weights alone.

    Rates that have fallen, scales and momenta belong to the data and the penalty that they were
    made for. Where the weights have another objective now, or never had one, what was remembered of
    the way to them is let go; not after ``partial_fit``, whose rows are others each time.

    Parameters
    ----------
    earlier : dict
        As of ``LinearGDClassifier._earlier``.
    objective : Objective
        Of the fit to come.
    """
    packed, known = earlier["packed"], earlier["objective"]
    if packed["streaming"] or packed["optimizer_name"] is None:
        return earlier
    with np.errstate(over="ignore", invalid="ignore"):
        value = objective.value(to_params(objective, earlier["coef"], earlier["intercept"]))
    if known is not None and abs(value - known) <= SAME * abs(known):
        return earlier
    return {**earlier, "packed": without_variables(packed)}


def new_state(seed, updates=0, epochs=0):
    """The packed state of a model of which only the weights are known, and these counts."""
    counts = {"averaged": 0, "updates": updates, "epochs": epochs, "seed": seed}
    return without_variables({**counts, "optimizer_name": None, "streaming": False})


def unpack(packed, plan, objective, coef, intercept):
    """The state to go on from; what belongs to another optimizer or schedule starts anew."""
    solution = to_params(objective, coef, intercept)
    state = State(params=solution, seed=packed["seed"])
    if packed["params"] is not None and plan.keeps_model:
        state.params = _padded(objective, packed["params"])
        state.average, state.averaged = solution, packed["averaged"]
    # State and rate belong to an optimizer and to the variables that it works in.
    same = bool(plan.precondition) == (packed["conditioning"] is not None)
    same = same and (objective.basis is None) == (packed["basis"] is None)
    if same and packed["conditioning"] is not None:
        state.conditioning = Conditioning(
            *(None if a is None else _placed(objective, a) for a in packed["conditioning"])
        )
    if same and packed["optimizer_name"] == type(plan.optimizer).__name__:
        state.learning_rate = packed["learning_rate"]
        state.optimizer = {
            name: value.copy() if name in plan.optimizer.row_arrays else _padded(objective, value)
            for name, value in packed["optimizer"].items()
        }
    if plan.after_lead and plan.then is None and type(plan.schedule) is Adaptive:
        # The noise of the first rate would throw back what has been reached.
        state.schedule = {**plan.schedule.init(), "factor": CALM}
    elif packed["schedule_name"] == type(plan.schedule).__name__:
        state.schedule = dict(packed["schedule"])
    state.updates, state.epochs = packed["updates"], packed["epochs"]
    return state


def _padded(objective, value):
    """An array with the columns of padding that the kernels want; a number as it is."""
    if not getattr(value, "ndim", 0):
        return value
    params = objective.zeros()
    params[:, : objective.n_scores] = _placed(objective, value)
    return params


def _placed(objective, array):
    """The array where X is, in its dtype."""
    return objective.design.cast(objective.design.place(array))
