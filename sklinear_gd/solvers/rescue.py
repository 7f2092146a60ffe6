"""What is done about a rate that was too large: the best weights so far come back.

The gradients of a hinge and of the softmax are bounded, so that too large a step ends in a
*finite* wreck, which no check for NaN finds. Objectives tell: a fit is far up when its objective
is ten times that of the zero model and of its start; with a rate of the library's own it then goes
on from the best weights with a quarter of the rate. A rate of the user's own may fall by a
schedule and find back: it ends the fit at a thousand times. No fit ends above zero model and start
both. On data that a linear model separates the objective falls to nearly nothing, and normalised
steps along gradients of next to nothing throw it up again: where the rate is the library's own and
the schedule watches the objective, a fit goes on from the best weights once it has risen by half.
Of wide models (``Objective.is_wide``) neither start nor best weights are kept: the zero model is
their way out.
"""

import numpy as np

from sklinear_gd._namespaces import copy_of

FAR, VERY_FAR = 10.0, 1000.0
RISEN = 1.5
# How often a rate of the library's own is lowered, and by what factor.
RESTARTS, LOWER = 6, 0.25


class Rescue:
    """Judges the objectives of one fit.

    Parameters
    ----------
    objective : Objective
    start : ndarray
        The parameters that the fit starts from.
    is_given : bool
        Whether the rate is the user's.

    Attributes
    ----------
    rise : float or None
        The highest objective that was judged to be far up.
    restarts : int
    """

    def __init__(self, objective, start, is_given):
        self.is_given = is_given
        self.far = VERY_FAR if is_given else FAR
        self.objective = objective
        self.start = None if objective.is_wide else copy_of(start)
        self.zero_value = objective.zero_value()
        self.rise, self.restarts = None, 0

    def is_far_up(self, value):
        """Whether an epoch has ended far above zero model and start; notes the rise."""
        if not self._is_above(value, self.far):
            return False
        if self.rise is None or not value < self.rise:
            self.rise = value
        return True

    def has_risen(self, value, monitor):
        """Whether an exact objective is so much above the best that to go back pays."""
        known = monitor.best_params is not None and not (self.is_given or monitor.validate)
        return known and 0 < RISEN * monitor.best_value < value

    def is_wreck(self, value):
        """Whether a fit has ended above both."""
        return self._is_above(value, 1.000001)

    def _is_above(self, value, factor):
        # The value at the start is a pass over X, taken only where it may decide.
        if value <= factor * self.zero_value:
            return False
        return self.start is None or not value <= factor * self.objective.value(self.start)

    def best(self, monitor):
        """The best parameters so far, their objective and their epoch; 0 is the zero model."""
        candidates = [(self.objective.zeros(), 0)]
        if monitor.best_params is not None:
            candidates.insert(0, (monitor.best_params, monitor.best_epoch))
        values = [self.objective.value(params) for params, _ in candidates]
        place = int(np.nanargmin(values))
        return candidates[place][0], values[place], candidates[place][1]
