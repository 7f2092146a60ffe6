"""Settings and small data sets that the tests share.

The data are read-only: whatever writes into them fails.
"""

import gc
import os
import signal
import sys

# Before SciPy is imported: without it scikit-learn skips its array API checks.
os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np
import pytest
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits


def pytest_collection_finish():
    """Modules and tests are there for good: the garbage collector need not look at them again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, whose processes take no flags of this one
def pytest_xdist_setupnodes(config, specs):
    """Where this process imports nothing from the folder that it runs in, its workers do not."""
    for spec in specs:
        spec.python = f"{sys.executable} -P" if sys.flags.safe_path else sys.executable


@pytest.fixture(scope="session", autouse=True)
def _processes_import_quickly():
    """SciPy has read the variable; dozens of processes that tests start do better without it."""
    os.environ.pop("SCIPY_ARRAY_API", None)


@pytest.fixture
def array_api(monkeypatch):
    """Set the variable without which scikit-learn takes no arrays of other libraries."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@pytest.fixture(scope="session", autouse=True)
def _one_thread_for_blas():
    """On tiny matrices BLAS's threads wait for each other, the longer the busier the machine."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture
def heeds_ctrl_c():
    """The signal of Ctrl-C counts: shells start programs in the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _frozen(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _overlapping(n_classes, n_samples, n_features, seed):
    """Classes that overlap, so that every loss has a finite optimum, penalty or not."""
    rng = np.random.default_rng(seed)
    # Class k is the rarer, the larger k: at W = b = 0 no gradient vanishes.
    shares = 1 / np.arange(1, n_classes + 1) ** 0.7
    y = np.repeat(np.arange(n_classes), np.ceil(n_samples * shares / shares.sum()).astype(int))
    y = rng.permutation(y[:n_samples])
    centres = rng.normal(size=(n_classes, n_features))
    X = centres[y] + 1.5 * rng.normal(size=(n_samples, n_features))
    return _frozen(X, y)


@pytest.fixture(scope="session")
def two_classes():
    """X (80, 4) and y in {0, 1}, not separable."""
    return _overlapping(2, 80, 4, seed=0)


@pytest.fixture(scope="session")
def three_classes():
    """X (90, 4) and y in {0, 1, 2}, not separable."""
    return _overlapping(3, 90, 4, seed=1)


@pytest.fixture(scope="session")
def many_rows():
    """X (600, 8) and y in {0, ..., 3}: enough rows for several automatic batches."""
    return _overlapping(4, 600, 8, seed=2)


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits: X (1797, 64) in [0, 1] and y in {0, ..., 9}."""
    X, y = load_digits(return_X_y=True)
    return _frozen(X / 16, y)
