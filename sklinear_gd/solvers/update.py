"""One update of the parameters: the optimizer's step and all that follows it."""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd._namespaces import namespace


class Update:
    """A call makes one update along a gradient that holds the smooth penalty already.

    It is the optimizer's step, the prox, the projection, where the optimizer extrapolates to, and
    the average, each in the variables that it belongs to.

    Parameters
    ----------
    objective : Objective
    plan : Plan
    state : State
        Changed in place by each update.
    """

    def __init__(self, objective, plan, state):
        self.objective, self.state = objective, state
        self.optimizer, self.max_norm = plan.optimizer, plan.max_norm
        self.averages = plan.averages
        self.l1 = strengths(objective)[0]
        # The compiled step's threshold is the same for all features.
        one_threshold = state.conditioning is None or not self.l1
        self.is_compiled = has_kernel(objective, plan) and one_threshold

    def __call__(self, gradient, rate):
        """Make the update with this rate; the gradient is used up."""
        objective, state, optimizer = self.objective, self.state, self.optimizer
        conditioning, params = state.conditioning, state.params
        if conditioning is not None:
            conditioning.pull(gradient)
            params = conditioning.enter(params)
        if self.is_compiled:
            kernels.update(
                params, gradient, optimizer, state.optimizer, rate, self.l1, objective.fit_intercept
            )
        else:
            metric = optimizer.step(params, gradient, state.optimizer, rate)
        W = objective.split(state.params)[0]
        if conditioning is not None:
            conditioning.scale_weights(params, state.params)
        if not (self.is_compiled or objective.penalty.smooth):
            if np.ndim(metric):
                metric = objective.split(metric)[0]
            if conditioning is not None:
                metric = metric * conditioning.scale[:, None] ** 2
            objective.penalty.prox(W, objective.alpha * metric)
        if self.max_norm is not None:
            _project(W, self.max_norm)
        if conditioning is not None:
            conditioning.settle(state.params)
        if optimizer.extrapolates:
            self._extrapolate()
        state.updates += 1
        if self.averages:
            self._average()

    def _average(self):
        """Renew the model that is an average: the optimizer's own, or the mean of all iterates."""
        state = self.state
        state.averaged += 1
        if not self.optimizer.averages:
            state.average += (state.params - state.average) / state.averaged
        elif state.conditioning is None:
            state.average[...] = state.optimizer["average"]
        else:
            state.conditioning.leave(state.optimizer["average"], state.average)

    def _extrapolate(self):
        """Let the optimizer move on from the new parameters, within the penalty's domain."""
        objective, state = self.objective, self.state
        conditioning = state.conditioning
        if conditioning is None:
            self.optimizer.extrapolate(state.params, state.optimizer)
        else:
            variables = conditioning.enter(state.params)
            self.optimizer.extrapolate(variables, state.optimizer)
            conditioning.leave(variables, state.params)
        into_domain(objective, self.max_norm, state.params)


def into_domain(objective, max_norm, params):
    """Take parameters that were moved on back to where penalty and ball allow weights, in place."""
    W = objective.split(params)[0]
    if not objective.penalty.smooth:
        objective.penalty.prox(W, 0.0)
    if max_norm is not None:
        _project(W, max_norm)


def has_kernel(objective, plan):
    """Whether compiled code knows the optimizer's step on these arrays, and the penalty."""
    compiled = kernels.available and objective.design.xp is np and plan.optimizer.kernel is not None
    return compiled and objective.penalty.separable


def strengths(objective):
    """The penalty's L1 and L2 parts, alpha times its own; 0 where they do not tell all of it."""
    if not objective.penalty.separable:
        return 0.0, 0.0
    return objective.alpha * objective.penalty.l1_strength, objective.l2


def _project(W, radius):
    """Bring every column of W, a class's weights, into the ball of this radius, in place."""
    if isinstance(W, np.ndarray):
        norms = np.sqrt(np.einsum("jk,jk->k", W, W, dtype=np.float64))
        W *= (radius / np.maximum(norms, radius)).astype(W.dtype)
    else:
        xp = namespace(W)
        norms = xp.sqrt(xp.sum(W * W, axis=0))
        W *= xp.where(norms > radius, radius / norms, 1.0)
