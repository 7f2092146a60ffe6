"""The kernel of dual coordinate ascent against the array formulas."""

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from sklinear_gd import kernels
from sklinear_gd.kernels import CsrRows, DenseRows, dual_ascent, padded_width
from sklinear_gd.losses import LOSSES

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)
HINGES = ("weston_watkins", "crammer_singer", "ovr")
RATE, INTERCEPT_RATE = 0.02, 0.05


def arguments(name, n_scores, dtype=np.float64, n_rows=40, n_features=30, **changes):
    """A right call on sparse rows, with weights, a center and an intercept."""
    rng = np.random.default_rng(n_scores)
    X = rng.normal(size=(n_rows, n_features)) * (rng.random((n_rows, n_features)) < 0.3)
    X = X.astype(dtype)
    rows = sparse.csr_array(X)
    center = X.mean(axis=0).astype(np.float64)
    params = kernels.aligned_zeros((n_features + 1, padded_width(n_scores, dtype)), dtype)
    params[:-1, :n_scores] = rng.normal(scale=0.3, size=(n_features, n_scores))
    y = rng.integers(0, max(2, n_scores), size=n_rows).astype(np.int32)
    loss = LOSSES[name](margin=1.5)
    table = kernels.aligned_zeros((n_rows, params.shape[1]), dtype)
    table[:, :n_scores] = loss.smoothed(2.0).formula(rng.normal(size=(n_rows, n_scores)), y)[1]
    weights = rng.uniform(0.3, 2.0, size=n_rows)
    table *= weights[:, None].astype(dtype)
    order = rng.permutation(n_rows)
    return X, {
        "rows_data": CsrRows(rows.data, rows.indices, rows.indptr, n_features),
        "y": y,
        "weights": weights,
        "order": order,
        "batch_size": 1,
        "params": params,
        "table": table,
        "widths": rng.uniform(0.2, 3.0, size=n_rows),
        "inner": X.astype(np.float64) @ center,
        "center": center,
        "vectors": rng.normal(size=(3, n_scores)) * [[1.0], [0.1], [0.0]],
        "n_scores": n_scores,
        "fit_intercept": True,
        "loss": loss,
        "shares": rng.uniform(0.5, 1.0, size=n_rows),
        "rate": RATE,
        "intercept_rate": INTERCEPT_RATE,
        "n_whole": n_rows,
    } | changes


def by_formula(X, call):
    """The total, W, b, mean and table after the same steps in array formulas, in float64."""
    K, loss, size = call["n_scores"], call["loss"], call["batch_size"]
    W, table = (call[name][:, :K].astype(np.float64) for name in ("params", "table"))
    W, b, mean, total = W[:-1], call["vectors"][0].copy(), call["vectors"][1].copy(), 0.0
    X = X.astype(np.float64)
    for k, share in enumerate(call["shares"]):
        rows = call["order"][k * size : (k + 1) * size]
        weights, before = call["weights"][rows][:, None], table[rows]
        scores, y = X[rows] @ W + b, call["y"][rows]
        total += float(loss.formula(scores, y)[0] @ weights[:, 0])
        found = weights * loss.conjugate_prox(before / weights, scores, y, call["widths"][rows])
        change = share * (found - before)
        moved = RATE * (X[rows] - call["center"]).T @ change
        W, b = W - moved, b + call["center"] @ moved
        b = b - INTERCEPT_RATE * (change.sum(axis=0) + share * len(rows) * mean)
        mean = mean + change.sum(axis=0) / call["n_whole"]
        table[rows] = before + change
    return total, W, b, mean, table


@pytest.mark.parametrize("is_dense", [False, True])
@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_scores", [1, 3, 10, 37])
@pytest.mark.parametrize("name", HINGES)
def test_formulas(name, n_scores, dtype, batch_size, is_dense):
    """Weights, intercept, mean and table go where the formulas lead, and the losses add up."""
    X, call = arguments(name, n_scores, dtype, batch_size=batch_size)
    call["shares"] = call["shares"][: -(-40 // batch_size)]
    if is_dense:
        call["rows_data"] = DenseRows(np.ascontiguousarray(X))
    expected = by_formula(X, call)
    total = dual_ascent(**call)
    found = total, call["params"][:-1, :n_scores], *call["vectors"][:2], call["table"][:, :n_scores]
    close = {"rtol": 1e-9, "atol": 1e-11} if dtype == np.float64 else {"rtol": 1e-3, "atol": 1e-3}
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, other, **close)


@pytest.mark.parametrize("n_scores", [1, 20])
def test_many_single_rows(n_scores):
    """More rows, one a batch, than are looked at together afterwards follow the formulas, too."""
    X, call = arguments("weston_watkins", n_scores, n_rows=1100)
    expected = by_formula(X, call)
    total = dual_ascent(**call)
    found = total, call["params"][:-1, :n_scores], *call["vectors"][:2], call["table"][:, :n_scores]
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", HINGES)
def test_a_step_in_parts(name):
    """Two calls, of which the first leaves the center in the weights, do what one does."""
    whole = arguments(name, 3)[1]
    parts = arguments(name, 3)[1]
    total = dual_ascent(**whole)
    order, shares, sums = parts["order"], parts["shares"], 0.0
    for part, settle in ((slice(0, 25), False), (slice(25, 40), True)):
        sums += dual_ascent(
            **parts | {"order": order[part], "shares": shares[part], "settle": settle}
        )
    assert sums == pytest.approx(total, rel=1e-12)
    np.testing.assert_allclose(parts["params"], whole["params"], atol=1e-12)
    np.testing.assert_array_equal(parts["table"], whole["table"])


@pytest.mark.parametrize("batch_size", [1, 300])
def test_same_bits(batch_size):
    """One, two and three threads give the same bits."""
    outcomes = []
    for threads in (1, 2, 3):
        call = arguments("weston_watkins", 20, n_rows=2000, n_features=500)[1]
        call |= {"batch_size": batch_size, "shares": call["shares"][: -(-2000 // batch_size)]}
        with threadpool_limits(threads, user_api="openmp"):
            total = dual_ascent(**call)
        outcomes.append((total, call["params"], call["table"], call["vectors"]))
    for other in outcomes[1:]:
        for own, first in zip(other, outcomes[0], strict=True):
            np.testing.assert_array_equal(own, first)


@pytest.mark.parametrize("name", HINGES)
@pytest.mark.parametrize("widths", [1e-12, 1.0, 1e12])
def test_extreme_widths_end(name, widths):
    """The search for a row's derivatives ends, in their domain, however far the scores are."""
    for size in (1e-9, 1.0, 1e9):
        call = arguments(name, 10)[1]
        call["params"] *= size
        call["widths"] = np.full(40, widths)
        dual_ascent(**call)
        d_scores = call["table"][:, :10] / call["weights"][:, None]
        assert np.isfinite(call["loss"].conjugate(d_scores, call["y"])).all()


def test_no_rows():
    """Nothing is done for no rows."""
    call = arguments("ovr", 3)[1]
    call |= {"order": call["order"][:0], "shares": call["shares"][:0]}
    before = call["params"].copy()
    assert dual_ascent(**call) == 0.0
    np.testing.assert_array_equal(call["params"], before)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": LOSSES["ovr"](squared=True)}, "neither smoothed nor squared"),
        ({"loss": LOSSES["ovr"](smoothing=0.1)}, "neither smoothed nor squared"),
        ({"loss": LOSSES["softmax"]()}, "must be a hinge"),
        ({"widths": np.ones(39)}, "widths has 39 entries where 40"),
        ({"center": np.ones(31)}, "center has 31 entries where 30"),
        ({"inner": np.ones(3)}, "inner has 3 entries where 40"),
        ({"vectors": np.ones((2, 3))}, "vectors must be C-contiguous float64"),
        ({"shares": np.ones(2)}, "updates do not fit 40 rows"),
        ({"fit_intercept": False, "params": np.zeros((30, 4))}, "center needs the intercept"),
        ({"order": np.array([40]), "shares": np.ones(1)}, "row number is outside"),
        ({"y": np.full(40, 3, dtype=np.int32)}, "label in y is outside"),
    ],
    ids=str,
)
def test_refusals(changes, message):
    """Arrays that do not fit, and losses that have no such rule, are named."""
    call = arguments("weston_watkins", 3)[1]
    if "params" in changes:
        changes = changes | {"params": np.zeros((30, call["params"].shape[1]))}
    with pytest.raises(ValueError, match=message):
        dual_ascent(**call | changes)
