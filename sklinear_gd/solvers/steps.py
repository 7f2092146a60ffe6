"""The steps of an epoch: each along the gradient of its batch, unless rows are remembered."""

from sklinear_gd import kernels
from sklinear_gd.objective import SLICE_WORK, in_slice
from sklinear_gd.solvers.step_size import automatic_rate
from sklinear_gd.solvers.update import has_kernel, strengths


class Steps:
    """Steps along the gradients of single batches; the base of those that remember rows.

    Parameters
    ----------
    objective : Objective
    plan : Plan
        Its batch size is a number.
    state : State
        Where training stands; changed in place.

    Attributes
    ----------
    lowers_objective : bool
        Whether F is what the steps lower: then F says when training ends, and when a rate was too
        large.
    value : float or None
        F at the model after an epoch, where the steps know it exactly.
    """

    lowers_objective = True
    value = None

    def __init__(self, objective, plan, state):
        self.objective, self.plan, self.state = objective, plan, state
        self.batch_size = plan.batch_size
        self.l1, self.l2 = strengths(objective)
        # Compiled code makes the steps of whole epochs: the rule, the loss and the rows have
        # kernels, and a batch is short enough for Ctrl-C to get through.
        self.has_kernel = (
            has_kernel(objective, plan)
            and objective.uses_kernels
            and not plan.dropout
            and plan.max_norm is None
            and self.batch_size * objective.row_work < SLICE_WORK
        )

    @property
    def writes_gradients(self):
        """Whether an epoch may need an array for the gradients of its batches."""
        return not self.compiles(None)

    def begin_epoch(self):
        """Prepare what the steps of an epoch share."""

    def end_epoch(self):
        """Note what the next epoch needs of this one."""

    def observe(self, value):
        """Take the objective of an epoch, as the schedule sees it."""

    def compiles(self, rates):
        """Whether compiled code makes the steps of an epoch with these rates."""
        return self.has_kernel and self.batch_size < len(self.objective.rows)

    def gradient(self, batch, size, gradient, rate, dropout=None):
        """Write what a step goes along, the smooth penalty with it; returns the sum of losses.

        Parameters
        ----------
        batch : ndarray of intp
            As the design's ``index`` returns it.
        size : int
            Its number of rows.
        gradient : ndarray like the parameters
        rate : float
            Of the step to come.
        dropout : tuple (rate, key), optional
            Features are dropped in this draw.

        Returns
        -------
        total : float or array of no dimension
            The sum of the weighted losses, as of ``Objective.sum_loss``.
        """
        objective, params = self.objective, self.state.params
        gradient[...] = 0
        total = objective.sum_loss(params, batch, 1 / size, gradient, dropout)
        objective.add_penalty_gradient(params, gradient)
        return total

    def compiled_batches(self, order, rates):
        """Steps along consecutive batches in compiled code; returns the sum of the losses.

        In slices short enough for Ctrl-C to get through.
        """
        objective, state, size = self.objective, self.state, self.batch_size
        total, params, average = 0.0, state.params, state.average
        scale, center = conditioning = state.conditioning or (None, None)
        rule = self.plan.optimizer, size, self.l2, self.l1, scale, average
        lag = kernels.lag_of(objective.design.kernel_rows, *rule)
        slice_batches = self._batches_in_slice(is_lazy=lag is not None)
        if scale is not None:
            params = conditioning.enter(params)
            average = None if average is None else conditioning.enter(average)
        for first in range(0, len(rates), slice_batches):
            part = rates[first : first + slice_batches]
            start, end = first * size, (first + len(part)) * size
            objective.design.expect(order, start, end)
            total += kernels.train(
                objective.design.kernel_rows,
                objective.y,
                objective.weights,
                order[start:end],
                size,
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

    def _batches_in_slice(self, is_lazy):
        """Batches between two returns to Python; lazy ones touch only the weights of their rows."""
        work = self.batch_size * self.objective.row_work
        return in_slice(work if is_lazy else work + 10 * self.state.params.size)

    def reason_to_stop(self, value, stall):
        """What the steps themselves know of the end of the fit, where F does not tell.

        Parameters
        ----------
        value : float
            F after an epoch.
        stall : Stall
            What counts as a change of it.

        Returns
        -------
        reason : str or None
            A key of :data:`~sklinear_gd.solvers.monitor.REASONS` for the last epoch.
        """
        return None

    def safe_rate(self):
        """The rate that would have been derived from the data."""
        plan = self.plan
        return automatic_rate(
            self.objective,
            plan.optimizer,
            plan.batch_size,
            self.state.conditioning,
            plan.lowers_soon,
        )
