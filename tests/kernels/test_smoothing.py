"""The kernel of smoothed hinges against the array formulas."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklinear_gd import kernels
from sklinear_gd.kernels import padded_width, smoothed_losses
from sklinear_gd.losses import LOSSES

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)
HINGES = ("weston_watkins", "crammer_singer", "ovr")


def arguments(name, n_scores, dtype=np.float64, n_rows=150, is_bare=False):
    """A right call: rows of a table in another order, shifts and weights unless it is bare."""
    rng = np.random.default_rng(n_scores)
    scores = rng.normal(size=(n_rows, n_scores)).astype(dtype)
    y = rng.integers(0, max(2, n_scores), size=n_rows).astype(np.int32)
    return {
        "scores": scores,
        "y": y,
        "weights": None if is_bare else rng.random(n_rows),
        "shifts": None if is_bare else rng.normal(scale=0.2, size=scores.shape),
        "index": rng.permutation(n_rows + 5)[:n_rows],
        "loss": LOSSES[name](margin=1.5, smoothing=0.3),
        "d_scores": np.zeros(scores.shape),
        "table": np.zeros((n_rows + 5, padded_width(n_scores, dtype)), dtype=dtype),
    }


@pytest.mark.parametrize("is_bare", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_scores", [1, 3, 10, 37])
@pytest.mark.parametrize("name", HINGES)
def test_formulas(name, n_scores, dtype, is_bare):
    """Sums, derivatives and table are what formula and conjugate say of the scores in float64."""
    call = arguments(name, n_scores, dtype, is_bare=is_bare)
    sums = smoothed_losses(**call)
    scores, y, smoothed = call["scores"].astype(np.float64), call["y"], call["loss"]
    weights = np.ones(len(y)) if is_bare else call["weights"]
    plain = LOSSES[name](margin=1.5)
    smooth, d_scores = smoothed.formula(scores + (0.0 if is_bare else call["shifts"]), y)
    losses = plain.formula(scores, y)[0]
    cost = losses + plain.conjugate(d_scores, y) - np.sum(d_scores * scores, axis=1)
    np.testing.assert_allclose(sums, [weights @ smooth, weights @ losses, weights @ cost], 1e-12)
    np.testing.assert_allclose(call["d_scores"], d_scores, 1e-11, 1e-14)
    expected = np.zeros(call["table"].shape)
    expected[call["index"], :n_scores] = weights[:, None] * d_scores
    np.testing.assert_allclose(call["table"], expected, 10 * np.finfo(dtype).eps, 1e-14)


@pytest.mark.parametrize("name", HINGES)
def test_same_bits(name):
    """One, two and three threads give the same bits."""
    outcomes = []
    for threads in (1, 2, 3):
        call = arguments(name, 37, n_rows=20_011)
        with threadpool_limits(threads, user_api="openmp"):
            outcomes.append((smoothed_losses(**call), call["d_scores"], call["table"]))
    for sums, d_scores, table in outcomes[1:]:
        assert sums == outcomes[0][0]
        assert np.array_equal(d_scores, outcomes[0][1])
        assert np.array_equal(table, outcomes[0][2])


def test_a_score_that_is_not_a_number_shows():
    """NaN among the scores is NaN in all sums, not a loss of 0."""
    for name in HINGES:
        call = arguments(name, 4)
        call["scores"][3, 2] = np.nan
        assert np.isnan(smoothed_losses(**call)).all()


def test_no_rows():
    """Nothing adds up to 0."""
    call = arguments("ovr", 3, n_rows=0)
    assert smoothed_losses(**call) == (0.0, 0.0, 0.0)


WRONG = {
    "scores are integers": lambda call: {"scores": call["scores"].astype(int)},
    "y is too short": lambda call: {"y": call["y"][:-1].copy()},
    "y has another dtype": lambda call: {"y": call["y"].astype(np.int64)},
    "a label is none of the classes": lambda call: {"y": np.full_like(call["y"], 3)},
    "weights has another dtype": lambda call: {"weights": call["weights"].astype(np.float32)},
    "shifts has another shape": lambda call: {"shifts": call["shifts"][:-1].copy()},
    "a row is not in the table": lambda call: {"index": np.full_like(call["index"], 155)},
    "the table has another dtype": lambda call: {"table": call["table"].astype(np.float32)},
    "the table is too narrow": lambda call: {"table": call["table"][:, :2].copy()},
    "d_scores has another dtype": lambda call: {"d_scores": call["d_scores"].astype(np.float32)},
    "the loss has its kink": lambda call: {"loss": LOSSES["ovr"]()},
    "the loss is squared": lambda call: {"loss": LOSSES["crammer_singer"](squared=True)},
    "the loss is no hinge": lambda call: {"loss": LOSSES["softmax"](label_smoothing=0.1)},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_calls(wrong):
    """What would read or write foreign memory is refused."""
    call = arguments("weston_watkins", 3)
    with pytest.raises(ValueError, match=r"\w"):
        smoothed_losses(**call | WRONG[wrong](call))
