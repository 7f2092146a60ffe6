"""Rows that the tests of this folder share."""

import numpy as np
import pytest

dask = pytest.importorskip("dask", reason="Dask is not installed (extra: dask)")
distributed = pytest.importorskip(
    "distributed", reason="distributed is not installed (extra: dask)"
)


@pytest.fixture(scope="session")
def rows():
    """X (400, 6) and y in {0, 1, 2}, not separable; read-only."""
    rng = np.random.default_rng(0)
    y = rng.choice(3, size=400, p=[0.5, 0.3, 0.2])
    X = rng.normal(size=(3, 6))[y] + 1.5 * rng.normal(size=(400, 6))
    X.flags.writeable = y.flags.writeable = False
    return X, y
