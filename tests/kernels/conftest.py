"""Problems for the kernels, and what the array formulas make of them."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import kernels


@dataclass
class Problem:
    """Rows in one storage, the same matrix dense in float64, targets, weights and parameters."""

    rows: tuple
    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    params: np.ndarray
    n_scores: int
    fit_intercept: bool
    scale: np.ndarray | None = None
    center: np.ndarray | None = None

    def scores(self, params, index):
        """The scores of some rows, in float64."""
        params = params[:, : self.n_scores].astype(np.float64)
        scores = self.X[index] @ params[: self.X.shape[1]]
        return scores + params[-1] if self.fit_intercept else scores

    def gradient(self, params, index, loss):
        """The sum of the weighted losses of some rows and its gradient, by the formula."""
        values, d_scores = loss.formula(self.scores(params, index), self.y[index])
        d_scores = d_scores * self.weights[index, None]
        gradient = np.zeros(params.shape)
        gradient[: self.X.shape[1], : self.n_scores] = self.X[index].T @ d_scores
        if self.fit_intercept:
            gradient[-1, : self.n_scores] = d_scores.sum(axis=0)
        return float(values @ self.weights[index]), gradient

    def train(self, order, batch_size, loss, optimizer, rates, l2=0.0, l1=0.0):
        """The parameters, state, average and loss after one epoch, by formula, step and prox."""
        params = self.params.astype(np.float64)
        state, average, total = optimizer.init(params), params.copy(), 0.0
        W = params[: self.X.shape[1]]
        scale = 1.0 if self.scale is None else self.scale.astype(np.float64)[:, None]
        for k, rate in enumerate(rates):
            batch = order[k * batch_size : (k + 1) * batch_size]
            value, gradient = self.gradient(params, batch, loss)
            gradient /= len(batch)
            gradient[: len(W)] += l2 * scale**2 * W
            metric = optimizer.step(params, gradient, state, rate)
            metric = metric[: len(W)] if np.ndim(metric) else metric
            W[...] = np.sign(W) * np.maximum(np.abs(W) - l1 * scale * metric, 0)
            average += (params - average) / (k + 1)
            total += value
        return params, state, average, total

    def conditioned(self, centered):
        """The same problem in conditioned variables; the oracle sees the features themselves."""
        rng, dtype = np.random.default_rng(5), self.params.dtype
        scale = rng.uniform(0.3, 3, self.X.shape[1]).astype(dtype)
        center = rng.normal(size=self.X.shape[1]).astype(dtype)
        center[::3] = 0
        X = (self.X - center * centered) * scale
        return replace(self, X=X, scale=scale, center=center if centered else None)

    def call(self, loss):
        """The arguments that `loss_gradient` and `train` have in common, by name."""
        return {
            "rows_data": self.rows,
            "y": self.y,
            "weights": self.weights,
            "n_scores": self.n_scores,
            "fit_intercept": self.fit_intercept,
            "loss": loss,
        }


def make_problem(storage, dtype, n_classes, n_rows=101, n_features=41, fit_intercept=True, seed=0):
    """A problem with every oddity of its storage: read-only, unsorted, duplicates, empty rows."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features)).astype(dtype)
    n_scores = 1 if n_classes == 2 else n_classes
    if storage == "dense":
        rows = kernels.DenseRows(X)
    else:
        X *= rng.random(X.shape) < 0.3
        X[[0, n_rows // 2]] = 0
        rows, X = _csr_rows(X, np.int32 if storage == "csr32" else np.int64, rng)
    shape = n_features + fit_intercept, kernels.padded_width(n_scores, dtype)
    params = np.zeros(shape, dtype)
    params[:, :n_scores] = 0.3 * rng.normal(size=(shape[0], n_scores))
    problem = Problem(
        rows=rows,
        X=X.astype(np.float64),
        y=rng.integers(n_classes, size=n_rows).astype(np.int32),
        weights=rng.random(n_rows) * 2,
        params=params,
        n_scores=n_scores,
        fit_intercept=fit_intercept,
    )
    for array in (*rows, problem.y, problem.weights, problem.params):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return problem


def _csr_rows(X, index_dtype, rng):
    """CSR rows in which entries are split in two and shuffled, and the matrix they sum to."""
    coo = sparse.coo_array(X)
    part = (coo.data * rng.random(coo.nnz)).astype(X.dtype)
    data = np.concatenate([part, coo.data - part])
    row, column = (np.tile(index, 2) for index in coo.coords)
    order = rng.permutation(len(data))
    order = order[np.argsort(row[order], kind="stable")]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(X)))])
    data, indices = data[order], column[order].astype(index_dtype)
    indptr = indptr.astype(index_dtype)
    summed = sparse.csr_array((data.astype(np.float64), indices, indptr), shape=X.shape).toarray()
    return kernels.CsrRows(data, indices, indptr, X.shape[1]), summed


@pytest.fixture
def problem_of():
    """A function that makes a `Problem`."""
    return make_problem


@pytest.fixture(params=["dense", "csr32", "csr64"])
def storage(request):
    """How the rows are stored."""
    return request.param


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    """The dtype of X and of the parameters."""
    return request.param


@pytest.fixture(params=[2, 3, 10, 37])
def n_classes(request):
    """Two classes have one score; 3, 10 and 37 fill vectors and tiles in different ways."""
    return request.param
