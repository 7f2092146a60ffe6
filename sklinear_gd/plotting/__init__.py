"""Pictures of objectives, training and weights, in scikit-learn's Display convention.

A display is made by one of its ``from_…`` methods, which also draws it, on given axes or on new
ones. It holds the numbers that it drew, and ``plot`` draws them again. It needs matplotlib, the
extra ``plot``.
"""

from sklinear_gd.plotting.landscape import LossLandscapeDisplay
from sklinear_gd.plotting.margin import MarginDisplay
from sklinear_gd.plotting.step_size import StepSizeDisplay
from sklinear_gd.plotting.training_curve import TrainingCurveDisplay
from sklinear_gd.plotting.weights import WeightsDisplay

__all__ = [
    "LossLandscapeDisplay",
    "MarginDisplay",
    "StepSizeDisplay",
    "TrainingCurveDisplay",
    "WeightsDisplay",
]
