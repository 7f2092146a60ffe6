"""Training in compiled code against formula, step and prox, batch by batch."""

import numpy as np
import pytest

from sklinear_gd import kernels
from sklinear_gd.losses import LOSSES, CrammerSinger, SoftmaxCrossEntropy, WestonWatkins
from sklinear_gd.optimizers import OPTIMIZERS

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)


def variants():
    """Every loss, also squared, smoothed and with smoothed labels."""
    settings = [{}, {"squared": True}, {"smoothing": 0.5}, {"label_smoothing": 0.1}]
    for cls in dict.fromkeys(LOSSES.values()):
        names = set(cls().get_params())
        yield from (cls(**setting) for setting in settings if set(setting) <= names)
    yield CrammerSinger(squared=True, smoothing=0.4)


def close(actual, expected, tolerance):
    """Whether two arrays are the same, relative to the largest entry."""
    return np.abs(actual - expected).max() <= tolerance * max(np.abs(expected).max(), 1e-30)


def run(problem, loss, optimizer, order, batch_size, rates, averaged=False, **penalty):
    """Parameters, state, average and sum of losses after `kernels.train`."""
    params = problem.params.copy()
    state = optimizer.init(params)
    average = params.copy() if averaged else None
    total = kernels.train(
        order=order,
        batch_size=batch_size,
        params=params,
        optimizer=optimizer,
        state=state,
        rates=rates,
        l2=penalty.get("l2", 0.0),
        l1=penalty.get("l1", 0.0),
        average=average,
        scale=problem.scale,
        center=problem.center,
        **problem.call(loss),
    )
    return params, state, average, total


VARIANTS = list(variants())
COMPILED = [name for name, cls in OPTIMIZERS.items() if cls.kernel]
PENALTIES = [{}, {"l2": 0.03}, {"l2": 0.02, "l1": 0.01}]


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("place", range(len(VARIANTS)), ids=[str(loss) for loss in VARIANTS])
def test_equals_the_formulas(problem_of, storage, dtype, place, name):
    """Parameters, state, average and losses are those of the array formulas."""
    loss = VARIANTS[place]
    # Every loss and every optimizer meets every number of classes in every storage and dtype.
    turn = place + COMPILED.index(name) + ["dense", "csr32", "csr64"].index(storage)
    n_classes = [2, 3, 10, 37][(turn + (dtype == np.float32)) % 4]
    if dtype == np.float32 and not loss.smooth:
        dtype = np.float64  # a rounding that crosses a kink is no error of the kernel
    problem = problem_of(storage, dtype, n_classes)
    optimizer = OPTIMIZERS[name]()
    order = np.random.default_rng(2).permutation(len(problem.y))[:90]
    rates = np.array([0.02, 0.05, 0.01])
    tolerance = 2e-3 if dtype == np.float32 else 1e-9
    for penalty in PENALTIES:
        expected, state, average, total = problem.train(
            order, 37, loss, optimizer, rates, **penalty
        )
        for averaged in (False, True):
            result = run(problem, loss, optimizer, order, 37, rates, averaged, **penalty)
            assert close(result[0], expected, tolerance)
            assert not result[0][:, problem.n_scores :].any()
            assert result[1].pop("t") == 3
            assert all(close(value, state[key], tolerance) for key, value in result[1].items())
            assert not averaged or close(result[2], average, tolerance)
            assert result[3] == pytest.approx(total, rel=tolerance)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("batch_size", [37, 900])
@pytest.mark.parametrize("name", COMPILED)
def test_conditioned_variables(problem_of, storage, n_classes, name, batch_size, centered):
    """With scale and center the result is that of the same features, centred and scaled."""
    problem = problem_of(storage, np.float64, n_classes, n_rows=2 * batch_size + 10)
    problem = problem.conditioned(centered)
    optimizer, loss = OPTIMIZERS[name](), SoftmaxCrossEntropy()
    order = np.random.default_rng(2).permutation(len(problem.y))
    rates = np.array([0.02, 0.05, 0.01])
    for penalty in PENALTIES:
        expected, state, average, total = problem.train(
            order, batch_size, loss, optimizer, rates, **penalty
        )
        result = run(problem, loss, optimizer, order, batch_size, rates, True, **penalty)
        assert close(result[0], expected, 1e-9)
        assert np.array_equal(result[0] == 0, expected == 0)
        assert all(close(result[1][key], state[key], 1e-9) for key in state if key != "t")
        assert close(result[2], average, 1e-9)
        assert result[3] == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 64, 700, 1300, 5000])
@pytest.mark.parametrize("name", COMPILED)
def test_batch_sizes(problem_of, storage, name, batch_size):
    """Batches of one row, of more rows than a block, and larger than the data."""
    problem = problem_of(storage, np.float64, 3, n_rows=1301, fit_intercept=False)
    optimizer, loss = OPTIMIZERS[name](), SoftmaxCrossEntropy()
    order = np.random.default_rng(2).permutation(1301)
    if batch_size < 64:
        order = order[:100]
    rates = np.full(-(-len(order) // batch_size), 0.01)
    for penalty in PENALTIES:
        expected, _, _, total = problem.train(order, batch_size, loss, optimizer, rates, **penalty)
        result = run(problem, loss, optimizer, order, batch_size, rates, **penalty)
        assert close(result[0], expected, 1e-9)
        assert result[3] == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("name", COMPILED)
def test_calls_in_a_row(problem_of, storage, name):
    """Two calls go on where one call would: state, count of updates and average."""
    problem = problem_of(storage, np.float64, 10)
    optimizer, order, rates = OPTIMIZERS[name](), np.arange(96), np.linspace(0.05, 0.01, 6)
    whole = run(problem, WestonWatkins(), optimizer, order, 16, rates, True, l2=0.1, l1=0.01)
    params, average = problem.params.copy(), problem.params.copy()
    state, total = optimizer.init(params), 0.0
    for first, last in ((0, 2), (2, 6)):
        total += kernels.train(
            order=order[16 * first : 16 * last],
            batch_size=16,
            params=params,
            optimizer=optimizer,
            state=state,
            rates=rates[first:last],
            l2=0.1,
            l1=0.01,
            average=average,
            average_count=first,
            **problem.call(WestonWatkins()),
        )
    assert state["t"] == 6
    assert close(params, whole[0], 1e-14)
    assert close(average, whole[2], 1e-14)
    assert total == pytest.approx(whole[3], rel=1e-14)


@pytest.mark.parametrize("l1", [0.0, 0.05])
@pytest.mark.parametrize("name", COMPILED)
def test_update(problem_of, dtype, n_classes, name, l1):
    """One step on given arrays, then the soft threshold of W, not of b, in the step's metric."""
    problem = problem_of("dense", dtype, n_classes)
    optimizer, rng = OPTIMIZERS[name](), np.random.default_rng(3)
    params, expected = problem.params.copy(), problem.params.astype(np.float64)
    state, expected_state = optimizer.init(params), optimizer.init(expected)
    for rate in (0.1, 0.2, 0.05):
        gradient = np.zeros_like(params)
        gradient[:, : problem.n_scores] = rng.normal(size=(len(params), problem.n_scores))
        metric = optimizer.step(expected, gradient.astype(np.float64), expected_state, rate)
        metric = metric[:-1] if np.ndim(metric) else metric
        W = expected[:-1]
        W[...] = np.sign(W) * np.maximum(np.abs(W) - l1 * metric, 0)
        kernels.update(params, gradient, optimizer, state, rate, l1, fit_intercept=True)
        assert close(params, expected, 1e-5 if dtype == np.float32 else 1e-13)
        assert np.array_equal(params == 0, expected == 0)
    assert state["t"] == expected_state["t"] == 3
