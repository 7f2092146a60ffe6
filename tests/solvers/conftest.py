"""What tests share: choices of the training, and a check of the steps that remember rows."""

import numpy as np
import pytest
from scipy import sparse


@pytest.fixture(
    params=[
        {"max_iter": 99},
        {"tol": None, "max_iter": 100},
        {"optimizer": "adam"},
        {"batch_size": 32},
        {"learning_rate": 0.1},
        {"schedule": "constant"},
        {"dropout": 0.1},
        {"average": True},
        {"max_norm": 10.0},
        {"penalty": "l1"},
        {"early_stopping": True},
        {"precondition": False},
    ],
    ids=str,
)
def choice(request):
    """Parameters with which a fit is no longer left to the library."""
    return request.param


@pytest.fixture
def assert_kernel_is_formula(monkeypatch):
    """A check that compiled epochs lead where array formulas lead, on dense and sparse rows."""

    def check(fit, steps, dtype, **close):
        """Compare ``fit(X, y, weights)`` with itself where these steps are not compiled."""
        rng, models = np.random.default_rng(0), []
        X = (rng.normal(size=(60, 21)) * (rng.random((60, 21)) < 0.4)).astype(dtype)
        y, weights = rng.integers(0, 3, size=60), rng.uniform(0.2, 3.0, size=60)
        with monkeypatch.context() as patch:
            for _ in ("compiled", "formula"):
                models += [fit(matrix, y, weights) for matrix in (X, sparse.csr_array(X))]
                patch.setattr(steps, "compiles", lambda *others: False)
        for clf in models[:-1]:
            np.testing.assert_allclose(clf.coef_, models[-1].coef_, **close)
            np.testing.assert_allclose(clf.intercept_, models[-1].intercept_, **close)

    return check
