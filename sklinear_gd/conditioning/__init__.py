"""A change of variables for the solvers: features centred and scaled, or turned and scaled.

    diagonal:  V_j = W_j / scale_j,  c = b + center @ W,  scale_j = 1 / sqrt(var_j / 2 + alpha l2)
    full:      the same on Z = (X - mean) Q, with Q the eigenvectors of the covariance of X

The columns of Z are uncorrelated and turning leaves the length of W alone, so that the diagonal
metric of Z is the full metric cov / 2 + alpha of X, and the objective is the same function. In
these variables a softmax with an L2 penalty is bent about equally in all directions: 1/2 is the
largest curvature of its loss in a score. Objective, penalty and coefficients stay in the user's
units, and sparse rows stay sparse: the center is one more row, subtracted. The principal metric is
the diagonal one on axes of which only the first, those of the largest variance, are eigenvectors.

Rows of weight zero count in no statistic. Without an intercept nothing is centred, and second
moments take the place of variances.
"""

from sklinear_gd.conditioning.axes import Basis, basis, in_basis
from sklinear_gd.conditioning.choice import (
    TURNED,
    choose,
    is_spread_out,
    prepare,
    share_of_a_row,
    share_units,
)
from sklinear_gd.conditioning.metrics import Conditioning, balanced, centred, diagonal, uniform
from sklinear_gd.conditioning.moments import moments

__all__ = [
    "TURNED",
    "Basis",
    "Conditioning",
    "balanced",
    "basis",
    "centred",
    "choose",
    "diagonal",
    "in_basis",
    "is_spread_out",
    "moments",
    "prepare",
    "share_of_a_row",
    "share_units",
    "uniform",
]
