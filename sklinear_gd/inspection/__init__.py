"""Looking into a model and its training.

Gradients checked by differences, whether training can work at all, and which rate to begin with.
"""

from sklinear_gd.inspection.gradient_check import GradientCheck, check_gradient
from sklinear_gd.inspection.learning_rate import LearningRateRange, learning_rate_range
from sklinear_gd.inspection.numerical import directional_derivative, numerical_gradient
from sklinear_gd.inspection.sanity import SanityReport, sanity_check

__all__ = [
    "GradientCheck",
    "LearningRateRange",
    "SanityReport",
    "check_gradient",
    "directional_derivative",
    "learning_rate_range",
    "numerical_gradient",
    "sanity_check",
]
