"""A wrong call raises ValueError: compiled code would read or write foreign memory."""

import numpy as np
import pytest

from sklinear_gd import kernels
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.optimizers import Adam

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)


def train_arguments(problem):
    """A call of `kernels.train` that is right."""
    params = problem.params.copy()
    return problem.call(SoftmaxCrossEntropy()) | {
        "order": np.arange(20),
        "batch_size": 8,
        "params": params,
        "optimizer": Adam(),
        "state": Adam().init(params),
        "rates": np.full(3, 0.1),
        "l2": 0.0,
        "l1": 0.0,
        "average": None,
    }


WRONG = {
    "params is too narrow": lambda call: {"params": call["params"][:, :3].copy()},
    "params has another dtype": lambda call: {"params": call["params"].astype(np.float32)},
    "params is not C-contiguous": lambda call: {"params": np.asfortranarray(call["params"])},
    "params is read-only": lambda call: {"params": _read_only(call["params"])},
    "params has no intercept": lambda call: {"params": call["params"][:-1].copy()},
    "y has another dtype": lambda call: {"y": call["y"].astype(np.int64)},
    "y is too short": lambda call: {"y": call["y"][:-1].copy()},
    "a label is none of the classes": lambda call: {"y": np.full_like(call["y"], 10)},
    "a label is negative": lambda call: {"y": np.full_like(call["y"], -1)},
    "weights has another dtype": lambda call: {"weights": call["weights"].astype(np.float32)},
    "weights is too short": lambda call: {"weights": call["weights"][:-1].copy()},
    "a row number is too large": lambda call: {"order": np.full(20, 101)},
    "a row number is negative": lambda call: {"order": np.full(20, -1)},
    "order has another dtype": lambda call: {"order": np.arange(20, dtype=np.int32)},
    "rates do not fit the batches": lambda call: {"rates": np.full(2, 0.1)},
    "batch_size is 0": lambda call: {"batch_size": 0},
    "l1 is negative": lambda call: {"l1": -0.1},
    "state has another shape": lambda call: {"state": Adam().init(call["params"][:5].copy())},
    "average has another shape": lambda call: {"average": call["params"][:5].copy()},
}


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_arguments(problem_of, storage, wrong):
    """Shapes, dtypes, layouts, row numbers and labels are checked; nothing is changed."""
    call = train_arguments(problem_of(storage, np.float64, 10))
    before = call["params"].copy()
    with pytest.raises(ValueError, match=r"."):
        kernels.train(**(call | WRONG[wrong](call)))
    assert np.array_equal(call["params"], before)
    kernels.train(**call)


def test_wrong_rows(problem_of):
    """The arrays of the rows are checked for dtype, layout and length."""
    problem = problem_of("csr32", np.float64, 10)
    data, indices, indptr, d = problem.rows
    dense = problem.X
    for rows in (
        kernels.DenseRows(np.asfortranarray(dense)),
        kernels.DenseRows(dense.astype(np.float16)),
        kernels.DenseRows(dense[:, :-1].copy()),
        kernels.CsrRows(data, indices, indptr.astype(np.int64), d),
        kernels.CsrRows(data, indices.astype(np.int16), indptr.astype(np.int16), d),
        kernels.CsrRows(data[:-1], indices[:-1], indptr, d),
        kernels.CsrRows(data.astype(np.float32), indices, indptr, d),
        kernels.CsrRows(data, indices, indptr, d + 1),
        kernels.CsrRows(data[::2], indices, indptr, d),
    ):
        with pytest.raises(ValueError, match=r"must|counts"):
            kernels.scores(rows, problem.params, problem.n_scores, True)


def test_wrong_gradient(problem_of):
    """A gradient must look like the parameters and be writeable."""
    problem = problem_of("dense", np.float64, 10)
    for gradient in (np.zeros((3, 3)), _read_only(problem.params), problem.params.astype("f4")):
        with pytest.raises(ValueError, match="gradient must be"):
            kernels.loss_gradient(
                params=problem.params,
                index=None,
                scale=1.0,
                gradient=gradient,
                **problem.call(SoftmaxCrossEntropy()),
            )


def test_wrong_out(problem_of, storage):
    """Scores are written to an array of their shape, dtype and layout alone, which is returned."""
    problem = problem_of(storage, np.float64, 10)
    right = np.zeros((len(problem.y), 10))
    call = problem.rows, problem.params, problem.n_scores, problem.fit_intercept, None
    for out in (right[1:], right[:, 1:], right.astype("f4"), np.asfortranarray(right)):
        with pytest.raises(ValueError, match="out must be"):
            kernels.scores(*call, out)
    with pytest.raises(ValueError, match="out must be"):
        kernels.scores(*call, _read_only(right))
    assert kernels.scores(*call, right) is right
    np.testing.assert_array_equal(right, kernels.scores(*call))
