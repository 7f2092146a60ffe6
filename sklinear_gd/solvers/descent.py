"""The one training loop: epochs of batches, each an update by the optimizer."""

from dataclasses import replace

import numpy as np

from sklinear_gd import kernels
from sklinear_gd._namespaces import namespace
from sklinear_gd.objective import SLICE_WORK, in_slice
from sklinear_gd.schedules import Horizon, Schedule
from sklinear_gd.solvers.averaging import average_of_passes
from sklinear_gd.solvers.base import Result
from sklinear_gd.solvers.dual_ascent import DualMemory
from sklinear_gd.solvers.line_search import is_zero, searched_update
from sklinear_gd.solvers.ordering import Orders, order_of_rows
from sklinear_gd.solvers.rescue import LOWER, RESTARTS, Rescue
from sklinear_gd.solvers.step_size import automatic_rate
from sklinear_gd.solvers.variance_reduction import Memory


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
        watches = type(plan.schedule).observe is not Schedule.observe
        self.is_dual = plan.precondition == "dual"
        self.goes_back = watches and plan.tol is not None and not (plan.averages or self.is_dual)
        self.epoch_of_model = state.epochs
        penalty = objective.penalty
        self.l1 = objective.alpha * penalty.l1_strength if penalty.separable else 0.0
        self.l2 = objective.alpha * penalty.l2_strength if penalty.separable else 0.0
        # A full batch's gradient at the new weights serves the objective now and the next update.
        single = self.batch_size >= len(objective.rows)
        self.carries = single and not (plan.dropout or plan.averages or plan.streaming)
        compiled = kernels.available and objective.design.xp is np
        compiled = compiled and plan.optimizer.kernel and penalty.separable
        # The compiled step's threshold is the same for all features.
        self.kernel_step = compiled and not (state.conditioning is not None and self.l1)
        self.reduces = bool(plan.optimizer.row_arrays) and not single
        self.compiled_rows = (
            compiled
            and objective.uses_kernels
            and not plan.dropout
            and self.batch_size * objective.row_work < SLICE_WORK
        )
        self.kernel_epoch = (
            self.compiled_rows and not (single or self.reduces) and plan.max_norm is None
        )
        # Compiled epochs need none, but for an observer.
        self.gradient = None if self.kernel_epoch else self._new_gradient()
        self.is_exact = self.carries
        self.memory = self._new_memory() if self.reduces else None
        self.value, self.penalty = np.nan, None
        if self.carries:
            self.value = objective.value_and_gradient(state.params, self.gradient)

    def _new_memory(self):
        """What rows are remembered with."""
        if self.is_dual:
            return DualMemory(self.objective, self.state, self.batch_size)
        return Memory(self.objective, self.state.optimizer)

    def _new_gradient(self):
        """An array for a gradient, beside what is held already."""
        own = sum(np.ndim(value) > 0 for value in self.state.optimizer.values())
        self.objective.check_memory(2 + own + (self.state.average is not None))
        return self.objective.zeros()

    def epochs(self, monitor):
        """Epochs until the monitor or ``max_iter`` ends them; returns the reason."""
        state, plan = self.state, self.plan
        if plan.n_iter_no_change == "auto":
            monitor.stall.patience = plan.schedule.n_iter_no_change(self.horizon)
        for _ in range(1 if plan.streaming else plan.max_iter):
            monitor.begin(state.solution)
            rate = self.epoch()
            state.epochs += 1
            # What only the watchers need must not change what the schedule sees.
            seen = self.true_value(plan.tol is not None)
            plan.schedule.observe(seen, self.horizon, state.schedule)
            gradient_norm = self.gradient_norm(monitor.needs_gradient)
            value = self.true_value(monitor.needs_objective)
            reason = monitor.record(
                state.epochs,
                state.solution,
                value,
                rate,
                gradient_norm,
                judge=not self.is_dual,
                penalty=self.penalty,
            )
            if reason is None and plan.schedule.searches and not rate:
                reason = "tol" if is_zero(self.gradient) else "line_search"
            judges = self.is_dual and plan.tol is not None and not monitor.validate
            if reason is None and judges and self.memory.is_near(value, monitor.stall):
                reason = "tol"
            self.epoch_of_model = state.epochs
            if reason == "callback":
                return reason
            if not (plan.streaming or self.is_dual) and self.rescue.is_far_up(value):
                reason = None if self._restart(monitor) else "diverged"
            elif self.goes_back and reason != "diverged" and self.rescue.has_risen(value, monitor):
                self._go_on_from(monitor.best_params)
                self.value, self.epoch_of_model = monitor.best_value, monitor.best_epoch
            if reason:
                return reason
        return "max_iter"

    def _restart(self, monitor):
        """Go on from the best weights with a lower rate; False where the rate is the user's."""
        if self.is_given or self.rescue.restarts == RESTARTS:
            return False
        self.rescue.restarts += 1
        self.state.learning_rate *= LOWER
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
        if self.reduces:
            self.memory = self._new_memory()
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
            if rescue.rise is None:
                return Result(state.solution, value, reason, self.epoch_of_model)
            return Result(
                state.solution, value, reason, self.epoch_of_model, rescue.rise, self._safe_rate()
            )
        if self.is_dual and reason != "diverged":  # too few epochs; no rate is too large
            params, value, epoch = rescue.best(monitor)
            return Result(params, value, reason, epoch)
        rise = value if rescue.rise is None else rescue.rise
        params, value, epoch = rescue.best(monitor)
        self._return_to(params)
        return Result(state.params, value, "diverged", epoch, rise, self._safe_rate())

    def _safe_rate(self):
        """The rate that would have been derived from the data."""
        plan = self.plan
        if self.is_dual:
            return self.memory.full_rate
        return automatic_rate(
            self.objective, plan.optimizer, self.batch_size, self.state.conditioning, plan.schedule
        )

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
        self.value = float(total) / n_rows + self.penalty
        self.is_exact = False
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
        if not self.reduces:
            return (self._kernel_batches if self.kernel_epoch else self._batches)(order, rates)
        self.memory.begin_epoch()
        compiled = self._remembers_in_kernels(rates)
        total = (self._saga_batches if compiled else self._batches)(order, rates)
        self.memory.end_epoch()
        return total

    def _remembers_in_kernels(self, rates):
        """Whether compiled code serves SAGA: no momentum, L2, and what its memory asks for."""
        plan = self.plan
        plain = plan.optimizer.kernel is not None and plan.optimizer.kernel.name == "nesterov"
        plain = plain and plan.optimizer.momentum == 0 and not (self.l1 or plan.averages)
        if not (self.compiled_rows and plain and plan.max_norm is None):
            return False
        return self.memory.compiles(rates, self.l2, self.state.conditioning)

    def _rate_of_weights(self):
        """The square of the scale: a step of V is so much larger a one of W."""
        conditioning = self.state.conditioning
        return 1.0 if conditioning is None else float(conditioning.scale[0]) ** 2

    def _saga_batches(self, order, rates):
        """An epoch of SAGA in compiled code, in the user's own variables."""
        state = self.state
        rates_of_weights = rates * self._rate_of_weights()
        total = self.memory.compiled_batches(
            state.params, order, self.batch_size, rates_of_weights, rates, self.l2
        )
        state.updates += len(rates)
        state.optimizer["t"] += len(rates)
        return total

    def _batches(self, order, rates):
        """The definition of an epoch, batch by batch; returns the sum of the weighted losses.

        On a device nothing waits for it: order and rates go there, and the sum stays there.
        """
        total, placed, n_rows = 0.0, self.objective.design.index(order), len(order)
        order = order if isinstance(placed, slice) else placed
        for k, rate in enumerate(rates.tolist()):  # a Python float keeps float32 arrays float32
            first = k * self.batch_size
            batch = order[first : min(first + self.batch_size, n_rows)]
            dropout = None
            if self.plan.dropout:
                dropout = (self.plan.dropout, (self.state.seed << 32) + self.state.updates)
            size = min(self.batch_size, n_rows - first)
            total += self._sum_loss(batch, size, rate, dropout)
            self.step(rate)
        return total

    def _sum_loss(self, batch, size, rate, dropout):
        """The sum of the weighted losses of a batch; writes the gradient to step along."""
        objective, params = self.objective, self.state.params
        if self.reduces:
            total = self.memory.reduced_gradient(params, batch, self.gradient, dropout, rate)
        else:
            self.gradient[...] = 0
            total = objective.sum_loss(params, batch, 1 / size, self.gradient, dropout)
        if not self.is_dual:
            objective.add_penalty_gradient(params, self.gradient)
        return total

    def _kernel_batches(self, order, rates):
        """The same epoch in compiled code, in slices short enough for Ctrl-C to get through."""
        objective, state = self.objective, self.state
        total, params, average = 0.0, state.params, state.average
        scale, center = conditioning = state.conditioning or (None, None)
        rule = self.plan.optimizer, self.batch_size, self.l2, self.l1, scale, average
        lag = kernels.lag_of(objective.design.kernel_rows, *rule)
        batch_work = self.batch_size * objective.row_work
        if lag is None:
            batch_work += 10 * state.params.size  # every update touches every weight
        slice_batches = in_slice(batch_work)
        if scale is not None:
            params = conditioning.enter(params)
            average = None if average is None else conditioning.enter(average)
        for first in range(0, len(rates), slice_batches):
            part = rates[first : first + slice_batches]
            start = first * self.batch_size
            objective.design.expect(order, start, start + len(part) * self.batch_size)
            total += kernels.train(
                objective.design.kernel_rows,
                objective.y,
                objective.weights,
                order[start : start + len(part) * self.batch_size],
                self.batch_size,
                params,
                objective.n_scores,
                objective.fit_intercept,
                objective.loss,
                self.plan.optimizer,
                state.optimizer,
                part,
                self.l2,
                self.l1,
                average,
                state.averaged,
                scale,
                center,
                lag,
                settle=first + slice_batches >= len(rates),
            )
            state.updates += len(part)
            state.averaged += len(part) if state.average is not None else 0
        if scale is not None:
            conditioning.leave(params, state.params)
            if average is not None:
                conditioning.leave(average, state.average)
        return total

    def step(self, rate):
        """One update along ``self.gradient``, which holds the smooth penalty already."""
        objective, state, optimizer = self.objective, self.state, self.plan.optimizer
        conditioning, params = state.conditioning, state.params
        if conditioning is not None:
            conditioning.pull(self.gradient)
            params = conditioning.enter(params)
        if self.kernel_step:
            kernels.update(
                params,
                self.gradient,
                optimizer,
                state.optimizer,
                rate,
                self.l1,
                objective.fit_intercept,
            )
        else:
            metric = optimizer.step(params, self.gradient, state.optimizer, rate)
        W = objective.split(state.params)[0]
        if conditioning is not None:
            conditioning.scale_weights(params, state.params)
        if not (self.kernel_step or objective.penalty.smooth):
            if np.ndim(metric):
                metric = objective.split(metric)[0]
            if conditioning is not None:
                metric = metric * conditioning.scale[:, None] ** 2
            objective.penalty.prox(W, objective.alpha * metric)
        if self.plan.max_norm is not None:
            _project(W, self.plan.max_norm)
        if conditioning is not None:
            conditioning.settle(state.params)
        if optimizer.extrapolates:
            self._extrapolate(W)
        state.updates += 1
        if state.average is not None:
            self._average()

    def _average(self):
        """Renew the model that is an average: the optimizer's own, or the mean of all iterates."""
        state = self.state
        state.averaged += 1
        if not self.plan.optimizer.averages:
            state.average += (state.params - state.average) / state.averaged
        elif state.conditioning is None:
            state.average[...] = state.optimizer["average"]
        else:
            state.conditioning.leave(state.optimizer["average"], state.average)

    def _extrapolate(self, W):
        """Let the optimizer move on from the new parameters, within the penalty's domain."""
        objective, state = self.objective, self.state
        conditioning = state.conditioning
        if conditioning is None:
            self.plan.optimizer.extrapolate(state.params, state.optimizer)
        else:
            variables = conditioning.enter(state.params)
            self.plan.optimizer.extrapolate(variables, state.optimizer)
            conditioning.leave(variables, state.params)
        if not objective.penalty.smooth:
            objective.penalty.prox(W, 0.0)
        if self.plan.max_norm is not None:
            _project(W, self.plan.max_norm)


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


def _project(W, radius):
    """Bring every column of W, a class's weights, into the ball of this radius, in place."""
    if isinstance(W, np.ndarray):
        norms = np.sqrt(np.einsum("jk,jk->k", W, W, dtype=np.float64))
        W *= (radius / np.maximum(norms, radius)).astype(W.dtype)
    else:
        xp = namespace(W)
        norms = xp.sqrt(xp.sum(W * W, axis=0))
        W *= xp.where(norms > radius, radius / norms, 1.0)
