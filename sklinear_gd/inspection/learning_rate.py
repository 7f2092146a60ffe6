"""The range test: which learning rates train, seen in one short run whose rate rises."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_X_y

from sklinear_gd._base import ACCEPTED
from sklinear_gd._validation import check_number
from sklinear_gd.solvers import GradientDescent, resolve_solver
from sklinear_gd.solvers.step_size import automatic_batch_size

# "auto" is meant not to diverge: the rates that matter lie around it, most of them above.
AROUND_AUTO = (1e-3, 1e4)
# Share of the old mean that stays in the smoothed loss.
MEMORY = 0.9
# By how much the smoothed loss may rise above its lowest before the test ends.
RISE = 4.0


@dataclass(frozen=True)
class LearningRateRange:
    """What :func:`learning_rate_range` found: an entry for each update.

    Attributes
    ----------
    rates : ndarray of shape (n_updates,)
        The learning rate of each update, rising.
    losses : ndarray of shape (n_updates,)
        The objective of the batch, met before the update.
    smoothed : ndarray of shape (n_updates,)
        Its running mean.
    suggestion : float
        A rate to begin with.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float
