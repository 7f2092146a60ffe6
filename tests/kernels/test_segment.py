"""The kernel of losses along a segment of scores against the array formulas."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklinear_gd import kernels
from sklinear_gd.kernels import losses_on_segment
from sklinear_gd.losses import LOSSES

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)
HINGES = ("weston_watkins", "crammer_singer", "ovr")


def arguments(name, n_scores, dtype=np.float64, n_rows=150, is_bare=False):
    """A right call: some rows in another order, weights and a change unless it is bare."""
    rng = np.random.default_rng(n_scores)
    scores = rng.normal(size=(n_rows, n_scores)).astype(dtype)
    return {
        "scores": scores,
        "y": rng.integers(0, max(2, n_scores), size=n_rows).astype(np.int32),
        "weights": None if is_bare else rng.random(n_rows),
        "index": rng.permutation(n_rows)[: n_rows * 3 // 4],
        "loss": LOSSES[name](),
        "change": None if is_bare else rng.normal(size=scores.shape).astype(dtype),
        "share": 0.3,
    }


@pytest.mark.parametrize("is_bare", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_scores", [1, 3, 10, 37])
@pytest.mark.parametrize("name", LOSSES)
def test_formulas(name, n_scores, dtype, is_bare):
    """The sum is that of the losses at this place, and the slope the product of both arrays."""
    call = arguments(name, n_scores, dtype, is_bare=is_bare)
    rows, change = call["index"], np.zeros_like(call["scores"])
    weights = np.ones(len(call["y"])) if is_bare else call["weights"]
    change = change if is_bare else call["change"]
    losses, d_scores = call["loss"].formula(
        (call["scores"] + dtype(0.3) * change)[rows].astype(np.float64), call["y"][rows]
    )
    expected = weights[rows] @ losses, weights[rows] @ np.sum(d_scores * change[rows], axis=1)
    close = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-3}
    np.testing.assert_allclose(losses_on_segment(**call), expected, **close)


@pytest.mark.parametrize("name", LOSSES)
def test_the_slope_is_a_derivative(name):
    """It is what central differences of the sum say, off the kinks."""
    call, step = arguments(name, 4), 1e-6
    ahead, behind = (losses_on_segment(**call | {"share": 0.3 + by})[0] for by in (step, -step))
    assert (ahead - behind) / (2 * step) == pytest.approx(losses_on_segment(**call)[1], rel=1e-6)


@pytest.mark.parametrize("n_scores", [1, 37])
def test_same_bits(n_scores):
    """One, two and three threads give the same bits."""
    call = arguments("crammer_singer", n_scores, n_rows=700_000 // n_scores)
    outcomes = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            outcomes.append(losses_on_segment(**call))
    assert outcomes[1:] == outcomes[:1] * 2


def test_a_score_that_is_not_a_number_shows():
    """NaN among the scores is NaN in the sum, not a loss of 0."""
    for name in HINGES:
        call = arguments(name, 4)
        call["scores"][call["index"][3], 2] = np.nan
        assert np.isnan(losses_on_segment(**call)[0])


def test_no_rows():
    """Nothing adds up to 0."""
    call = arguments("ovr", 3) | {"index": np.arange(0)}
    assert losses_on_segment(**call) == (0.0, 0.0)


WRONG = {
    "scores are integers": lambda call: {"scores": call["scores"].astype(int)},
    "y is too short": lambda call: {"y": call["y"][:-1].copy()},
    "y has another dtype": lambda call: {"y": call["y"].astype(np.int64)},
    "a label is none of the classes": lambda call: {"y": np.full_like(call["y"], 3)},
    "weights has another dtype": lambda call: {"weights": call["weights"].astype(np.float32)},
    "a row is not in the scores": lambda call: {"index": np.full_like(call["index"], 150)},
    "a row is below 0": lambda call: {"index": np.full_like(call["index"], -1)},
    "change has another dtype": lambda call: {"change": call["change"].astype(np.float32)},
    "change has another shape": lambda call: {"change": call["change"][:-1].copy()},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_calls(wrong):
    """What would read foreign memory is refused."""
    call = arguments("weston_watkins", 3)
    with pytest.raises(ValueError, match=r"\w"):
        losses_on_segment(**call | WRONG[wrong](call))
