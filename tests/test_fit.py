"""What fit promises beyond the optimum: reproducible, gentle on its input, resumable, safe."""

import tracemalloc
import warnings

import joblib
import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS, Adam, Momentum
from sklinear_gd.penalties import PENALTIES, ElasticNet
from sklinear_gd.schedules import Adaptive, WarmUp
from sklinear_gd.solvers import LBFGS

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
every_penalty = pytest.mark.parametrize("penalty", [*PENALTIES, None], ids=str)
SHORT = {"max_iter": 4, "tol": None, "random_state": 0}


def assert_same_model(one, other, **tolerance):
    """Compare two models, bit for bit unless a tolerance is given."""
    for name in ("coef_", "intercept_"):
        if tolerance:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), **tolerance)
        else:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


# -- reproducibility ---------------------------------------------------------------------------


@every_optimizer
@pytest.mark.parametrize(
    "params", [{}, {"dropout": 0.3}, {"average": True}, {"early_stopping": True}], ids=str
)
def test_the_same_seed_gives_the_same_bits(params, optimizer, many_rows):
    """Two fits with one random_state are bit-identical, history and all but the time."""
    clf = SoftmaxGDClassifier(optimizer=optimizer, batch_size=50, **SHORT, **params)
    one, other = clone(clf).fit(*many_rows), clone(clf).fit(*many_rows)
    assert_same_model(one, other)
    for name in one.history_:
        if name != "seconds":
            np.testing.assert_array_equal(one.history_[name], other.history_[name])
    assert_same_model(one, clf.fit(*many_rows).fit(*many_rows))  # a refit starts anew


def test_seeds_and_generators(many_rows):
    """Other seeds give other models; a RandomState is drawn from; None draws on NumPy's global."""

    def coef(random_state):
        clf = SoftmaxGDClassifier(batch_size=50, max_iter=2, tol=None, random_state=random_state)
        return clf.fit(*many_rows).coef_

    assert (coef(0) != coef(1)).any()
    np.testing.assert_array_equal(coef(np.random.RandomState(5)), coef(np.random.RandomState(5)))
    generator = np.random.RandomState(5)
    assert (coef(generator) != coef(generator)).any()
    np.random.seed(3)  # noqa: NPY002 - the global generator is meant
    first = coef(None)
    np.random.seed(3)  # noqa: NPY002 - the global generator is meant
    np.testing.assert_array_equal(first, coef(None))


def test_fit_draws_nothing_from_the_global_generator(two_classes):
    """With a seed of its own, fit leaves NumPy's global generator alone."""
    np.random.seed(0)  # noqa: NPY002 - the global generator is meant
    expected = np.random.uniform()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002 - the global generator is meant
    SoftmaxGDClassifier(batch_size=16, dropout=0.2, **SHORT).fit(*two_classes)
    assert np.random.uniform() == expected  # noqa: NPY002


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": Adam(beta1=0.8), "schedule": Adaptive(patience=1)},
        {"optimizer": Momentum(), "schedule": WarmUp(Adaptive(patience=1), epochs=2)},
        {"penalty": ElasticNet(l1_ratio=0.3), "class_weight": {0: 2.0}},
        {"solver": LBFGS(memory=4)},
        {"early_stopping": True, "average": True, "dropout": 0.1},
    ],
    ids=str,
)
@every_class
def test_fit_changes_no_parameter(cls, params, three_classes):
    """No parameter, and nothing inside a component given as one, is changed by training."""
    clf = cls(**params, **{**SHORT, "tol": 1e-2, "max_iter": 30})
    components = {name: value for name, value in params.items() if hasattr(value, "get_params")}
    before = joblib.hash(clf.get_params(deep=True))
    inside = {name: joblib.hash(vars(value)) for name, value in components.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(*three_classes)
        if hasattr(clf, "partial_fit") and not clf.early_stopping:
            clf.partial_fit(*three_classes)
    assert joblib.hash(clf.get_params(deep=True)) == before
    for name, value in components.items():
        assert getattr(clf, name) is value
        assert joblib.hash(vars(value)) == inside[name]


# -- going on ----------------------------------------------------------------------------------

RESUMED = {
    "batches": {"batch_size": 13},
    "full batch": {"batch_size": "full"},
    "average": {"batch_size": 13, "average": True},
    "average of full batches": {"batch_size": "full", "average": True},
    "dropout": {"batch_size": 13, "dropout": 0.3},
    "max_norm": {"batch_size": 13, "max_norm": 0.5},
    "in order": {"batch_size": 13, "shuffle": False},
    "group lasso": {"batch_size": 13, "penalty": "group_lasso", "alpha": 0.05},
    "elastic net": {"batch_size": 13, "penalty": "elasticnet", "alpha": 0.05},
    "no intercept": {"batch_size": 13, "fit_intercept": False},
    "seed of NumPy": {"batch_size": 13, "random_state": None},
}


@pytest.mark.parametrize("params", RESUMED.values(), ids=RESUMED)
@every_optimizer
def test_five_and_five_epochs_are_ten(optimizer, params, three_classes):
    """warm_start goes on with weights, optimizer state, order and average: 5 + 5 = 10 epochs."""
    X, y = three_classes
    params = {"random_state": 0, "tol": None, "schedule": "constant", **params}
    np.random.seed(0)  # noqa: NPY002 - the global generator is meant
    ten = SVMGDClassifier(optimizer=optimizer, max_iter=10, **params).fit(X, y)
    np.random.seed(0)  # noqa: NPY002 - the global generator is meant
    clf = SVMGDClassifier(optimizer=optimizer, max_iter=5, warm_start=True, **params)
    clf.fit(X, y).fit(X, y)
    assert_same_model(clf, ten, rtol=1e-10, atol=1e-13)
    assert (clf.n_iter_, clf.t_) == (ten.n_iter_, ten.t_)
    assert clf.objective_ == pytest.approx(ten.objective_, rel=1e-10)
    np.testing.assert_allclose(clf.history_["objective"], ten.history_["objective"], rtol=1e-9)
    np.testing.assert_array_equal(clf.history_["epoch"], np.arange(1, 11))
    assert (np.diff(clf.history_["seconds"]) >= 0).all()


@pytest.mark.parametrize("schedule", ["invscaling", "exponential", "step", "adaptive"])
def test_schedules_without_an_end_go_on(schedule, three_classes):
    """A schedule that does not depend on max_iter carries on over warm starts, too."""
    params = {"schedule": schedule, "batch_size": 13, "tol": None, "random_state": 0}
    ten = SoftmaxGDClassifier(max_iter=10, **params).fit(*three_classes)
    clf = SoftmaxGDClassifier(max_iter=5, warm_start=True, **params)
    clf.fit(*three_classes).fit(*three_classes)
    assert_same_model(clf, ten, rtol=1e-10, atol=1e-13)


def test_without_warm_start_fit_starts_anew(three_classes, two_classes):
    """A second fit forgets the first, also when the data have other classes and features."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(batch_size=13, **SHORT).fit(X, y)
    again = clone(clf).fit(X[:, :2], y).fit(X, y)
    assert_same_model(clf, again)
    clf.fit(*two_classes)
    assert clf.coef_.shape == (1, 4)
    assert len(clf.history_["epoch"]) == 4


def test_warm_start_with_another_optimizer_keeps_the_weights(three_classes):
    """Changing the optimizer between warm starts keeps the model and starts its state anew."""
    clf = SoftmaxGDClassifier(optimizer="momentum", warm_start=True, **SHORT).fit(*three_classes)
    objective = clf.objective_
    clf.set_params(optimizer="adam", learning_rate=1e-6).fit(*three_classes)
    assert clf.n_iter_ == 8
    assert clf.objective_ == pytest.approx(objective, rel=1e-3)


def test_warm_start_with_another_optimizer_has_a_rate_of_its_own(three_classes):
    """An automatic rate is one for its optimizer."""
    params = {**SHORT, "schedule": "constant", "max_iter": 1}
    clf = SoftmaxGDClassifier(optimizer="momentum", warm_start=True, **params).fit(*three_classes)
    clf.set_params(optimizer="adam").fit(*three_classes)
    cold = SoftmaxGDClassifier(optimizer="adam", **params).fit(*three_classes)
    assert clf.history_["learning_rate"][0] != cold.history_["learning_rate"][0]
    assert clf.history_["learning_rate"][1] == cold.history_["learning_rate"][0]


@every_class
def test_warm_start_may_change_the_solver_and_the_dtype(cls, three_classes):
    """L-BFGS polishes what gradient descent found, and the other way round, in either dtype."""
    X, y = three_classes
    clf = cls(warm_start=True, alpha=0.1, loss="squared_hinge") if cls is SVMGDClassifier else cls(
        warm_start=True, alpha=0.1
    )  # fmt: skip
    clf.set_params(**SHORT).fit(X, y)
    rough = clf.objective_
    clf.set_params(solver="lbfgs", max_iter=500, tol=1e-10).fit(X, y)
    assert clf.objective_ < rough
    best = clf.objective_
    clf.set_params(solver="gd", optimizer="nesterov", schedule="constant", **SHORT)
    clf.fit(X.astype(np.float32), y)
    assert clf.coef_.dtype == np.float32
    assert clf.objective_ == pytest.approx(best, rel=1e-4)
    assert len(clf.history_["epoch"]) == clf.n_iter_


def test_warm_start_from_pickled_sparsified_and_altered_coefficients(three_classes):
    """Training goes on from what coef_ holds now, also after sparsify."""
    params = {"warm_start": True, "optimizer": "sgd", "schedule": "constant", **SHORT}
    dense = SoftmaxGDClassifier(**params).fit(*three_classes)
    thin = clone(dense).fit(*three_classes).sparsify()
    assert_same_model(dense.fit(*three_classes), thin.fit(*three_classes))
    dense.coef_ = np.zeros_like(dense.coef_)
    dense.intercept_ = np.zeros_like(dense.intercept_)
    fresh = clone(dense).fit(*three_classes)
    assert_same_model(dense.fit(*three_classes), fresh, rtol=1e-12)


# -- a failed fit ------------------------------------------------------------------------------


class Interrupting:
    """A schedule that behaves until it is told to interrupt."""

    def __init__(self, at):
        """Interrupt at this update."""
        self.at = at

    def __call__(self, t):
        """Return 1 or press Ctrl-C."""
        if t >= self.at:
            raise KeyboardInterrupt
        return 1.0


def _broken_calls():
    X, y = np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 3
    with_nan = X.copy()
    with_nan[3, 1] = np.nan
    return {
        "NaN": (ValueError, {}, (with_nan, y)),
        "one class": (ValueError, {}, (X, np.zeros(30))),
        "other features, bad y": (ValueError, {}, (X[:, :2], y[:-1])),
        "negative weight": (ValueError, {}, (X, y, -np.ones(30))),
        "bad parameter": (ValueError, {"alpha": -1.0}, (X, y)),
        "bad optimizer": (ValueError, {"optimizer": "newton"}, (X, y)),
        "refused by the solver": (ValueError, {"solver": "lbfgs", "dropout": 0.5}, (X, y)),
        "Ctrl-C": (KeyboardInterrupt, {"schedule": Interrupting(at=5)}, (X[:, :3], y)),
    }


@pytest.mark.parametrize("fitted", [True, False])
@pytest.mark.parametrize(("error", "params", "arguments"), _broken_calls().values(),
                         ids=_broken_calls())  # fmt: skip
def test_a_failed_fit_leaves_the_model_whole(error, params, arguments, fitted, three_classes):
    """Whatever ends a fit, also Ctrl-C halfway: the estimator is what it was before."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(batch_size=10, **SHORT)
    if fitted:
        clf.fit(X, y)
        scores = clf.decision_function(X)
    clf.set_params(**params)
    before = dict(vars(clf))
    hashes = {name: joblib.hash(value) for name, value in before.items() if name.endswith("_")}
    with pytest.raises(error):
        clf.fit(*arguments)
    assert vars(clf).keys() == before.keys()
    assert all(vars(clf)[name] is value for name, value in before.items())
    assert {name: joblib.hash(before[name]) for name in hashes} == hashes
    if fitted:
        np.testing.assert_array_equal(clf.decision_function(X), scores)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_an_interrupted_training_can_go_on(method, three_classes):
    """After Ctrl-C in a warm start or partial_fit, training resumes from the last good model."""
    clf = SoftmaxGDClassifier(batch_size=10, warm_start=True, schedule="constant", **SHORT)
    clf.fit(*three_classes)
    undisturbed = clone(clf).fit(*three_classes)
    getattr(undisturbed, method)(*three_classes)
    clf.set_params(schedule=Interrupting(at=clf.t_ + 2))
    with pytest.raises(KeyboardInterrupt):
        getattr(clf, method)(*three_classes)
    clf.set_params(schedule="constant")
    getattr(clf, method)(*three_classes)
    assert_same_model(clf, undisturbed)


# -- early stopping ----------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"average": True}, {"penalty": "l1"}], ids=str)
@every_class
def test_early_stopping_returns_the_best_epoch(cls, params, many_rows):
    """The weights are those of the first epoch with the best held-out score."""
    params = {
        "early_stopping": True,
        "validation_fraction": 0.3,
        "schedule": "constant",
        "batch_size": 32,
        "random_state": 0,
        "learning_rate": 0.05,
        "n_iter_no_change": 5,
        **params,
    }
    clf = cls(max_iter=200, **params).fit(*many_rows)
    scores = clf.history_["validation_score"]
    assert len(scores) == clf.n_iter_ < 200
    best = int(np.argmax(scores))
    assert best < clf.n_iter_ - 1
    until = cls(max_iter=best + 1, **{**params, "tol": None}).fit(*many_rows)
    np.testing.assert_array_equal(until.history_["validation_score"], scores[: best + 1])
    assert_same_model(clf, until)


def test_early_stopping_holds_out_a_stratified_part(two_classes):
    """A quarter of each class has no influence on the weights; the rest has."""
    X, y = two_classes[0][:40], two_classes[1][:40]
    clf = SoftmaxGDClassifier(
        early_stopping=True, validation_fraction=0.25, batch_size="full", max_iter=1, tol=None,
        learning_rate=0.1, random_state=0,
    )  # fmt: skip
    coef = clone(clf).fit(X, y).coef_
    idle = []
    for i in range(40):
        other = X.copy()
        other[i] += 1
        idle.append((clone(clf).fit(other, y).coef_ == coef).all())
    assert np.count_nonzero(idle) == 10
    np.testing.assert_allclose(np.bincount(y[idle]), 0.25 * np.bincount(y), atol=0.5)


# -- what X may be -----------------------------------------------------------------------------


def _memmap(X, folder):
    X.tofile(folder / "X")
    return np.memmap(folder / "X", dtype=X.dtype, mode="r", shape=X.shape)


LAYOUTS = {
    "Fortran order": lambda X, folder: np.asfortranarray(X),
    "not contiguous": lambda X, folder: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "backwards": lambda X, folder: X[::-1].copy()[::-1],
    "memory-mapped": _memmap,
    "big-endian": lambda X, folder: X.astype(X.dtype.newbyteorder(">")),
    "list": lambda X, folder: X.tolist(),
    "float128 or float64": lambda X, folder: X.astype(np.longdouble),
}


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@pytest.mark.parametrize("convert", LAYOUTS.values(), ids=LAYOUTS)
@every_class
def test_layout_does_not_matter(cls, convert, solver, three_classes, tmp_path):
    """The same numbers in another layout are the same model, and are not written to."""
    X, y = three_classes
    other = convert(X, tmp_path)
    if isinstance(other, np.ndarray):
        other.flags.writeable = False
    params = {"alpha": 0.1, "solver": solver, "random_state": 0}
    one, two = cls(**params).fit(X, y), cls(**params).fit(other, y)
    assert_same_model(one, two)
    np.testing.assert_array_equal(one.decision_function(X), two.decision_function(other))


@pytest.mark.filterwarnings("ignore:.*class frequencies:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64, np.float16])
def test_other_number_types_become_float64(dtype):
    """Integers, booleans and half floats are trained on in float64."""
    X = (np.arange(40).reshape(20, 2) * 7 % 5 > 2).astype(dtype)
    y = np.arange(20) % 2
    clf = SoftmaxGDClassifier(**SHORT).fit(X, y)
    assert clf.coef_.dtype == np.float64
    assert_same_model(clf, clone(clf).fit(X.astype(np.float64), y))


@pytest.mark.parametrize("batch_size", [16, "full"])
@every_penalty
@every_optimizer
def test_float32_goes_through(optimizer, penalty, batch_size, three_classes):
    """float32 data give float32 weights, close to those of float64 data."""
    X, y = three_classes[0].astype(np.float32), three_classes[1]
    params = {"optimizer": optimizer, "penalty": penalty, "alpha": 0.01, "batch_size": batch_size}
    clf = SoftmaxGDClassifier(**params, **SHORT)
    one, other = clone(clf).fit(X, y), clone(clf).fit(X.astype(np.float64), y)
    assert one.coef_.dtype == one.intercept_.dtype == np.float32
    assert one.decision_function(X).dtype == one.predict_proba(X).dtype == np.float32
    assert isinstance(one.objective_, float)
    # Rules that divide by the gradient's size magnify the rounding of small gradients.
    assert_same_model(one, other, atol=5e-3 if OPTIMIZERS[optimizer].scale_free else 1e-5)


@pytest.mark.parametrize("multi_class", ["weston_watkins", "crammer_singer", "ovr"])
@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
def test_float32_svm(solver, multi_class, three_classes):
    """The SVM is float32 throughout on float32 data, dense and sparse, with either solver."""
    X, y = three_classes[0].astype(np.float32), three_classes[1]
    for matrix in (X, sparse.csr_array(X)):
        clf = SVMGDClassifier(multi_class=multi_class, solver=solver, alpha=0.1, random_state=0)
        clf.fit(matrix, y)
        assert clf.coef_.dtype == clf.intercept_.dtype == np.float32
        assert clf.decision_function(matrix).dtype == np.float32


@pytest.mark.parametrize(
    "params",
    [
        {"batch_size": 64, "max_iter": 2, "tol": None},
        {"batch_size": "full", "max_iter": 2, "tol": None},
        {"batch_size": 64, "max_iter": 2, "tol": None, "early_stopping": True},
        {"solver": "lbfgs", "alpha": 1.0, "tol": 0.1, "n_iter_no_change": 1},
        {"batch_size": 64, "max_iter": 2, "tol": None, "precondition": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_copy_of_X(dtype, params):
    """Training and prediction take far less memory than a second X, let alone one in float64."""
    rng = np.random.default_rng(0)
    X = rng.random((4000, 500), dtype=np.float32).astype(dtype)
    y = (3 * X[:, 0]).astype(int)
    clf = SoftmaxGDClassifier(**{"precondition": "diagonal"} | params)
    tracemalloc.start()
    try:
        clf.fit(X, y)
        clf.predict_proba(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.75 * X.nbytes + 2e6


def test_one_feature_and_one_row_a_class():
    """The smallest problems are solved."""
    clf = SoftmaxGDClassifier(alpha=0.1).fit([[0.0], [1.0]], [0, 1])
    assert clf.predict([[0.0], [1.0]]).tolist() == [0, 1]
    clf = SVMGDClassifier(alpha=0.1).fit(np.eye(3), ["a", "b", "c"])
    assert clf.predict(np.eye(3)).tolist() == ["a", "b", "c"]


# -- what a fit leaves -------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@pytest.mark.parametrize("early_stopping", [True, False])
@every_class
def test_history_is_a_table(cls, early_stopping, solver, many_rows):
    """All columns are arrays of one entry an epoch, and pandas makes a table of them."""
    pandas = pytest.importorskip("pandas")
    clf = cls(solver=solver, early_stopping=early_stopping, alpha=0.01, random_state=0)
    clf.fit(*many_rows)
    expected = {"epoch", "objective", "learning_rate", "seconds"}
    assert expected <= set(clf.history_)
    assert ("validation_score" in clf.history_) == early_stopping
    table = pandas.DataFrame(clf.history_)
    assert len(table) == clf.n_iter_
    assert all(isinstance(column, np.ndarray) for column in clf.history_.values())
    assert table["epoch"].tolist() == list(range(1, clf.n_iter_ + 1))
    assert (table["seconds"].diff().dropna() >= 0).all()


def test_history_stays_a_table_when_early_stopping_changes(three_classes):
    """Epochs without a held-out score have NaN there, whatever the order of the fits."""
    clf = SoftmaxGDClassifier(warm_start=True, **SHORT)
    for k, early_stopping in enumerate([False, True, False], start=1):
        clf.set_params(early_stopping=early_stopping).fit(*three_classes)
        assert {len(column) for column in clf.history_.values()} == {4 * k}
    scores = clf.history_.get("validation_score", np.full(12, np.nan))
    assert np.isnan(scores[:4]).all()
    assert np.isnan(scores[8:]).all()


@every_class
def test_fitted_attributes(cls, three_classes):
    """The documented attributes are there after fit, with their shapes and types."""
    X, y = three_classes
    clf = cls(**SHORT)
    assert clf.fit(X, y) is clf
    assert clf.classes_.tolist() == [0, 1, 2]
    assert clf.coef_.shape == (3, 4)
    assert clf.intercept_.shape == (3,)
    assert type(clf.n_iter_) is int
    assert type(clf.t_) is int
    assert type(clf.objective_) is float
    assert clf.n_features_in_ == 4
    assert not hasattr(clf, "feature_names_in_")
    without = cls(fit_intercept=False, **SHORT).fit(X, y)
    assert without.intercept_.tolist() == [0.0, 0.0, 0.0]


@every_class
def test_sparsify_and_densify(cls, three_classes):
    """A sparse coef_ predicts the same, and both ways are repeatable."""
    X, y = three_classes
    clf = cls(penalty="l1", alpha=0.1, **SHORT).fit(X, y)
    scores, coef = clf.decision_function(X), clf.coef_.copy()
    assert clf.sparsify().sparsify() is clf
    assert sparse.issparse(clf.coef_)
    np.testing.assert_allclose(clf.decision_function(X), scores)
    np.testing.assert_allclose(clf.decision_function(sparse.csr_array(X)), scores)
    assert isinstance(clf.decision_function(sparse.csr_array(X)), np.ndarray)
    assert clf.objective(X, y) == pytest.approx(clf.objective_)
    clf.densify().densify()
    np.testing.assert_array_equal(clf.coef_, coef)


# -- numbers out of the ordinary ---------------------------------------------------------------


def test_probabilities_of_extreme_scores():
    """Scores of 123, 456, 789 and of ±1e4 give finite log-probabilities that sum to 1."""
    clf = SoftmaxGDClassifier(**SHORT).fit(np.eye(3), [0, 1, 2])
    clf.coef_, clf.intercept_ = np.eye(3), np.zeros(3)
    scores = np.array([[123.0, 456.0, 789.0], [1e4, -1e4, 0.0], [-1e4, -1e4, 1e4]])
    np.testing.assert_allclose(clf.predict_proba(scores), softmax(scores, axis=1))
    np.testing.assert_allclose(clf.predict_log_proba(scores), log_softmax(scores, axis=1))
    assert clf.predict_log_proba(scores)[1, 1] == -2e4
    two = SoftmaxGDClassifier(**SHORT).fit([[0.0], [1.0]], [0, 1])
    two.coef_, two.intercept_ = np.array([[1.0]]), np.zeros(1)
    log_p = two.predict_log_proba([[1e4], [-1e4], [0.0]])
    np.testing.assert_allclose(log_p, [[-1e4, 0], [0, -1e4], [-np.log(2), -np.log(2)]])
    np.testing.assert_allclose(two.predict_proba([[1e4], [-1e4]]), [[0, 1], [1, 0]])


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e4, 1e8])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_class
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_features_of_any_scale_leave_finite_weights(cls, dtype, scale, solver, three_classes):
    """Tiny and huge features end in finite weights that are no worse than none at all."""
    X, y = (three_classes[0] * scale).astype(dtype), three_classes[1]
    clf = cls(solver=solver, max_iter=50, random_state=0).fit(X, y)
    assert np.isfinite(clf.coef_).all()
    assert np.isfinite(clf.intercept_).all()
    zero = np.log(3) if cls is SoftmaxGDClassifier else 2.0
    assert clf.objective_ <= zero * 1.001


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@every_class
def test_constant_features(cls, solver):
    """A matrix of zeros, or of ones, says nothing: the classes' shares decide, with a warning."""
    y = np.array([0, 0, 0, 1, 2] * 4)
    for X in (np.zeros((20, 3)), sparse.csr_array((20, 3)), np.ones((20, 3))):
        clf = cls(solver=solver, alpha=0.1, max_iter=300, tol=1e-6, random_state=0)
        with pytest.warns(ConvergenceWarning, match="class frequencies"):
            clf.fit(X, y)
        assert set(clf.predict(X)) == {0}
