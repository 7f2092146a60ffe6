"""The schedules against their closed forms, and what holds for all of them."""

import copy
import math

import numpy as np
import pytest

from sklinear_gd.schedules import (
    SCHEDULES,
    Adaptive,
    Cosine,
    Exponential,
    FromCallable,
    Horizon,
    InverseScaling,
    Linear,
    OneCycle,
    Schedule,
    Step,
    WarmUp,
)

HORIZON = Horizon(updates=200, updates_per_epoch=10)
EVERY = {name: schedule() for name, schedule in SCHEDULES.items()} | {
    "warm_up": WarmUp("cosine", epochs=2.5),
    "callable": FromCallable(lambda t: 1 / (1 + t)),
}
every_schedule = pytest.mark.parametrize("name", EVERY)
T = np.arange(250)


def _factors(schedule, t=T, horizon=HORIZON):
    return schedule.factor(t, horizon, schedule.init())


@every_schedule
def test_arrays_equal_scalars(name):
    """An array of updates gives what the updates give one by one, in float64."""
    factors = _factors(EVERY[name])
    assert factors.dtype == np.float64
    assert factors.shape == T.shape
    one_by_one = [_factors(EVERY[name], t) for t in T.tolist()]
    assert all(np.ndim(factor) == 0 and isinstance(factor, float) for factor in one_by_one)
    # NumPy's vectorised powers and cosines may round differently.
    np.testing.assert_allclose(factors, one_by_one, rtol=1e-14)
    table = _factors(EVERY[name], T.reshape(25, 10).astype(np.int32))
    np.testing.assert_array_equal(table, factors.reshape(25, 10))


@every_schedule
def test_factors_are_between_0_and_1(name):
    """No factor is negative, larger than 1 or not finite, also after the horizon."""
    factors = _factors(EVERY[name])
    assert (factors >= 0).all()
    assert (factors <= 1).all()


@every_schedule
def test_factor_changes_no_state(name):
    """Asking for a factor leaves the state and the update numbers as they were."""
    schedule = EVERY[name]
    state, t = schedule.init(), T.copy()
    t.flags.writeable = False
    before = copy.deepcopy(state)
    schedule.factor(t, HORIZON, state)
    assert state == before


@pytest.mark.parametrize("name", ["constant", "invscaling", "exponential", "step"])
def test_first_update_has_the_whole_rate(name):
    """Schedules without warm-up begin at 1."""
    assert _factors(EVERY[name], 0) == 1


def test_constant():
    """The factor is 1 throughout."""
    np.testing.assert_array_equal(_factors(EVERY["constant"]), 1.0)


@pytest.mark.parametrize("power", [0.25, 1.0])
def test_inverse_scaling(power):
    """The factor is (1 + t) to the power of -power."""
    expected = [1 / math.pow(1 + t, power) for t in T]
    np.testing.assert_allclose(_factors(InverseScaling(power)), expected, rtol=1e-13)


def test_exponential():
    """An epoch multiplies by the decay, and each update by its tenth root."""
    factors = _factors(Exponential(0.5))
    np.testing.assert_allclose(factors[::10], 0.5 ** np.arange(25), rtol=1e-13)
    np.testing.assert_allclose(factors[1:] / factors[:-1], 0.5**0.1, rtol=1e-13)


def test_step():
    """The factor drops after every third epoch and is constant between the drops."""
    factors = _factors(Step(every=3, drop=0.5))
    np.testing.assert_allclose(factors, [0.5 ** (t // 30) for t in T], rtol=1e-14)


@pytest.mark.parametrize("final", [0.0, 0.2])
@pytest.mark.parametrize("schedule", [Linear, Cosine])
def test_linear_and_cosine(schedule, final):
    """Both fall from 1 to the final value at the horizon, pass the mean half-way, and stay."""
    factors = _factors(schedule(final))
    assert factors[0] == 1
    assert factors[100] == pytest.approx((1 + final) / 2)
    np.testing.assert_allclose(factors[200:], final, atol=1e-16)
    assert (np.diff(factors[:201]) < 0).all()
    quarter = {Linear: 0.75, Cosine: (1 + math.sqrt(0.5)) / 2}[schedule]
    assert factors[50] == pytest.approx(final + (1 - final) * quarter)


def test_one_cycle():
    """The factor rises from start to 1 in the warm-up, falls to final, and stays."""
    factors = _factors(OneCycle(warmup=0.25, start=0.1, final=0.01))
    assert factors[0] == pytest.approx(0.1)
    assert factors[25] == pytest.approx(0.55)
    assert factors[50] == pytest.approx(1)
    assert factors[125] == pytest.approx(0.505)
    np.testing.assert_allclose(factors[200:], 0.01, rtol=1e-12)
    assert (np.diff(factors[:51]) > 0).all()
    assert (np.diff(factors[50:201]) < 0).all()


def test_warm_up():
    """The factor rises by equal steps to 1 within the epochs, times the other schedule."""
    rise = np.minimum((T + 1) / 25, 1)
    np.testing.assert_allclose(_factors(WarmUp(epochs=2.5)), rise, rtol=1e-14)
    for inner in ("cosine", Cosine(), lambda t: 0.5):
        expected = 0.5 if callable(inner) else _factors(Cosine())
        np.testing.assert_allclose(_factors(WarmUp(inner, epochs=2.5)), rise * expected)
    np.testing.assert_array_equal(_factors(WarmUp(epochs=0)), 1.0)


def test_warm_up_of_an_adaptive_schedule():
    """The wrapper keeps the other schedule's state and lets it observe."""
    schedule = WarmUp(Adaptive(divisor=2.0, patience=1), epochs=1)
    state = schedule.init()
    for objective in (1.0, 1.0):
        schedule.observe(objective, HORIZON, state)
    np.testing.assert_allclose(schedule.factor(np.array([4, 100]), HORIZON, state), [0.25, 0.5])


def test_callable_is_called_with_ints():
    """A function of one int serves, whatever kind of number it returns."""
    seen = []

    def function(t):
        seen.append(t)
        return np.float32(0.5) if t else 1

    np.testing.assert_array_equal(_factors(FromCallable(function), np.arange(3)), [1, 0.5, 0.5])
    assert seen == [0, 1, 2]
    assert all(type(t) is int for t in seen)


def _observe(schedule, objectives):
    state, factors = schedule.init(), []
    for objective in objectives:
        schedule.observe(objective, HORIZON, state)
        factors.append(float(schedule.factor(0, HORIZON, state)))
    return factors


def test_adaptive_divides_when_the_objective_stalls():
    """After `patience` epochs without improvement the factor is divided, and the wait restarts."""
    schedule = Adaptive(divisor=2.0, patience=2, tol=0.01)
    objectives = [1.0, 0.5, 0.499, 0.498, 0.4, 0.41, 0.42, 0.43, 0.44]
    assert _observe(schedule, objectives) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]


@pytest.mark.parametrize(
    ("updates", "epochs"),
    [(1, 10), (2, 50), (16, 50), (17, 20), (128, 10), (192, 5), (512, 3), (513, 2)],
)
def test_adaptive_waits_by_the_updates_of_an_epoch(updates, epochs):
    """With patience="auto" many epochs of few updates, or few of many; thrice that ends all."""
    horizon, schedule = Horizon(100 * updates, updates), Adaptive()
    state = schedule.init()
    for count in range(epochs + 1):
        assert schedule.factor(0, horizon, state) == 1.0, count
        schedule.observe(1.0, horizon, state)
    assert schedule.factor(0, horizon, state) == pytest.approx(1 / 3)
    for whole in (schedule, WarmUp(schedule)):
        assert whole.n_iter_no_change(horizon) == 3 * epochs
    assert Adaptive(patience=7).n_iter_no_change(horizon) == 21
    assert Cosine().n_iter_no_change(horizon) == 20


def test_adaptive_adds_up_small_gains():
    """Gains below the tolerance count once they sum up to it."""
    assert _observe(Adaptive(patience=3, tol=0.01), 1 - 0.004 * np.arange(12)) == [1.0] * 12


def test_adaptive_with_odd_objectives():
    """A first value that is negative or infinite, and NaN later, do no harm."""
    schedule = Adaptive(divisor=2.0, patience=2, tol=0.0)
    assert _observe(schedule, [-1.0, -2.0, -3.0, -4.0]) == [1.0] * 4
    assert _observe(schedule, [math.inf, 1.0, 0.5, 0.25]) == [1.0] * 4
    assert _observe(schedule, [1.0, math.nan, math.nan]) == [1.0, 1.0, 0.5]
    assert _observe(schedule, [math.nan, 1.0, 0.5, 0.25]) == [1.0] * 4


def test_base_class():
    """A schedule needs a factor and nothing else."""
    schedule = Schedule()
    assert schedule.init() == {}
    schedule.observe(1.0, HORIZON, {})
    schedule.check()
    with pytest.raises(NotImplementedError, match="Schedule must define factor"):
        schedule.factor(0, HORIZON, {})


@pytest.mark.parametrize(
    ("schedule", "parameter", "wrong", "allowed"),
    [
        (InverseScaling, "power", [0, -1], "a number in (0, inf)"),
        (Exponential, "decay", [0, 1.1], "a number in (0, 1]"),
        (Step, "every", [0, 1.5], "an integer in [1, inf)"),
        (Step, "drop", [0, 1.1], "a number in (0, 1]"),
        (Linear, "final", [-0.1, 1.1], "a number in [0, 1]"),
        (Cosine, "final", [-0.1, 1.1], "a number in [0, 1]"),
        (OneCycle, "warmup", [0, 1], "a number in (0, 1)"),
        (OneCycle, "start", [-0.1, 1.1], "a number in [0, 1]"),
        (OneCycle, "final", [-0.1, 1.1], "a number in [0, 1]"),
        (Adaptive, "divisor", [1, 0.5], "a number in (1, inf)"),
        (Adaptive, "patience", [0, 2.5], "an integer in [1, inf)"),
        (Adaptive, "tol", [-1e-4], "a number in [0, inf)"),
        (WarmUp, "epochs", [-1], "a number in [0, inf)"),
    ],
)
def test_check_refuses(schedule, parameter, wrong, allowed):
    """A parameter out of range is named with its value, the range and a cure."""
    for value in [*wrong, math.nan, math.inf, None, "1", True]:
        with pytest.raises(ValueError, match=f"{schedule.__name__}: {parameter}=") as info:
            schedule(**{parameter: value}).check()
        assert f"={value!r} must be {allowed}; choose e.g. " in str(info.value)


def test_warm_up_checks_the_other_schedule():
    """What is wrong inside the wrapper is named as it would be outside."""
    with pytest.raises(ValueError, match="Step: every=0"):
        WarmUp(Step(every=0)).check()
    with pytest.raises(ValueError, match="schedule='slow' must be one of"):
        WarmUp("slow").check()


@pytest.mark.parametrize("bad", [None, -1.0, math.nan, math.inf, "1", [1.0, 2.0], True])
def test_callable_must_return_a_factor(bad):
    """What is not a finite number >= 0 is refused, before the training and in it."""
    with pytest.raises(ValueError, match=r"function\(0\)=.* must be a finite number >= 0"):
        FromCallable(lambda t: bad).check()
    with pytest.raises(ValueError, match=r"function\(7\)="):
        _factors(FromCallable(lambda t: bad if t == 7 else 1.0))


def test_callable_must_be_callable():
    """An object that cannot be called is refused by the check."""
    with pytest.raises(ValueError, match=r"function=0\.5 must be callable"):
        FromCallable(0.5).check()


@every_schedule
def test_check_accepts(name):
    """The schedules of this file pass their check."""
    EVERY[name].check()
