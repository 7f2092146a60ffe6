"""The one training loop: epochs of batches, each an update by the optimizer."""

from dataclasses import replace

import numpy as np

from sklinear_gd.schedules import Horizon, Schedule
from sklinear_gd.solvers.averaging import average_of_passes
from sklinear_gd.solvers.base import Result
from sklinear_gd.solvers.dual_ascent import DualMemory
from sklinear_gd.solvers.lead import LeadSteps
from sklinear_gd.solvers.line_search import is_zero, searched_update
from sklinear_gd.solvers.ordering import Orders, order_of_rows
from sklinear_gd.solvers.rescue import LOWER, RESTARTS, Rescue
from sklinear_gd.solvers.steps import Steps
from sklinear_gd.solvers.update import Update
from sklinear_gd.solvers.variance_reduction import Memory

# A rate whose noise is so much above what a lead has reached is too large, but far from a wreck's.
BEHIND, HALVE = 1.1, 0.5


class Descent:
    """One call of ``GradientDescent.minimize``: what its epochs share.

    ``value`` is the objective of the last epoch: exact for full batches, otherwise the mean over
    the batches, each at the weights that it met, until ``true_value`` makes it exact.
    """

    def __init__(self, objective, plan, state, is_given):
        self.objective, self.plan, self.state = objective, plan, state
        self.is_given = is_given  # the rate, by the user
        self.batch_size = plan.batch_size
        self.n_batches = -(-objective.design.longest_pass(objective) // self.batch_size)
        before = 0 if plan.streaming else state.updates
        self.horizon = Horizon(before + plan.max_iter * self.n_batches, self.n_batches)
        ahead = objective.design.xp is not np and plan.max_iter > 1
        self.orders = Orders(objective, plan.shuffle, state.seed, ahead)
        self.rescue = Rescue(objective, state.solution, is_given)
        self.update = Update(objective, plan, state)
        self.steps = _steps(objective, plan, state)
        watches = type(plan.schedule).observe is not Schedule.observe
        self.goes_back = watches and plan.tol is not None and not plan.averages
        self.goes_back = self.goes_back and self.steps.lowers_objective
        self.epoch_of_model = self.epochs_before = state.epochs
        # A full batch's gradient at the new weights serves the objective now and the next update.
        single = self.batch_size >= len(objective.rows)
        self.carries = single and not (plan.dropout or plan.keeps_model or plan.streaming)
        # Compiled epochs need none, but for an observer.
        self.gradient = self._new_gradient() if self.steps.writes_gradients else None
        self.is_exact = self.carries
        self.value, self.penalty = np.nan, None
        if self.carries:
            self.value = objective.value_and_gradient(state.params, self.gradient)

    def _new_gradient(self):
        """An array for a gradient, beside what is held already."""
        shape = self.state.params.shape
        own = sum(np.shape(value) == shape for value in self.state.optimizer.values())
        self.objective.check_memory(2 + own + (self.state.average is not None))
        return self.objective.zeros()

    def epochs(self, monitor):
        """Epochs until the monitor or ``max_iter`` ends them; returns the reason."""
        state, plan, lowers_objective = self.state, self.plan, self.steps.lowers_objective
        if plan.n_iter_no_change == "auto":
            monitor.stall.patience = plan.schedule.n_iter_no_change(self.horizon)
        for _ in range(1 if plan.streaming else plan.max_iter - plan.led):
            monitor.begin(state.solution)
            rate = self.epoch()
            state.epochs += 1
            # What only the watchers need must not change what the schedule sees.
            seen = self.true_value(plan.tol is not None)
            plan.schedule.observe(seen, self.horizon, state.schedule)
            self.steps.observe(seen)
            gradient_norm = self.gradient_norm(monitor.needs_gradient)
            value = self.true_value(monitor.needs_objective)
            reason = monitor.record(
                state.epochs,
                state.solution,
                value,
                rate,
                gradient_norm,
                judge=lowers_objective,
                penalty=self.penalty,
            )
            if reason is None and plan.schedule.searches and not rate:
                reason = "tol" if is_zero(self.gradient) else "line_search"
            if reason is None and not monitor.validate:
                reason = self.steps.reason_to_stop(value, monitor.stall)
            self.epoch_of_model = state.epochs
            if reason == "callback":
                return reason
            if lowers_objective and not plan.streaming and self.rescue.is_far_up(value):
                reason = None if self._restart(monitor) else "diverged"
            elif (
                reason is None and self._is_behind(value, monitor) and self._restart(monitor, HALVE)
            ):
                self.value, self.epoch_of_model = monitor.best_value, monitor.best_epoch
            elif self.goes_back and reason != "diverged" and self.rescue.has_risen(value, monitor):
                self._go_on_from(monitor.best_params)
                self.value, self.epoch_of_model = monitor.best_value, monitor.best_epoch
            if reason:
                return reason
        return "max_iter"

    def _is_behind(self, value, monitor):
        """Whether the noise of the rate hides what a lead has reached, and has done so far."""
        still = self.plan.led > 0 and monitor.best_epoch <= self.epochs_before
        return still and value > BEHIND * monitor.best_value

    def _restart(self, monitor, lower=LOWER):
        """Go on from the best weights with a lower rate; False where the rate is the user's."""
        if self.is_given or self.rescue.restarts == RESTARTS:
            return False
        self.rescue.restarts += 1
        self.state.learning_rate *= lower
        self.plan = replace(self.plan, learning_rate=self.state.learning_rate)
        self._go_on_from(self.rescue.best(monitor)[0])
        return True

    def _go_on_from(self, params):
        """Train on from these weights."""
        self._return_to(params)
        if self.carries:
            self.value = self.objective.value_and_gradient(self.state.params, self.gradient)

    def _return_to(self, params):
        """Make these the iterate, with an optimizer that remembers nothing."""
        state = self.state
        state.params[...] = params
        state.optimizer = self.plan.optimizer.init(state.params)
        self.steps = _steps(self.objective, self.plan, state)
        if state.average is not None:
            state.average[...] = params

    def result(self, monitor, reason):
        """The last epoch's weights, the best one's on held-out data, or a way out of a wreck."""
        objective, state, plan = self.objective, self.state, self.plan
        if monitor.validate and monitor.best_params is not None:
            best = monitor.best_params
            return Result(best, objective.value(best), reason, monitor.best_epoch)
        value, rescue = self.true_value(not plan.streaming), self.rescue
        if reason != "diverged" and (plan.streaming or not rescue.is_wreck(value)):
            safe_rate = None if rescue.rise is None else self.steps.safe_rate()
            return Result(
                state.solution, value, reason, self.epoch_of_model, rescue.rise, safe_rate
            )
        rise = value if rescue.rise is None else rescue.rise
        params, value, epoch = rescue.best(monitor)
        self._return_to(params)
        return Result(state.params, value, "diverged", epoch, rise, self.steps.safe_rate())

    def true_value(self, wanted):
        """The last epoch's objective; made exact, at the price of a pass over X, if wanted."""
        if wanted and not self.is_exact:
            self.value = self.objective.value(self.state.solution)
            self.is_exact = True
        return self.value

    def gradient_norm(self, wanted):
        """Norm of the smooth part's gradient: at hand or None; if wanted, for a pass over X."""
        if not self.carries:
            if not wanted:
                return None
            if self.gradient is None:
                self.gradient = self._new_gradient()
            self.value = self.objective.value_and_gradient(self.state.solution, self.gradient)
            self.is_exact = True
        return self.objective.gradient_norm(self.gradient)

    def epoch(self):
        """One pass over the data; returns the rate of its last update."""
        state = self.state
        rates = self._rates()
        if self.plan.schedule.searches:
            return searched_update(self)
        if self.carries:
            self.step(float(rates[0]))
            self.value = self.objective.value_and_gradient(state.params, self.gradient)
            return float(rates[-1])
        if self.objective.design.in_memory or self.batch_size >= len(self.objective.rows):
            total = self.batches(self._order(), rates)
        else:
            total = average_of_passes(self.objective, self.plan, state, rates, local_updates)
        n_rows = len(self.objective.rows)
        self.penalty = self.objective.penalty_value(state.solution)
        self.is_exact = self.steps.value is not None
        self.value = self.steps.value if self.is_exact else float(total) / n_rows + self.penalty
        return float(rates[-1])

    def _rates(self):
        """The rate of each update of this epoch, float64."""
        schedule, state = self.plan.schedule, self.state
        t = state.updates + np.arange(self.n_batches)
        factors = np.asarray(schedule.factor(t, self.horizon, state.schedule), dtype=np.float64)
        wrong = ~(np.isfinite(factors) & (factors >= 0))
        if wrong.any():
            place = np.argmax(wrong)
            raise ValueError(
                f"schedule={schedule!r} gave the factor {factors[place]} for update t={t[place]}; "
                "factors must be finite numbers >= 0."
            )
        return self.plan.learning_rate * factors

    def _order(self):
        """The rows in the order of this epoch, a function of the seed and the epoch alone."""
        if not self.plan.shuffle or self.plan.streaming or self.n_batches == 1:
            return self.objective.rows
        return self.orders.of(self.state.epochs)

    def batches(self, order, rates):
        """Updates along batches in this order; returns the sum of the weighted losses."""
        self.steps.begin_epoch()
        compiled = self.steps.compiles(rates)
        total = (self.steps.compiled_batches if compiled else self._batches)(order, rates)
        self.steps.end_epoch()
        return total

    def _batches(self, order, rates):
        """The definition of an epoch, batch by batch; returns the sum of the weighted losses.

        On a device nothing waits for it: order and rates go there, and the sum stays there.
        """
        total, placed, n_rows = 0.0, self.objective.design.index(order), len(order)
        order = order if isinstance(placed, slice) else placed
        for k, rate in enumerate(rates.tolist()):  # a Python float keeps float32 arrays float32
            first = k * self.batch_size
            size = min(self.batch_size, n_rows - first)
            batch = order[first : first + size]
            dropout = None
            if self.plan.dropout:
                dropout = (self.plan.dropout, (self.state.seed << 32) + self.state.updates)
            total += self.steps.gradient(batch, size, self.gradient, rate, dropout)
            self.step(rate)
        return total

    def step(self, rate):
        """One update along ``self.gradient``, which holds the smooth penalty already."""
        self.update(self.gradient, rate)


def _steps(objective, plan, state):
    """The steps that the plan asks for: rows are remembered where a batch is not all of them."""
    if plan.precondition == "dual":
        return DualMemory(objective, plan, state)
    if plan.then is not None:
        return LeadSteps(objective, plan, state)
    remembers = plan.optimizer.row_arrays and plan.batch_size < len(objective.rows)
    return (Memory if remembers else Steps)(objective, plan, state)


def local_updates(part, plan, state, rates, first):
    """Updates from number ``first`` on of a shuffled pass over one block's rows.

    ``state`` moves along, and the loss is returned: 0 where the pass has ended before.
    """
    run = Descent(part, replace(plan, streaming=True), state, True)
    order = order_of_rows(part, plan.shuffle, state.seed, state.epochs)
    order = order[first * run.batch_size : (first + len(rates)) * run.batch_size]
    if not len(order):
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return run.batches(order, rates[: -(-len(order) // run.batch_size)])
