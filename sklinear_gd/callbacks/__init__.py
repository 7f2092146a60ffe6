"""Callbacks for ``set_callbacks``: they watch a fit, steer it, and save it on the way.

They follow the callback protocol of scikit-learn 1.9 and work on its own estimators, too, as far as
these offer the fitted estimator after an iteration and honour the wish to stop.
"""

from sklinear_gd.callbacks.base import Callback
from sklinear_gd.callbacks.checkpoint import Checkpoint
from sklinear_gd.callbacks.early_stopping import EarlyStopping
from sklinear_gd.callbacks.history import History

__all__ = ["Callback", "Checkpoint", "EarlyStopping", "History"]
