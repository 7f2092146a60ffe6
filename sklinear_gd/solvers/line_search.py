"""A full-batch update with a rate that is searched for, so that the objective never rises."""

from copy import deepcopy

from sklinear_gd._namespaces import copy_of, namespace, widened


def refuse(plan):
    """Refuse what leaves a line search without an objective to compare.

    Raises
    ------
    ValueError
    """
    schedule = f"schedule={plan.schedule!r}"
    if plan.optimizer.extrapolates:
        raise ValueError(
            f"{schedule} cannot search along the steps of {plan.optimizer!r}, which moves on "
            "after its step; use another optimizer, e.g. 'sgd', or schedule='constant'."
        )
    for name, value, cure in [
        ("dropout", plan.dropout, "dropout=0.0"),
        ("average", plan.average, "average=False"),
    ]:
        if value:
            raise ValueError(f"{schedule} cannot search with {name}={value!r}; set {cure}.")
    if plan.streaming:
        raise ValueError(
            f"{schedule} needs all the data at once; use fit, or schedule='constant' for "
            "partial_fit."
        )


def refuse_batches(plan, n_rows):
    """Refuse batches of some of the rows, whose objective is not F.

    Raises
    ------
    ValueError
    """
    if plan.batch_size < n_rows:
        raise ValueError(
            f"schedule={plan.schedule!r} needs all {n_rows} rows in each update, and a batch has "
            f"{plan.batch_size}; set batch_size='full', or another schedule."
        )


def searched_update(run):
    """Make the update whose rate the schedule's search takes; returns that rate.

    Parameters
    ----------
    run : Descent
        Of :mod:`sklinear_gd.solvers.descent`, with value and gradient at the parameters.

    Returns
    -------
    rate : float
        0 if no update lowers the objective: then nothing has moved, and nothing else will.
    """
    state, schedule = run.state, run.plan.schedule
    search = _Search(run)
    if is_zero(run.gradient) and run.objective.penalty.smooth:
        return 0.0
    factor = schedule.search(search.trial, search.value, state.schedule)
    if factor is None and search.optimizer["t"] > 0:
        # A step along the gradient, which leads downhill, not one along what is remembered.
        search.optimizer = run.plan.optimizer.init(state.params)
        factor = schedule.search(search.trial, search.value, state.schedule)
    if factor is None:
        search.go_back()
        return 0.0
    if factor != search.factor:
        search.trial(factor)
    return factor * run.plan.learning_rate


def is_zero(gradient):
    """Whether no entry is other than 0, in any namespace."""
    return not bool(namespace(gradient).any(gradient != 0))


class _Search:
    """Trials from one point."""

    def __init__(self, run):
        self.run, self.factor = run, None
        self.value, self.gradient = run.value, copy_of(run.gradient)
        self.params, self.optimizer = copy_of(run.state.params), deepcopy(run.state.optimizer)
        self.updates, self.kinks = run.state.updates, self._kinks(self.params)

    def go_back(self):
        """Be at the point again."""
        run = self.run
        run.state.params[...], run.gradient[...] = self.params, self.gradient
        run.state.optimizer, run.state.updates = deepcopy(self.optimizer), self.updates
        run.value = self.value

    def trial(self, factor):
        """Make the update with this factor; returns F there and the change that slopes promise."""
        run, self.factor = self.run, factor
        self.go_back()
        run.step(factor * run.plan.learning_rate)
        run.value = run.objective.value_and_gradient(run.state.params, run.gradient)
        return run.value, self._promise(run.state.params)

    def _promise(self, params):
        """What the gradient of the smooth part, and the kinks themselves, make of the step."""
        step = widened(params) - widened(self.params)
        slope = float(namespace(step).sum(widened(self.gradient) * step))
        return slope + self._kinks(params) - self.kinks

    def _kinks(self, params):
        """The part of the penalty with kinks; where nobody knows it apart, all of the penalty."""
        objective, penalty = self.run.objective, self.run.objective.penalty
        if penalty.smooth:
            return 0.0
        if penalty.separable:
            W = objective.split(params)[0]
            size = float(namespace(W).sum(abs(W), dtype=objective.design.wide))
            return objective.alpha * penalty.l1_strength * size
        return objective.penalty_value(params)
