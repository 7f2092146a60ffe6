"""Properties that hold for every problem, tried on random small ones."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.designs import as_design
from sklinear_gd.losses import LOSSES
from sklinear_gd.objective import Objective
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import L2, PENALTIES
from sklinear_gd.schedules import SCHEDULES

quick = settings(max_examples=25, deadline=None)
LAYOUTS = [np.ascontiguousarray, np.asfortranarray, sparse.csr_array, sparse.csc_matrix]
# Minimized by full batches without a kink, where rounding would decide which way an iterate goes.
SMOOTH = [
    {"cls": SoftmaxGDClassifier},
    {"cls": SoftmaxGDClassifier, "label_smoothing": 0.1},
    *(
        {"cls": SVMGDClassifier, "loss": "squared_hinge", "multi_class": name}
        for name in ("weston_watkins", "ovr")
    ),
]


@st.composite
def problems(draw, integers=False):
    """Draw X with some zeros and repeated rows, labels of 2 to 4 classes, and weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d, n_classes = draw(st.integers(6, 20)), draw(st.integers(1, 5)), draw(st.integers(2, 4))
    X = rng.normal(size=(n, d)) * (rng.random((n, d)) < draw(st.sampled_from([0.3, 1.0])))
    X *= draw(st.sampled_from([1.0, 1e-3, 1e3]))
    X[n // 2 :: 3] = X[0]
    y = np.arange(n) % n_classes
    weights = rng.integers(1, 4, size=n) if integers else rng.uniform(0.1, 5, size=n)
    return X, y, weights.astype(float)


@st.composite
def smooth_models(draw):
    """Draw a classifier that descends a smooth objective by full batches."""
    params = dict(draw(st.sampled_from(SMOOTH)))
    return params.pop("cls")(
        **params,
        penalty=draw(st.sampled_from(["l2", None])),
        alpha=draw(st.sampled_from([1e-3, 1.0])),
        fit_intercept=draw(st.booleans()),
        optimizer=draw(st.sampled_from(["sgd", "momentum", "nesterov"])),
        schedule="constant",
        batch_size="full",
        max_iter=20,
        tol=None,
        random_state=0,
    )


@st.composite
def models(draw):
    """Draw any classifier, most of them with settings that nobody would choose."""
    cls = draw(st.sampled_from([SVMGDClassifier, SoftmaxGDClassifier]))
    params = {
        "penalty": draw(st.sampled_from([*PENALTIES, None])),
        "alpha": draw(st.sampled_from([0.0, 1e-4, 1.0, 1e6])),
        "fit_intercept": draw(st.booleans()),
        "optimizer": draw(st.sampled_from(sorted(OPTIMIZERS))),
        "schedule": draw(st.sampled_from(sorted(SCHEDULES))),
        "learning_rate": draw(st.sampled_from(["auto", 1e-9, 1.0, 1e6])),
        "batch_size": draw(st.sampled_from(["auto", "full", 1, 3])),
        "average": draw(st.booleans()),
        "dropout": draw(st.sampled_from([0.0, 0.5])),
        "max_norm": draw(st.sampled_from([None, 0.1])),
        "class_weight": draw(st.sampled_from([None, "balanced"])),
    }
    if params["schedule"] == "line_search":  # what it can search with
        plain = [name for name, rule in sorted(OPTIMIZERS.items()) if not rule().extrapolates]
        params |= {"optimizer": draw(st.sampled_from(plain)), "batch_size": "full"}
        params |= {"average": False, "dropout": 0.0}
    if cls is SVMGDClassifier:
        params["multi_class"] = draw(st.sampled_from(["weston_watkins", "crammer_singer", "ovr"]))
        params["loss"] = draw(st.sampled_from(["hinge", "squared_hinge"]))
    return cls(**params, max_iter=5, tol=draw(st.sampled_from([None, 1e-3])), random_state=0)


def _fit(clf, X, y, weights=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return clf.fit(X, y, sample_weight=weights)


def _close(first, second, scale=1e-9, least=1e-6):
    for found, expected in zip(first, second, strict=True):
        bound = scale * max(least, np.abs(expected).max())
        np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


def _model(clf):
    return clf.coef_, clf.intercept_, clf.decision_function(np.eye(clf.n_features_in_))


@given(problems(), models(), st.sampled_from(LAYOUTS), st.sampled_from([np.float64, np.float32]))
@quick
def test_nothing_is_ever_non_finite(problem, clf, layout, dtype):
    """Coefficients, objective and scores are finite, with any settings."""
    X, y, weights = problem
    X = layout(X.astype(dtype))
    _fit(clf, X, y, weights)
    for value in (clf.coef_, clf.intercept_, clf.objective_, clf.decision_function(X)):
        assert np.isfinite(value).all()
    assert clf.coef_.dtype == dtype


@given(problems(), models(), st.sampled_from(LAYOUTS[1:]))
@quick
def test_sparse_equals_dense(problem, clf, layout):
    """The storage of X does not change one epoch, whatever the settings."""
    # Balanced classes make the intercept's gradient 0 up to rounding, which some rules normalise.
    assume(clf.class_weight is None)
    X, y, weights = problem
    clf.set_params(max_iter=1, tol=None, learning_rate=1e-3)
    dense = _model(_fit(clf, X, y, weights))
    _close(_model(_fit(clf, layout(X), y, weights)), dense)


@given(problems(), smooth_models(), st.randoms(use_true_random=False))
@quick
def test_permuted_rows_leave_a_full_batch_fit(problem, clf, random):
    """The order of the rows does not matter."""
    X, y, weights = problem
    order = list(range(len(y)))
    random.shuffle(order)
    expected = _model(_fit(clf, X, y, weights))
    _close(_model(_fit(clf, X[order], y[order], weights[order])), expected)


@given(problems(integers=True), smooth_models())
@quick
def test_a_weight_is_as_many_copies(problem, clf):
    """A row of weight k counts like k copies."""
    X, y, weights = problem
    copies = np.repeat(np.arange(len(y)), weights.astype(int))
    expected = _model(_fit(clf, X[copies], y[copies]))
    # Weights are rounded to 40 bits, which an intercept near 0, a difference of sums, shows.
    _close(_model(_fit(clf, X, y, weights)), expected, least=1e-2)


@given(problems(), smooth_models(), st.floats(1e-300, 1e300))
@quick
def test_the_scale_of_the_weights_changes_nothing(problem, clf, scale):
    """Weights count relative to each other only."""
    X, y, weights = problem
    expected = _model(_fit(clf, X, y, weights))
    _close(_model(_fit(clf, X, y, weights * scale)), expected)


@given(problems(), smooth_models(), st.permutations(list("abcd")))
@quick
def test_renamed_classes_permute_the_model(problem, clf, names):
    """Other names for the classes put the rows of ``coef_`` in another order."""
    X, y, weights = problem
    n_classes = y.max() + 1
    names = np.array(names[:n_classes])
    coef, intercept, _ = _model(_fit(clf, X, y, weights))
    renamed = _fit(clf, X, names[y], weights)
    order = np.argsort(names)
    if n_classes == 2:
        sign = 1 if order[0] == 0 else -1
        _close((renamed.coef_, renamed.intercept_), (sign * coef, sign * intercept))
    else:
        _close((renamed.coef_, renamed.intercept_), (coef[order], intercept[order]))


@given(problems(), smooth_models())
@quick
def test_the_safe_step_never_raises_the_objective(problem, clf):
    """Plain gradient descent at the automatic rate descends in every epoch."""
    X, y, weights = problem
    _fit(clf.set_params(optimizer="sgd", learning_rate="auto"), X, y, weights)
    objective = clf.history_["objective"]
    assert (np.diff(objective) <= 1e-12 * objective[0]).all()


def _gradient(loss, X, y, n_scores):
    objective = Objective(
        as_design(X), y, None, loss, L2(), 0.1, n_scores=n_scores, fit_intercept=True
    )
    params = objective.zeros()
    params[:, :n_scores] = np.random.default_rng(0).normal(size=(params.shape[0], n_scores))
    gradient = np.zeros_like(params)
    value = objective.value_and_gradient(params, gradient)
    return np.array([value]), gradient


@given(problems(), st.sampled_from(sorted(LOSSES)), st.integers(2, 50))
@quick
def test_tiled_data_leave_the_full_gradient(problem, name, times):
    """The objective is a mean: so many copies of the data change neither it nor its gradient."""
    X, y, _ = problem
    n_scores = 1 if y.max() == 1 else int(y.max()) + 1
    expected = _gradient(LOSSES[name](), X, y.astype(np.int32), n_scores)
    tiled = np.tile(X, (times, 1)), np.tile(y, times).astype(np.int32)
    _close(_gradient(LOSSES[name](), *tiled, n_scores), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_a_hundred_thousand_copies_leave_the_full_gradient(name):
    """1.2 million rows that are 12 rows 100,000 times have the gradient of the 12."""
    X = np.random.default_rng(1).normal(size=(12, 4))
    y = (np.arange(12) % 3).astype(np.int32)
    expected = _gradient(LOSSES[name](), X, y, 3)
    tiled = np.tile(X, (100_000, 1)), np.tile(y, 100_000)
    _close(_gradient(LOSSES[name](), *tiled, 3), expected)
