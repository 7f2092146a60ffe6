"""Linear classifiers trained by gradient descent, in the shape of scikit-learn.

Two estimators, `SVMGDClassifier` (multi-class hinge losses) and `SoftmaxGDClassifier`
(cross-entropy), and the parts that they are made of: `losses`, `penalties`, `optimizers`,
`schedules`, `solvers`. `callbacks` watch and steer a fit, `inspection` checks gradients and
settings; `plotting`, which is imported by itself, draws.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from sklinear_gd import losses, optimizers, penalties, schedules, solvers
from sklinear_gd._versions import __version__ as __version__
from sklinear_gd._versions import show_versions
from sklinear_gd.softmax import SoftmaxGDClassifier
from sklinear_gd.svm import SVMGDClassifier

if TYPE_CHECKING:
    from sklinear_gd import callbacks, inspection

# Loaded when they are first asked for: no fit needs them.
LATER = ("callbacks", "inspection")


def __getattr__(name: str) -> ModuleType:
    if name in LATER:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})


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
