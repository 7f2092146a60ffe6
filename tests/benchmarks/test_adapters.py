"""Every solver in the comparison minimizes the same objective."""

import importlib.util

import pytest

from benchmarks.adapters import ADAPTERS, find, supporting
from benchmarks.data import load
from benchmarks.optimum import optimum
from benchmarks.problems import Problem, accuracy, objective
from benchmarks.timing import seconds_of

PROBLEMS = [
    Problem("mnist", "softmax", 1e-2),
    Problem("newsgroups", "softmax", 1e-2),
    Problem("mnist_high", "softmax", 1e-2, fit_intercept=False),
    Problem("mnist", "weston_watkins", 1e-2, fit_intercept=False),
    Problem("mnist", "crammer_singer", 1e-2, fit_intercept=False),
]
# Stochastic solvers with constant or slowly falling rates end near the optimum.
NOISY = {"SGDClassifier": 0.05, "MLPClassifier(()) adam": 0.05, "PyTorch adam": 0.05}
# With low rates these need many updates, of which tiny data have few an epoch.
SLOW = {
    name: 2_000 for name in ("MLPClassifier(()) adam", "PyTorch adam", "sklinear_gd gd, low rate")
}


@pytest.fixture(autouse=True)
def _one_thread_for_torch():
    """On tiny data PyTorch's threads wait for each other, the longer the busier the machine."""
    if importlib.util.find_spec("torch") is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_compiled():
    """Compiling a peer with Numba takes longer than all fits; uncompiled it computes the same."""
    if importlib.util.find_spec("numba") is None:
        yield
        return
    import numba

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba.config, "DISABLE_JIT", 1)
        yield


def pairs():
    """All solvers with the problems that they minimize exactly, installed or not."""
    for problem in PROBLEMS:
        data = load(problem.dataset, "float64", tiny=True)
        for adapter in ADAPTERS:
            present = adapter.named(adapter.name, requires="")
            if present.supports(problem, data) and problem.loss in adapter.losses:
                yield pytest.param(adapter, problem, id=f"{adapter.name}-{problem.key}")


@pytest.mark.parametrize(("adapter", "problem"), list(pairs()))
@pytest.mark.filterwarnings("ignore")  # what peers warn of is theirs
def test_solvers_reach_the_same_optimum(adapter, problem):
    """With a large budget every exact solver's objective is the optimum's, in the suite's eyes."""
    if not adapter.installed:
        pytest.skip(f"{adapter.requires} is not installed")
    data = load(problem.dataset, "float64", tiny=True)
    budget = SLOW.get(adapter.name, 400 if adapter.unit == "epochs" else 2_000)
    estimator = adapter.make(problem, data, budget)
    _, fitted = seconds_of(lambda: estimator.fit(data.X, data.y))
    best = optimum(problem, tiny=True)["objective"]
    found = objective(problem, data, adapter.model(fitted))
    slack = NOISY.get(adapter.name, 0.02 if adapter.unit == "epochs" else 1e-3)
    assert best * (1 - 1e-6) <= found <= best * (1 + slack)
    assert 0 <= accuracy(data, adapter.model(fitted)) <= 1


def test_solvers_of_another_objective_are_marked():
    """SGDClassifier trains one-vs-rest: it is compared on softmax, but not raced."""
    problem, data = PROBLEMS[0], load("mnist", "float32", tiny=True)
    adapter = find("SGDClassifier", problem, data)
    assert adapter in supporting(problem, data)
    assert problem.loss not in adapter.losses


def test_missing_packages_take_no_part():
    """An adapter whose package is not installed supports nothing."""
    problem, data = PROBLEMS[0], load("mnist", "float32", tiny=True)
    absent = find("sklinear_gd gd", problem, data).named("absent", requires="no-such-package")
    assert not absent.supports(problem, data)
