"""precondition="auto"."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._parameters import resolve_plan
from sklinear_gd._rows import Rows
from sklinear_gd.conditioning import choice
from sklinear_gd.solvers import resolve_solver


@pytest.fixture(autouse=True)
def no_size_is_small(monkeypatch):
    """All data count as large, and so do 60 features; 10 rows are enough for an axis."""
    monkeypatch.setattr(choice, "FULL_NUMBERS", 0)
    monkeypatch.setattr(choice, "SINGLE_NUMBERS", 0)
    monkeypatch.setattr(choice, "PRINCIPAL", 2)


def rows(n_features, together, n_rows=600, share=1.0):
    """Rows of which a share is not 0, whose features have one cause in common, or none."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_features)) + together * rng.normal(size=(n_rows, 1))
    X[rng.random(X.shape) >= share] = 0
    return X * np.logspace(-2, 2, n_features) + 1.0 * (share == 1), np.arange(n_rows) % 3


def metric_of(X, y, **params):
    """What the fit takes, as the state tells: its axes and scales."""
    clf = SoftmaxGDClassifier(max_iter=1, tol=None, random_state=0, **params).fit(X, y)
    basis = clf._state["basis"]
    if basis is not None:
        return "full" if basis[2] is None else "principal"
    return "diagonal" if clf._state["conditioning"] is not None else False


# One epoch is trained, on labels of noise.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
MANY = choice.FULL_FEATURES + 8


@pytest.mark.parametrize(
    ("data", "params", "expected"),
    [
        ({"n_features": 60, "together": 5}, {}, "full"),
        ({"n_features": 60, "together": 5}, {"solver": "lbfgs"}, "full"),
        ({"n_features": 60, "together": 0}, {}, "diagonal"),
        ({"n_features": 40, "together": 5}, {}, "diagonal"),  # whatever they do, they are few
        ({"n_features": MANY, "together": 5}, {}, "principal"),
        ({"n_features": MANY, "together": 0.02}, {}, "diagonal"),
        ({"n_features": 60, "together": 5, "share": 0.3}, {}, "diagonal"),
        ({"n_features": 60, "together": 5}, {"penalty": "l1"}, "diagonal"),
        ({"n_features": 60, "together": 5}, {"learning_rate": 0.1}, False),
        ({"n_features": 60, "together": 5, "n_rows": 200}, {}, "diagonal"),
    ],
    ids=str,
)
def test_large_data_are_turned_where_features_rise_and_fall_together(data, params, expected):
    """Full for few features, principal for many; never rows with many zeros, or too few rows."""
    assert metric_of(*rows(**data), **params) == expected


def test_storage_decides_nothing():
    """Dense numbers in a sparse matrix are turned as in an array."""
    X, y = rows(60, 5)
    assert metric_of(sparse.csr_array(X), y) == "full"


def test_no_copy_is_made_of_too_much_or_of_a_file(tmp_path, monkeypatch):
    """Data beyond a number of entries, and those read from a file, stay as they are."""
    X, y = rows(60, 5)
    np.save(tmp_path / "X.npy", X)
    assert metric_of(np.load(tmp_path / "X.npy", mmap_mode="r"), y) == "diagonal"
    monkeypatch.setattr(choice, "TURNED_NUMBERS", X.size - 1)
    assert metric_of(X, y) == "diagonal"


def test_constant_features_count_for_nothing():
    """Columns without spread neither disturb the choice nor decide it."""
    X, y = rows(60, 5)
    constant = np.full((len(X), 40), 0.1)
    assert metric_of(np.hstack([constant, X]), y) == "full"
    assert metric_of(np.hstack([constant, X[:, :40]]), y) == "diagonal"


def test_turned_axes_lead_nearer_the_optimum():
    """A hinge on features that move together ends nearer the optimum along turned axes."""
    X, y = rows(60, 5)
    least = SVMGDClassifier(solver="lbfgs", max_iter=2000).fit(X, y).objective_
    ends = [
        SVMGDClassifier(precondition=metric, random_state=0).fit(X, y).objective_ - least
        for metric in ("auto", "diagonal")
    ]
    assert -1e-3 * least < ends[0] < min(ends[1], 0.02 * least)


@pytest.mark.parametrize(
    ("params", "scale", "dtype", "expected"),
    [
        ({}, 1, "float64", "float64"),
        ({"batch_size": 64}, 1, "float64", "float32"),
        ({"tol": None}, 1, "float64", "float32"),
        ({}, 1, "float32", "float32"),
        ({"tol": 1e-6, "batch_size": 64}, 1, "float64", "float64"),
        ({"solver": "lbfgs"}, 1, "float64", "float64"),
        ({"optimizer": "saga"}, 1, "float64", "float64"),
        ({"batch_size": "full"}, 1, "float64", "float64"),
        ({"precondition": "full"}, 1, "float64", "float64"),
        ({"fit_intercept": False, "batch_size": 64}, 1, "float64", "float64"),
        ({"batch_size": 64}, 1e25, "float64", "float64"),
        ({"batch_size": 64}, 1e60, "float64", "float64"),
        ({"batch_size": 64}, 1e-25, "float64", "float64"),
    ],
    ids=str,
)
def test_the_copy_is_in_single_precision_where_noise_hides_it(params, scale, dtype, expected):
    """Of mini-batches alone, unless tol is fine or the numbers are huge or tiny; not the model."""
    X, y = rows(60, 5)
    clf = SoftmaxGDClassifier(random_state=0).set_params(**params)
    objective = clf._objective(Rows((X * scale).astype(dtype), y, None), np.unique(y))
    solver, plan = resolve_solver(clf.solver).decide(resolve_plan(clf), objective)
    turned = choice.prepare(objective, plan, solver)[0]
    assert turned.basis is not None
    assert turned.design.dtype == expected
    assert turned.dtype == dtype


@pytest.mark.parametrize("cls", [SoftmaxGDClassifier, SVMGDClassifier])
def test_single_precision_changes_no_more_than_rounding(cls, monkeypatch):
    """Weights, objective and a second fit that goes on are those of a copy in float64."""
    X, y = rows(60, 5)
    y = np.argmax(X @ np.random.default_rng(1).normal(size=(60, 3)) / X.std(), axis=1)
    settings = {"max_iter": 10, "tol": None, "random_state": 0}
    single = cls(**settings).fit(X, y)
    halves = cls(**{**settings, "max_iter": 5}, warm_start=True).fit(X, y).fit(X, y)
    monkeypatch.setattr(choice, "SINGLE_MOST", 0.0)
    double = cls(**settings).fit(X, y)
    assert single.coef_.dtype == single.intercept_.dtype == np.float64
    assert single._state["params"] is None and single._state["conditioning"][0].dtype == "float32"
    assert double._state["conditioning"][0].dtype == "float64"
    for one in (single, halves):
        assert one.objective(X, y) == pytest.approx(double.objective_, rel=1e-4)
        assert one.objective(X, y) == pytest.approx(one.objective_, rel=1e-12)
        np.testing.assert_allclose(one.decision_function(X), double.decision_function(X), atol=1e-2)


def share_of(X, weights=None):
    """What a single row of X holds, by `share_of_a_row`."""
    y = np.arange(X.shape[0]) % 3
    objective = SoftmaxGDClassifier()._objective(Rows(X, y, weights), np.unique(y))
    return choice.share_of_a_row(objective)


def distances(X, weights):
    """Of all rows the weighted squared distances from the mean, in units of the variances."""
    weights = weights / weights.sum()
    mean = weights @ X
    variance = weights @ (X - mean) ** 2
    varies = np.ptp(X, axis=0) > 0
    return (weights[:, None] * (X - mean) ** 2)[:, varies] / variance[varies]


@pytest.mark.parametrize("n_rows", [40, 3_000])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_the_share_of_a_row(convert, n_rows):
    """It is that of the largest row's squared distance from the mean, in units of variances."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 8)) * np.logspace(-3, 3, 8) + 5.0
    constant = X[:, 2] = 0.1 if convert is np.asarray else 0.0
    weights = rng.uniform(0.5, 2.0, size=n_rows)
    assert share_of(convert(X)) == 0.0
    X[n_rows // 2, :] *= 1_000
    X[:, 2] = constant
    for own in (None, weights):
        found = distances(X, np.ones(n_rows) if own is None else own).mean(axis=1)
        assert found.argmax() == n_rows // 2
        assert share_of(convert(X), own) == pytest.approx(found.max(), rel=1e-6)
        assert found.max() > 0.5
    weights[n_rows // 2] = 0.0  # counts in no statistic
    assert share_of(convert(X), weights) == 0.0


def test_no_row_of_zeros_or_of_few_dominates():
    """Entries of sparse rows are rare, and so few rows tell nothing."""
    X = np.zeros((600, 60))
    X[np.arange(600), np.arange(600) % 50] = 1.0
    X[7] *= 1e6
    assert share_of(sparse.csr_array(X)) == share_of(X) == 0.0
    few = np.random.default_rng(0).normal(size=(choice.LEAST_ROWS - 1, 5))
    few[0] *= 1e6
    assert share_of(few) == 0.0
    assert share_of(np.ones((50, 3))) == 0.0
