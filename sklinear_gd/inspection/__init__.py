"""Looking into a model: gradients checked by differences, and whether training can work at all."""

from sklinear_gd.inspection.gradient_check import GradientCheck, check_gradient
from sklinear_gd.inspection.numerical import directional_derivative, numerical_gradient
from sklinear_gd.inspection.sanity import SanityReport, sanity_check

__all__ = [
    "GradientCheck",
    "SanityReport",
    "check_gradient",
    "directional_derivative",
    "numerical_gradient",
    "sanity_check",
]
