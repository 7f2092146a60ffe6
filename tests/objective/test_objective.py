"""The objective F: its value and gradient over rows, weights, blocks and designs."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import check_grad

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.designs import as_design
from sklinear_gd.losses import LOSSES
from sklinear_gd.objective import Objective, scores, weighted_losses
from sklinear_gd.penalties import PENALTIES, NoPenalty

every_loss = pytest.mark.parametrize("loss", LOSSES)
every_format = pytest.mark.parametrize(
    "convert", [np.asarray, sparse.csr_array], ids=["dense", "csr"]
)


def make(X, y, loss="softmax", penalty=None, weights=None, **parameters):
    """Return an objective over three classes with alpha 0.1."""
    settings = {"n_scores": 3, "fit_intercept": True, **parameters}
    penalty = NoPenalty() if penalty is None else penalty
    loss = LOSSES[loss]() if isinstance(loss, str) else loss
    y = y.astype(np.int32)
    return Objective(as_design(X), y, weights, loss, penalty, 0.1, **settings)


def random_params(objective, seed=0):
    """Return parameters that are no zeros, but for the padding."""
    params = objective.zeros()
    shape = (params.shape[0], objective.n_scores)
    params[:, : objective.n_scores] = np.random.default_rng(seed).normal(size=shape)
    return params


def by_hand(objective, X, params, y, weights, rows):
    """Return F by the loss's own formula on all rows at once."""
    W, b = params[: X.shape[1], :3], params[X.shape[1], :3] if objective.fit_intercept else 0.0
    values = objective.loss.formula(X[rows] @ W + b, y[rows])[0]
    return np.average(values, weights=weights[rows]) + 0.1 * objective.penalty.value(W)


@every_format
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("penalty", PENALTIES)
@every_loss
def test_value_is_the_formula(loss, penalty, fit_intercept, convert, three_classes):
    """F is the weighted mean of the loss over the rows that count, plus alpha R(W)."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0, 2, size=len(y))
    rows = np.flatnonzero(np.arange(len(y)) % 3)
    objective = make(
        convert(X),
        y,
        loss,
        PENALTIES[penalty](),
        weights,
        fit_intercept=fit_intercept,
        rows=rows,
    )
    params = random_params(objective)
    expected = by_hand(objective, X, params, y, weights, rows)
    assert objective.value(params) == pytest.approx(expected, rel=1e-12)
    gradient = np.full_like(params, np.nan)
    assert objective.value_and_gradient(params, gradient) == pytest.approx(expected, rel=1e-12)


@every_format
@pytest.mark.parametrize("loss", [LOSSES["softmax"](), LOSSES["ovr"](squared=True)], ids=repr)
@pytest.mark.parametrize("penalty", ["l2", "elasticnet"])
def test_gradient_is_that_of_the_value(penalty, loss, convert, three_classes):
    """The gradient of the smooth part agrees with finite differences, weights and all."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0, 2, size=len(y))
    objective = make(convert(X), y, loss, PENALTIES[penalty](), weights)
    params = random_params(objective)
    gradient = np.empty_like(params)
    l1 = objective.penalty.l1_strength

    def value(flat):
        params[:, :3] = flat.reshape(5, 3)
        return objective.value(params) - 0.1 * l1 * np.abs(params[:4]).sum()

    def slope(flat):
        params[:, :3] = flat.reshape(5, 3)
        objective.value_and_gradient(params, gradient)
        return gradient[:, :3].ravel()

    assert check_grad(value, slope, params[:, :3].ravel().copy()) < 1e-5


@every_format
@every_loss
def test_blocks_do_not_matter(loss, convert, three_classes, monkeypatch):
    """Work in small slices gives the value, gradient and scores of one large one."""
    X, y = three_classes
    objective = make(convert(X), y, loss, PENALTIES["l2"]())
    params = random_params(objective)
    one = np.zeros_like(params)
    value = objective.value_and_gradient(params, one)
    of_rows = objective.scores(params, np.arange(90))
    monkeypatch.setattr(scores, "SLICE_WORK", 200)
    monkeypatch.setattr(scores, "BLOCK_NUMBERS", 50)
    other = np.zeros_like(params)
    assert objective.value_and_gradient(params, other) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(objective.scores(params, np.arange(90)), of_rows, rtol=1e-12)


@every_loss
@pytest.mark.parametrize("n_rows", [46, 80, 90])
def test_columns_give_the_gradient_of_the_rows(n_rows, loss, three_classes, monkeypatch):
    """Of most rows of a sparse X the gradient goes by its columns: the same as by its rows."""
    monkeypatch.setattr(weighted_losses, "MANY_ROWS", 1)
    X, y = three_classes
    weights = np.random.default_rng(1).uniform(0, 2, size=len(y))
    objective = make(sparse.csr_array(X), y, loss, PENALTIES["l2"](), weights)
    params = random_params(objective)
    rows = np.random.default_rng(2).permutation(len(y))[:n_rows]
    by_columns, by_rows = np.ones_like(params), np.ones_like(params)
    total = objective.sum_loss(params, rows, 0.1, by_columns)
    monkeypatch.setattr(objective.design, "columns", lambda: None)
    assert objective.sum_loss(params, rows, 0.1, by_rows) == pytest.approx(total, rel=1e-14)
    np.testing.assert_allclose(by_columns, by_rows, rtol=1e-12, atol=1e-15)


@every_format
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_of_rows(dtype, convert, three_classes):
    """scores() are X W + b of the asked rows in their order, in the dtype of X."""
    X, y = three_classes[0].astype(dtype), three_classes[1]
    objective = make(convert(X), y)
    params = random_params(objective)
    rows = np.array([70, 3, 3, 12])
    scores = objective.scores(params, rows)
    assert scores.dtype == dtype
    assert scores.shape == (4, 3)
    expected = X[rows] @ params[:4, :3] + params[4, :3]
    np.testing.assert_allclose(scores, expected, rtol=1e-4 if dtype == np.float32 else 1e-12)


def test_sum_loss_adds_to_the_gradient(three_classes):
    """sum_loss adds scale times its gradient to what is there, and keeps the padding 0."""
    X, y = three_classes
    objective = make(X, y)
    params, rows = random_params(objective), np.arange(10, 40)
    once, twice = np.zeros_like(params), np.zeros_like(params)
    total = objective.sum_loss(params, rows, 0.5, once)
    objective.sum_loss(params, rows, 0.25, twice)
    objective.sum_loss(params, rows, 0.25, twice)
    np.testing.assert_allclose(once, twice, rtol=1e-12, atol=1e-15)
    assert not once[:, 3:].any()
    assert total == pytest.approx(objective.sum_loss(params, rows), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, 3.7, 1e-300, 1e300])
def test_weights_have_mean_one_over_the_rows(scale, three_classes):
    """Whatever their scale, weights are normalised over the rows that count, also in parts."""
    X, y = three_classes
    raw = np.random.default_rng(0).uniform(0.1, 2, size=90)
    rows = np.arange(0, 90, 2)
    objective = make(X, y, weights=scale * raw, rows=rows)
    np.testing.assert_allclose(objective.weights[rows], raw[rows] / raw[rows].mean(), rtol=1e-9)
    part = objective.on(rows[:10])
    expected = raw[rows[:10]] / raw[rows[:10]].mean()
    np.testing.assert_allclose(part.weights[rows[:10]], expected, rtol=1e-9)


def test_with_loss_changes_the_loss_alone(three_classes):
    """with_loss gives the same data another loss, and leaves the original as it is."""
    X, y = three_classes
    objective = make(X, y, "softmax")
    params = random_params(objective)
    value = objective.value(params)
    other = objective.with_loss(LOSSES["ovr"]())
    assert other.value(params) == pytest.approx(make(X, y, "ovr").value(params))
    assert objective.value(params) == value


@pytest.mark.parametrize(
    ("cls", "formula"),
    [
        (SoftmaxGDClassifier, lambda m: np.logaddexp(0, -m)),
        (SVMGDClassifier, lambda m: np.maximum(0, 1 - m)),
    ],
    ids=["softmax", "svm"],
)
def test_the_estimators_objective(cls, formula, two_classes):
    """objective() of an estimator is F of the definition, and objective_ is it on training data."""
    X, y = two_classes
    clf = cls(penalty="elasticnet", alpha=0.1, l1_ratio=0.3, max_iter=5, tol=None).fit(X, y)
    margins = (2 * y - 1) * (X @ clf.coef_[0] + clf.intercept_[0])
    penalty = 0.3 * np.abs(clf.coef_).sum() + 0.7 * 0.5 * (clf.coef_**2).sum()
    expected = formula(margins).mean() + 0.1 * penalty
    assert clf.objective(X, y) == pytest.approx(expected, rel=1e-12)
    assert clf.objective_ == pytest.approx(expected, rel=1e-12)
    assert clf.objective(sparse.csc_array(X), y) == pytest.approx(expected, rel=1e-12)


def test_losses_are_summed_in_float64():
    """The mean over very many float32 rows keeps the precision of float64."""
    n = 300_000
    X = np.ones((n, 1), dtype=np.float32)
    objective = make(X, np.zeros(n), n_scores=1, fit_intercept=False)
    params = objective.zeros()
    params[0, 0] = 0.1
    expected = float(np.logaddexp(0.0, np.float64(np.float32(0.1))))
    assert objective.value(params) == pytest.approx(expected, rel=2e-7)


def test_very_many_classes_take_little_memory():
    """What is known without a look at X takes a block of rows by classes, not classes squared."""
    n_classes, n_rows = 20_000, 40
    X, y = np.zeros((n_rows, 2)), np.arange(n_rows) * 7
    objective = make(X, y, n_scores=n_classes)
    tracemalloc.start()
    zero, frequencies = objective.zero_value(), objective.frequency_value()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert zero == pytest.approx(np.log(n_classes))
    assert frequencies == pytest.approx(np.log(n_rows))
    assert peak < 0.05 * 8 * n_classes**2


@pytest.mark.parametrize("with_kernels", [True, False])
@every_loss
def test_losses_on_segment(loss, with_kernels, three_classes):
    """On a segment of scores losses are those of the weights there; the slope is their gain."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0.2, 2, size=len(y))
    rows, step = np.flatnonzero(np.arange(len(y)) % 3), 1e-6
    objective = make(X, y, loss, weights=weights)
    objective.uses_kernels = objective.uses_kernels and with_kernels
    start, way = random_params(objective), random_params(objective, seed=1)
    every = np.arange(len(y))
    given = objective.scores(start, every), rows, objective.scores(way, every)
    total, slope = objective.losses_on_segment(*given, 0.3)
    assert total == pytest.approx(objective.sum_loss(start + 0.3 * way, rows), rel=1e-12)
    ahead, behind = (objective.losses_on_segment(*given, 0.3 + by)[0] for by in (step, -step))
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-5)
    at_rest = objective.losses_on_segment(*given[:2])
    assert at_rest == (pytest.approx(objective.sum_loss(start, rows), rel=1e-12), 0.0)
