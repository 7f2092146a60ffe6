"""Threads, processes and forks: the same models as one after the other."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, kernels

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
SHORT = {"batch_size": 16, "max_iter": 10, "tol": None, "random_state": 0}
WORKERS = 4


@pytest.fixture(autouse=True)
def _frequent_switches():
    """Let threads take turns every few microseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def _data(number):
    """Another number of classes and of features for each number."""
    rng = np.random.default_rng(number)
    X = rng.normal(size=(60, 3 + number))
    return X, np.arange(60) % (2 + number)


def _same(first, second):
    for name in ("coef_", "intercept_", "classes_"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.n_features_in_ == second.n_features_in_
    assert first.objective_ == second.objective_


@every_class
def test_threads_fit_estimators_of_their_own(cls):
    """Four threads, each with its own estimator, train what one thread trains."""
    expected = [cls(**SHORT).fit(*_data(k)) for k in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(lambda k: cls(**SHORT).fit(*_data(k)), list(range(WORKERS)) * 5)
        for number, clf in enumerate(found):
            _same(clf, expected[number % WORKERS])


@every_class
def test_threads_predict_from_one_estimator(cls):
    """Predictions from four threads at once are those of one."""
    X, y = _data(1)
    clf = cls(**SHORT).fit(X, y)
    expected = clf.decision_function(X)
    with ThreadPoolExecutor(WORKERS) as pool:
        for found in pool.map(clf.decision_function, [X] * 40):
            np.testing.assert_array_equal(found, expected)


@every_class
def test_threads_fit_the_same_estimator(cls):
    """The last one wins whole: the model is one of the four, never a mixture."""
    expected = [cls(**SHORT).fit(*_data(k)) for k in range(WORKERS)]
    clf = cls(**SHORT)
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in range(10):
            list(pool.map(lambda k: clf.fit(*_data(k)), range(WORKERS)))
            _same(clf, expected[clf.n_features_in_ - 3])
            assert vars(clf).keys() == vars(expected[0]).keys()


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_grid_search_in_parallel(backend, three_classes):
    """GridSearchCV finds the same with processes and with threads as alone."""
    grid = {"alpha": [1e-3, 1.0], "optimizer": ["adam", "sgd"]}
    search = GridSearchCV(SoftmaxGDClassifier(**SHORT), grid, cv=2)
    alone = clone(search).fit(*three_classes)
    with joblib.parallel_config(backend, n_jobs=2):
        found = search.fit(*three_classes)
    np.testing.assert_array_equal(
        found.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )
    _same(found.best_estimator_, alone.best_estimator_)


def test_workers_obey_their_thread_limit():
    """In a joblib worker the kernels use as many threads as joblib allots, not all cores."""
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        found = joblib.Parallel()(joblib.delayed(kernels.max_threads)() for _ in range(2))
    assert found == [1, 1]


FORK = """
import os, sys, warnings
import numpy as np
from sklinear_gd import SoftmaxGDClassifier
rng = np.random.default_rng(0)
X, y = rng.normal(size=(4000, 100)), rng.integers(0, 10, size=4000)
def fit():
    # Full batches of 8 million multiply-adds: enough work for a team of threads.
    return SoftmaxGDClassifier(batch_size="full", max_iter=3, tol=None).fit(X, y).coef_
expected = fit()
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork in a threaded process
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(fit(), expected) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_fork_after_a_threaded_fit():
    """A child forked after a fit with two threads trains the same model, and does not hang."""
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-P", "-c", FORK], env=environment, check=True, timeout=60)


GIL = """
import sys
state = getattr(sys, "_is_gil_enabled", lambda: True)
before = state()
import numpy, scipy.sparse, sklearn.base
assert state() == before, "a dependency switched the GIL on"
import sklinear_gd
assert state() == before
print(sklinear_gd.kernels.available)
"""


def test_the_kernels_leave_the_gil_as_it_is():
    """Importing the package does not switch the GIL back on in a free-threaded Python."""
    child = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", GIL], capture_output=True, text=True, check=True
    )
    assert child.stdout == f"{kernels.available}\n"
