"""Lazy updates of sparse rows: those of the formulas, whatever the calls they are made in."""

from itertools import pairwise

import numpy as np
import pytest

from sklinear_gd import kernels
from sklinear_gd.losses import SoftmaxCrossEntropy, WestonWatkins
from sklinear_gd.optimizers import OPTIMIZERS, SGD, AdaGrad, Adam

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)

LAZY = [(SGD, 0.0), (SGD, 0.1), (AdaGrad, 0.0)]


def run(problem, optimizer, rates, batch_size, l2, l1, calls):
    """Parameters and state after an epoch in so many calls that share a lag."""
    params, order = problem.params.copy(), np.arange(len(problem.y))
    state = optimizer.init(params)
    lag = kernels.Lag.start(problem.X.shape[1], l1)
    cuts = np.linspace(0, len(rates), calls + 1).astype(int)
    for first, last in pairwise(cuts):
        kernels.train(
            order=order[first * batch_size : last * batch_size],
            batch_size=batch_size,
            params=params,
            optimizer=optimizer,
            state=state,
            rates=rates[first:last],
            l2=l2,
            l1=l1,
            lag=lag,
            settle=last == len(rates),
            **problem.call(SoftmaxCrossEntropy()),
        )
    return params, state


@pytest.mark.parametrize("l1", [0.0, 0.01])
@pytest.mark.parametrize(("cls", "l2"), LAZY)
@pytest.mark.parametrize("batch_size", [1, 8, 101])
@pytest.mark.parametrize("storage", ["csr32", "csr64"])
def test_equal_the_formulas(problem_of, storage, dtype, n_classes, batch_size, cls, l2, l1):
    """One call or several that hand on the lag make the formula's weights, zeros and state."""
    problem = problem_of(storage, dtype, n_classes)
    rates = np.linspace(0.3, 0.05, -(-101 // batch_size))
    expected, state, *_ = problem.train(
        np.arange(101), batch_size, SoftmaxCrossEntropy(), cls(), rates, l2, l1
    )
    for calls in {1, min(4, len(rates))}:
        params, own = run(problem, cls(), rates, batch_size, l2, l1, calls)
        tolerance = 2e-3 if dtype == np.float32 else 1e-9
        np.testing.assert_allclose(params, expected, atol=tolerance * np.abs(expected).max())
        assert own.pop("t") == len(rates)
        for name, array in own.items():
            np.testing.assert_allclose(array, state[name], rtol=tolerance, atol=1e-6)
        if dtype == np.float64:
            assert np.array_equal(params == 0, expected == 0)


def test_what_lags_behind_is_left_alone(problem_of):
    """Before it settles, a call changes only the weights of the features of its rows."""
    problem = problem_of("csr32", np.float64, 3)
    data, indices, indptr, _ = problem.rows
    problem.rows = kernels.CsrRows(data, indices % 30, indptr, 41)
    for cls in (SGD, AdaGrad):
        params, lag = problem.params.copy(), kernels.Lag.start(41, 0.01)
        kernels.train(
            order=np.arange(20),
            batch_size=4,
            params=params,
            optimizer=cls(),
            state=cls().init(params),
            rates=np.full(5, 0.1),
            l2=0.0,
            l1=0.01,
            lag=lag,
            settle=False,
            **problem.call(WestonWatkins()),
        )
        assert np.array_equal(params[30:41], problem.params[30:41])
        assert not np.array_equal(params[:30], problem.params[:30])
        assert lag.shared[1] == pytest.approx(5 * 0.1 * 0.01)
        assert not lag.features[30:].any()


@pytest.mark.parametrize("name", [name for name, cls in OPTIMIZERS.items() if cls.kernel])
def test_where_updates_are_lazy(problem_of, name):
    """Plain SGD, and AdaGrad on rows much shorter than the features are many and without L2."""
    rows = problem_of("csr32", np.float64, 3).rows
    wide = kernels.CsrRows(rows.data, rows.indices, rows.indptr, 10_000)
    rule = OPTIMIZERS[name]()
    vector = np.ones(10_000)
    assert (kernels.lag_of(wide, rule, 8, 0.0, 0.1) is not None) == (name in ("sgd", "adagrad"))
    assert (kernels.lag_of(wide, rule, 8, 0.1, 0.0) is not None) == (name == "sgd")
    assert (kernels.lag_of(rows, rule, 8, 0.0, 0.1) is not None) == (name == "sgd")
    assert kernels.lag_of(wide, rule, 8, 0.0, 0.0, scale=vector) is None
    assert kernels.lag_of(wide, rule, 8, 0.0, 0.0, average=vector) is None
    assert kernels.lag_of(problem_of("dense", np.float64, 3).rows, rule, 8, 0.0, 0.0) is None


@pytest.mark.parametrize(
    ("storage", "optimizer", "l2", "lag"),
    [
        ("dense", SGD(), 0.0, kernels.Lag.start(41, 0.1)),
        ("csr32", Adam(), 0.0, kernels.Lag.start(41, 0.1)),
        ("csr32", AdaGrad(), 0.1, kernels.Lag.start(41, 0.1)),
        ("csr32", SGD(), 0.0, kernels.Lag.start(40, 0.1)),
        ("csr32", SGD(), 0.0, kernels.Lag.start(41, 0.0)),
    ],
)
def test_lags_that_do_not_fit(problem_of, storage, optimizer, l2, lag):
    """A lag is refused where updates are not lazy, and with arrays of another size."""
    problem = problem_of(storage, np.float64, 3)
    params = problem.params.copy()
    with pytest.raises(ValueError, match="lag"):
        kernels.train(
            order=np.arange(4),
            batch_size=4,
            params=params,
            optimizer=optimizer,
            state=optimizer.init(params),
            rates=np.ones(1),
            l2=l2,
            l1=0.1,
            lag=lag,
            **problem.call(SoftmaxCrossEntropy()),
        )
