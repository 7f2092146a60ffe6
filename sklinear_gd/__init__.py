"""Linear classifiers trained by gradient descent, in the shape of scikit-learn.

Two estimators, `SVMGDClassifier` (multi-class hinge losses) and `SoftmaxGDClassifier`
(cross-entropy), and the parts that they are made of: `losses`, `penalties`, `optimizers`,
`schedules`, `solvers`. `callbacks` watch and steer a fit, `inspection` checks gradients and
settings; `plotting`, which is imported by itself, draws.
"""

from sklinear_gd import (
    callbacks,
    inspection,
    losses,
    optimizers,
    penalties,
    schedules,
    solvers,
)
from sklinear_gd._versions import __version__ as __version__
from sklinear_gd._versions import show_versions
from sklinear_gd.softmax import SoftmaxGDClassifier
from sklinear_gd.svm import SVMGDClassifier

__all__ = [
    "SVMGDClassifier",
    "SoftmaxGDClassifier",
    "callbacks",
    "inspection",
    "losses",
    "optimizers",
    "penalties",
    "schedules",
    "show_versions",
    "solvers",
]
