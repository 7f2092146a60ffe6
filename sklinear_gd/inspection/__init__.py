"""Looking into a model and its training."""

from sklinear_gd.inspection.learning_rate import LearningRateRange, learning_rate_range

__all__ = ["LearningRateRange", "learning_rate_range"]
