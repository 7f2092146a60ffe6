"""The one place that says ``scores = X W + b`` and adds loss and penalty.

    F(W, b) = (1 / sum_i w_i) * sum_i w_i * L(x_i W + b, y_i) + alpha * R(W)

Every solver sees the data only through an :class:`Objective`.
"""

from sklinear_gd.objective.objective import Objective, norm, sum_of_squares
from sklinear_gd.objective.scores import (
    SLICE_WORK,
    class_index,
    in_slice,
    linear_scores,
    model_scores,
)
from sklinear_gd.objective.weighted_losses import WeightedLosses, rounded_weights

__all__ = [
    "SLICE_WORK",
    "Objective",
    "WeightedLosses",
    "class_index",
    "in_slice",
    "linear_scores",
    "model_scores",
    "norm",
    "rounded_weights",
    "sum_of_squares",
]
