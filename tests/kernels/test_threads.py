"""Threads change nothing but the time, and a forked child does without them."""

import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklinear_gd import kernels
from sklinear_gd.losses import SoftmaxCrossEntropy, WestonWatkins
from sklinear_gd.optimizers import OPTIMIZERS

pytestmark = pytest.mark.skipif(
    not (kernels.available and kernels.openmp),
    reason="compiled kernels with OpenMP are not built or switched off",
)


def results(problem, name, l1):
    """What every kernel gives, on work that is large enough to be shared."""
    gradient, params = np.zeros_like(problem.params), problem.params.copy()
    optimizer = OPTIMIZERS[name]()
    state = optimizer.init(params)
    value = kernels.loss_gradient(
        params=params, index=None, scale=0.1, gradient=gradient, **problem.call(WestonWatkins())
    )
    total = kernels.train(
        order=np.random.default_rng(0).permutation(len(problem.y)),
        batch_size=250,
        params=params,
        optimizer=optimizer,
        state=state,
        rates=np.linspace(0.1, 0.01, 21),
        l2=0.01,
        l1=l1,
        **problem.call(SoftmaxCrossEntropy()),
    )
    scores = kernels.scores(problem.rows, params, problem.n_scores, problem.fit_intercept)
    return [value, total, gradient, params, scores, *state.values()]


@pytest.mark.parametrize("name", [name for name, rule in OPTIMIZERS.items() if rule().kernel])
def test_same_bits(problem_of, storage, dtype, name):
    """One, two and three threads give the same bits."""
    # Each two of storage, dtype and rule meet both.
    places = ["dense", "csr32", "csr64"].index(storage), list(OPTIMIZERS).index(name)
    l1 = [0.0, 0.01][(sum(places) + (dtype == np.float32)) % 2]
    problem = problem_of(storage, dtype, 37, n_rows=5001, n_features=131)
    outcomes = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            assert kernels.max_threads() == threads
            outcomes.append(results(problem, name, l1))
    for other in outcomes[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(outcomes[0], other, strict=True))


FORK = """
import os, sys
import numpy as np
from sklinear_gd import kernels

rng = np.random.default_rng(0)
X = rng.normal(size=(4000, 100))
params = np.zeros((101, kernels.padded_width(37, X.dtype)))
params[:, :37] = rng.normal(size=(101, 37))
scores = kernels.scores(kernels.DenseRows(X), params, 37, True)
child = os.fork()
if child == 0:
    again = kernels.scores(kernels.DenseRows(X), params, 37, True)
    os._exit(0 if np.array_equal(scores, again) and kernels.max_threads() == 1 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_fork_after_a_threaded_call():
    """A forked child works on, on one thread, where OpenMP would wait for threads it has not."""
    # Python warns of forks in threaded processes: that is what is tried here.
    command = [sys.executable, "-P", "-W", "ignore::DeprecationWarning", "-c", FORK]
    assert subprocess.run(command, timeout=60, env=None).returncode == 0
