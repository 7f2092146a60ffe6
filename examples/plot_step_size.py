"""
What does the step size change?
===============================

A step along the negative gradient lowers the objective, if it is short enough. How long should
it be?
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.plotting import StepSizeDisplay, TrainingCurveDisplay

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# One step
# --------
# The objective of softmax regression after a single step from random weights, for steps of
# fifteen sizes. Short steps change nothing. Up to a size of about 1 a longer step helps
# more; beyond it the step overshoots, and the objective ends higher than it was.

rates = [10 ** (k / 2) for k in range(-12, 3)]
display = StepSizeDisplay.from_estimator(SoftmaxGDClassifier(), X, y, rates=rates)
display.ax_.set(yscale="log", title=f"One step; the best of these sizes is {display.best_rate:g}")

# %%
# Many steps
# ----------
# Thirty passes over the rows, in batches, with the same rate for every step. A low rate is slow
# and steady. A high one is fast at first; then it overshoots in one batch after the other, and
# the objective goes up and down. The best rate is the highest that stays calm, here about 3.

models = {}
for rate in (0.01, 0.3, 3.0, 10.0):
    model = SoftmaxGDClassifier(
        optimizer="sgd",
        learning_rate=rate,
        schedule="constant",
        max_iter=30,
        tol=None,
        random_state=0,
    )
    models[f"rate {rate:g}"] = model.fit(X, y)
display = TrainingCurveDisplay.from_estimators(models)
display.axes_[0].set(yscale="log", title="The objective of the batches, epoch by epoch")

plt.show()
