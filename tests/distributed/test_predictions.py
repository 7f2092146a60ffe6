"""Predictions of collections, and numbers about a model on them."""

import dask
import dask.array
import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

METHODS = ["decision_function", "predict", "predict_proba", "predict_log_proba"]


@pytest.fixture(scope="module", params=[2, 3], ids=["two classes", "three classes"])
def fitted(request, rows):
    """A fitted estimator, X and y with so many classes."""
    X, y = rows
    X, y = X[y < request.param], y[y < request.param]
    labels = np.array(["a", "b", "c"])[y]
    return SoftmaxGDClassifier(solver="lbfgs").fit(X, labels), X, labels


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["dense", "csr", "unknown", "columns"])
def test_predictions_are_lazy_arrays(fitted, method, kind):
    """Every method gives a Dask array in the blocks of X, equal to what memory gives."""
    model, X, _ = fitted
    lazy = dask.array.from_array(X, chunks=(100, 3 if kind == "columns" else 6))
    if kind == "csr":
        lazy = lazy.map_blocks(sparse.csr_matrix)
    if kind == "unknown":
        lazy = lazy[lazy[:, 0] > 0]
        X = X[X[:, 0] > 0]
    found, wanted = getattr(model, method)(lazy), getattr(model, method)(X)
    assert dask.is_dask_collection(found)
    assert (found.ndim, found.dtype) == (wanted.ndim, wanted.dtype)
    assert found.chunks[0] == lazy.chunks[0] or np.isnan(lazy.shape[0])
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(found.compute(), wanted, rtol=1e-12)
    else:
        np.testing.assert_array_equal(found.compute(), wanted)


def test_numbers_about_a_model(fitted):
    """Score, objective and optimality are those of the rows in memory."""
    model, X, y = fitted
    own = dask.array.from_array(X, chunks=(100, 6)), dask.array.from_array(y, chunks=100)
    assert model.score(*own) == model.score(X, y)
    assert model.objective(*own) == pytest.approx(model.objective(X, y), rel=1e-12)
    found, wanted = model.optimality(*own), model.optimality(X, y)
    for name in ("objective", "lower_bound", "residual"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-6, abs=1e-9)


def test_optimality_of_a_hinge(rows):
    """The bound of a loss with a kink comes from smoothed neighbours, in blocks, too."""
    X, y = rows
    model = SVMGDClassifier(max_iter=20, tol=None, random_state=0).fit(X, y)
    own = dask.array.from_array(X, chunks=(100, 6)), dask.array.from_array(y, chunks=100)
    found, wanted = model.optimality(*own), model.optimality(X, y)
    assert found.gap == pytest.approx(wanted.gap, rel=0.05)
    assert 0 <= found.gap < found.objective


def test_other_features_are_refused(fitted):
    """A collection with other columns is refused when the graph is made, not when it runs."""
    with pytest.raises(ValueError, match="6 features"):
        fitted[0].predict(dask.array.zeros((10, 5), chunks=5))
