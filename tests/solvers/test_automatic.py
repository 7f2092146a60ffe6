"""optimizer="auto" and batch_size="auto"."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_classification

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, kernels
from sklinear_gd.schedules import Adaptive
from sklinear_gd.solvers.automatic import automatic_batch_size


@pytest.mark.parametrize("n_rows", [1, 2, 50, 51, 256, 257, 10_000, 10**7])
def test_automatic_batch_size(n_rows):
    """A batch has between one row and all of them; tiny data of smooth losses are taken whole."""
    size, size_with_kinks = (automatic_batch_size(n_rows, smooth) for smooth in (True, False))
    assert 1 <= size_with_kinks <= size <= min(n_rows, 256)
    assert size == (n_rows if n_rows <= 256 else size_with_kinks)
    assert n_rows > 256 or size_with_kinks == (n_rows if n_rows <= 50 else 8)


def is_left_to_lbfgs(clf):
    """Whether a fitted classifier was trained without an optimizer."""
    return clf._state["optimizer_name"] == "NoneType"


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (SoftmaxGDClassifier, {}),
        (SoftmaxGDClassifier, {"penalty": None, "precondition": "diagonal"}),
        (SVMGDClassifier, {"loss": "squared_hinge"}),
        (SVMGDClassifier, {"loss": "squared_hinge", "multi_class": "ovr"}),
    ],
    ids=str,
)
def test_smooth_objectives_are_left_to_lbfgs(cls, params, convert, three_classes):
    """With nothing chosen a fit is that of solver='lbfgs', but for its patience of two."""
    X, y = three_classes
    clf = cls(**params).fit(convert(X), y)
    same = cls(**params, solver="lbfgs", n_iter_no_change=2).fit(convert(X), y)
    assert is_left_to_lbfgs(clf)
    np.testing.assert_array_equal(clf.coef_, same.coef_)
    assert clf.n_iter_ == same.n_iter_
    patient = cls(**params, n_iter_no_change=30).fit(convert(X), y)
    assert patient.n_iter_ > clf.n_iter_
    assert clf.objective_ == pytest.approx(patient.objective_, rel=0.01)


def rows_with_one_in_other_units(factor, n_rows=2_000):
    """Classes that overlap, and one row that is so many times as long."""
    X, y = make_classification(
        n_rows, 20, n_informative=8, n_classes=3, class_sep=0.7, random_state=2
    )
    X[7] *= factor
    return X, y


@pytest.mark.parametrize("multi_class", ["weston_watkins", "crammer_singer", "ovr"])
def test_a_row_in_other_units(multi_class):
    """A hinge with one row that is a thousand times as long arrives, by L-BFGS; others need not."""
    X, y = rows_with_one_in_other_units(1_000)
    clf = SVMGDClassifier(multi_class=multi_class, random_state=0).fit(X, y)
    assert is_left_to_lbfgs(clf)
    assert clf.optimality(X, y).gap < 1e-3 * clf.objective_
    for factor, n_rows in ((1, 2_000), (1_000, 600)):
        clf.fit(*rows_with_one_in_other_units(factor, n_rows))
        assert not is_left_to_lbfgs(clf)


def test_patience_with_a_row_that_hides_the_others():
    """There a smooth fit waits as long as solver='lbfgs' does, and arrives."""
    X, y = rows_with_one_in_other_units(1e4)
    patient = SoftmaxGDClassifier(solver="lbfgs").fit(X, y)
    clf = SoftmaxGDClassifier().fit(X, y)
    np.testing.assert_array_equal(clf.coef_, patient.coef_)
    assert clf.optimality(X, y).gap < 1e-3 * clf.objective_
    hasty = SoftmaxGDClassifier(n_iter_no_change=2).fit(X, y)
    assert clf.objective_ < 0.99 * hasty.objective_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_chosen_is_gradient_descent(choice, three_classes):
    """Whoever sets a part of the training gets gradient descent."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(random_state=0, **choice).fit(X, y)
    assert not is_left_to_lbfgs(clf)
    assert np.isfinite(clf.history_["learning_rate"]).all()


@pytest.mark.skipif(not kernels.available, reason="rows are remembered in compiled code alone")
def test_fewer_sparse_rows_than_features_are_left_to_saga():
    """L-BFGS's vectors would be the most of the work there; of more rows they are not."""
    rng = np.random.default_rng(0)
    for n_rows, left in ((300, False), (900, True)):
        X = sparse.random_array((n_rows, 600), density=0.05, format="csr", rng=rng)
        clf = SoftmaxGDClassifier(random_state=0).fit(X, np.arange(n_rows) % 3)
        assert is_left_to_lbfgs(clf) == left


def test_tol_is_a_share_of_the_gain_over_chance():
    """Where a strong penalty leaves little to gain, the end is as near in that little."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, size=500)
    X = rng.normal(size=(500, 30)) * np.logspace(-1, 1, 30) + rng.normal(size=(4, 30))[y]
    clf = SoftmaxGDClassifier(alpha=50.0).fit(X, y)
    found = clf.optimality(X, y)
    gain = np.log(4) - found.objective
    assert 0 < gain < 0.1
    assert found.gap < 2e-3 * gain


def test_a_stream_goes_on_gently_from_lbfgs(three_classes):
    """partial_fit makes batches, at a rate that keeps what the fit has reached."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(random_state=0).fit(X, y)
    before = clf.objective_
    clf.partial_fit(X, y)
    assert not is_left_to_lbfgs(clf)
    assert clf.objective(X, y) < before * 1.01
    with pytest.warns(UserWarning, match="max_iter"):
        cold = SoftmaxGDClassifier(max_iter=1, batch_size=64).fit(X, y)
    rates = clf.history_["learning_rate"][-1], cold.history_["learning_rate"][0]
    assert rates[0] == pytest.approx(0.01 * rates[1], rel=0.5)


@pytest.mark.skipif(not kernels.available, reason="Adam takes the place of single rows")
def test_a_stream_of_wide_rows_goes_on_with_theirs():
    """After L-BFGS partial_fit takes what suits the rows, as it would without it, but gently."""
    X, y = _wide_rows()
    clf = SoftmaxGDClassifier(solver="lbfgs", max_iter=200).fit(X, y)
    before = clf.objective_
    clf.set_params(solver="gd").partial_fit(X, y)
    assert clf._state["optimizer_name"] == "SGD"
    assert clf.objective(X, y) < 1.01 * before


def test_lbfgs_goes_on_from_its_weights(three_classes):
    """A warm start on the same rows stays with it, however few iterations are allowed."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(warm_start=True).fit(X, y)
    before, iterations = clf.objective_, clf.n_iter_
    clf.set_params(max_iter=50).fit(X, y)
    assert is_left_to_lbfgs(clf)
    assert iterations < clf.n_iter_ <= iterations + 5
    assert clf.objective_ <= before


def _rate(cls, X, y, **params):
    """The rate of the first update in the user's own variables."""
    clf = cls(precondition=False, schedule="constant", max_iter=1, tol=None, **params)
    return clf.fit(X, y).history_["learning_rate"][0]


def _wide_rows():
    """60 rows of 3 non-zeros among 2,000 features, 3 classes."""
    X = sparse.random_array((60, 2000), density=0.0015, format="csr", rng=0)
    return X, np.arange(60) % 3


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ("SGD", 60)),
        ({"batch_size": 20}, ("SGD", 3)),
        ({"learning_rate": 0.1}, ("Adam", 1)),
        ({"average": True}, ("Adam", 1)),
        ({"optimizer": "momentum"}, ("Momentum", 1)),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # noise is not learnt
def test_wide_sparse_rows_are_met_one_by_one(params, expected):
    """optimizer='auto' is plain SGD on single rows where these have few of the features."""
    clf = SoftmaxGDClassifier(**params, max_iter=1, tol=None).fit(*_wide_rows())
    name, updates = expected
    if not kernels.available and "optimizer" not in params:
        updates = 60 // params.get("batch_size", 60)
        name = "AcceleratedGradient" if params == {} else "Adam"
    assert clf._state["optimizer_name"] == name
    assert clf.t_ == updates


@pytest.mark.skipif(not kernels.available, reason="Adam takes the place of single rows")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_single_rows_of_a_hinge_begin_faster_and_wait_less():
    """A hinge counts one violated class, and the schedule divides by 4, unless one is given."""
    X, y = _wide_rows()
    single = {"optimizer": "sgd", "batch_size": 1, "alpha": 1e-9}
    for cls, ratio in ((SVMGDClassifier, 3), (SoftmaxGDClassifier, 1)):
        found = cls(max_iter=1, tol=None, alpha=1e-9).fit(X, y).history_["learning_rate"][0]
        assert found == pytest.approx(ratio * _rate(cls, X, y, **single), rel=1e-6)
    for schedule, divisor in (("adaptive", 4), (Adaptive(divisor=2.0, patience=3), 2)):
        clf = SVMGDClassifier(schedule=schedule, max_iter=200, n_iter_no_change=50, random_state=0)
        rates = clf.fit(X, y).history_["learning_rate"]
        falls = rates[:-1] / rates[1:]
        assert falls.max() == pytest.approx(divisor)


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(
    ("cls", "params", "expected"),
    [
        (SoftmaxGDClassifier, {}, "AcceleratedGradient"),
        (SoftmaxGDClassifier, {"batch_size": 10}, "Adam"),
        (SoftmaxGDClassifier, {"learning_rate": 0.1}, "Adam"),
        (SVMGDClassifier, {"batch_size": "full"}, "Adam"),
        (SVMGDClassifier, {"batch_size": "full", "loss": "squared_hinge"}, "AcceleratedGradient"),
    ],
    ids=str,
)
def test_other_rows(cls, params, expected, convert, three_classes):
    """optimizer='auto' is the accelerated rule on whole data of a smooth loss, otherwise Adam."""
    X, y = three_classes
    clf = cls(**params, max_iter=1, tol=None).fit(convert(X), y)
    assert clf._state["optimizer_name"] == expected


@pytest.mark.skipif(not kernels.available, reason="rows are remembered in compiled code alone")
@pytest.mark.parametrize(
    ("cls", "params", "expected"),
    [
        (SoftmaxGDClassifier, {}, "SAGA"),
        (SVMGDClassifier, {"loss": "squared_hinge"}, "SAGA"),
        (SVMGDClassifier, {}, "SAGA"),
        (SVMGDClassifier, {"penalty": "l1"}, "SGD"),
        (SoftmaxGDClassifier, {"penalty": "l1"}, "SGD"),
        (SoftmaxGDClassifier, {"batch_size": 20}, "SGD"),
        (SoftmaxGDClassifier, {"precondition": False}, "SGD"),
    ],
    ids=str,
)
def test_very_wide_rows_are_remembered(cls, params, expected):
    """optimizer='auto' is SAGA, to the optimum, where compiled code serves it, otherwise SGD."""
    X = sparse.random_array((300, 10_000), density=0.002, format="csr", rng=0)
    y = np.argmax(X @ np.random.default_rng(0).standard_normal((10_000, 3)), axis=1)
    clf = cls(alpha=1e-3, random_state=0, **params).fit(X, y)
    assert clf._state["optimizer_name"] == expected
    if expected == "SAGA":
        found = clf.optimality(X, y)
        assert found.gap < max(0.01 * found.objective, 1e-3)
    clf.partial_fit(X[:50], y[:50])  # remembers no row
    assert clf._state["optimizer_name"] == "SGD"


@pytest.mark.skipif(not kernels.available, reason="rows are remembered in compiled code alone")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("n_rows", "alpha", "expected"),
    [(2000, 1e-2, "SAGA"), (2000, 1e-6, "Adam"), (300, 1e-6, "SAGA")],
)
def test_dual_steps_are_left_where_they_would_be_many(n_rows, alpha, expected):
    """optimizer='auto' is Adam for a hinge with a weak penalty, unless rows are few."""
    X = sparse.random_array((n_rows, 100), density=0.05, format="csr", rng=0)
    clf = SVMGDClassifier(alpha=alpha, max_iter=1).fit(X, np.arange(n_rows) % 3)
    assert clf._state["optimizer_name"] == expected


@pytest.mark.skipif(not kernels.available, reason="rows are remembered in compiled code alone")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("n_rows", "density", "units", "expected"),
    [
        (300, 0.05, 1, "SAGA"),
        (300, 0.2, 1, "Adam"),
        (300, 0.05, 1000, "Adam"),
        (24_001, 0.05, 1, "SAGA"),
    ],
)
def test_sparse_rows_of_a_smooth_loss(n_rows, density, units, expected):
    """optimizer='auto' is SAGA at a constant rate where few features of like size are set.

    Four rows make an update then, and the end is where no more than tol is missing.
    """
    X = sparse.random_array((n_rows, 100), density=density, format="csr", rng=0)
    X = X.multiply(np.where(np.arange(100) == 7, units, 1)).tocsr()
    y = np.arange(n_rows) % 3
    clf = SoftmaxGDClassifier(max_iter=1).fit(X, y)
    assert clf._state["optimizer_name"] == expected
    if expected == "SAGA":
        assert clf.t_ == -(-n_rows // 4)
        clf.set_params(max_iter=99, alpha=0.1).fit(X, y)
        assert len(set(clf.history_["learning_rate"])) == 1
        assert clf.stop_reason_ == "tol"
        found = clf.optimality(X, y)
        assert found.gap < 1e-4 * found.objective


@pytest.mark.skipif(not kernels.available, reason="rows are remembered in compiled code alone")
@pytest.mark.parametrize("multi_class", ["weston_watkins", "ovr"])
def test_many_sparse_rows_of_a_hinge(multi_class):
    """optimizer='auto' is SAGA along subgradients for a weak penalty, and comes near the optimum.

    A strong penalty has dual steps, and fewer rows have Adam.
    """
    rng, sizes = np.random.default_rng(0), np.array([2, 5, 10, 20, 40])
    columns = (rng.random((12_000, 5)) ** 2 * sizes).astype(int) + np.cumsum(sizes) - sizes
    starts = np.arange(0, columns.size + 1, 5)
    X = sparse.csr_array((np.ones(columns.size), columns.ravel(), starts), shape=(12_000, 77))
    scores = X @ rng.normal(size=(77, 3))
    y = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)

    def ends(alpha, n_rows=12_000, **params):
        clf = SVMGDClassifier(multi_class=multi_class, alpha=alpha, random_state=0, **params)
        return clf.fit(X[:n_rows], y[:n_rows])

    weak = ends(1e-5)
    assert weak._state["optimizer_name"] == "SAGA"
    assert "table_before" not in weak._state["optimizer"]
    best = ends(1e-5, optimizer="adam", schedule=Adaptive(patience=10)).objective_
    assert weak.objective_ == pytest.approx(best, rel=5e-3)
    assert "table_before" in ends(1e-2)._state["optimizer"]
    assert ends(1e-5, n_rows=9_000)._state["optimizer_name"] == "Adam"


@pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of the reference
def test_more_features_than_rows(cls):
    """Few rows that decide on many weights: no fit ends far beyond the optimum."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((120, 2000)), rng.integers(0, 3, 120)
    clf = cls(alpha=0.01, random_state=0).fit(X, y)
    best = cls(alpha=0.01, solver="lbfgs", max_iter=300, tol=1e-3).fit(X, y)
    assert clf.objective_ == pytest.approx(best.objective_, abs=0.01)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_stream_keeps_its_optimizer():
    """The first rows decide for optimizer='auto'; denser rows that follow do not change it."""
    X, y = _wide_rows()
    clf = SoftmaxGDClassifier().partial_fit(X, y, classes=[0, 1, 2])
    first = clf._state["optimizer_name"]
    clf.partial_fit(sparse.csr_array(np.ones(X.shape)), y)
    assert clf._state["optimizer_name"] == first
