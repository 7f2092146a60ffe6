"""The compiled kernels behind the array formulas; a leaf that imports nothing of the project.

Everything that the kernels compute has a definition in array formulas elsewhere (`Loss.formula`,
`Optimizer.step`); the kernels are faster and agree to rounding. Without a compiler at build time,
or with ``SKLINEAR_GD_KERNELS=0``, `available` is False and the formulas serve.
``SKLINEAR_GD_SIMD`` (``baseline``, ``avx2`` or ``avx512``) forces one of the compiled versions.

Parameters live in arrays of shape (n_features + fit_intercept, width): the weights, feature by
feature, and the intercept last. Columns from n_scores up to `padded_width` are 0 and stay 0.
"""

from sklinear_gd.kernels._calls import loss_gradient, scores, train, update
from sklinear_gd.kernels._dual import dual_ascent
from sklinear_gd.kernels._module import available, max_threads, openmp, simd
from sklinear_gd.kernels._rows import (
    CsrRows,
    DenseRows,
    Lag,
    aligned_zeros,
    lag_of,
    padded_width,
)
from sklinear_gd.kernels._saga import Course, longest_run, pull_back, saga
from sklinear_gd.kernels._segment import losses_on_segment
from sklinear_gd.kernels._smoothing import smoothed_losses
from sklinear_gd.kernels._twin import Twin, Twinned
from sklinear_gd.kernels._vectors import vector_products, vector_sum

__all__ = [
    "Course",
    "CsrRows",
    "DenseRows",
    "Lag",
    "Twin",
    "Twinned",
    "aligned_zeros",
    "available",
    "dual_ascent",
    "lag_of",
    "longest_run",
    "loss_gradient",
    "losses_on_segment",
    "max_threads",
    "openmp",
    "padded_width",
    "pull_back",
    "saga",
    "scores",
    "simd",
    "smoothed_losses",
    "train",
    "update",
    "vector_products",
    "vector_sum",
]
