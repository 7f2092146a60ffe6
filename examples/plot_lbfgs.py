"""
L-BFGS or gradient descent?
===========================

Both minimize the same objective. L-BFGS looks at all rows for each step and learns the curvature
as it goes; gradient descent takes many cheap steps from a few rows each.
"""

import warnings

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier

plt.style.use("seaborn-v0_8-colorblind")
digits, labels = load_digits(return_X_y=True)

# %%
# Beside the 1,797 images of digits, a set of five noisy copies of each. A pass over it costs five
# times as much, and tells hardly more: this is what large data are like.

rng = np.random.default_rng(0)
copies, copied_labels = np.tile(digits / 16, (5, 1)), np.tile(labels, 5)
copies += rng.normal(scale=0.1, size=copies.shape)
data = {
    "1,797 images": (digits / 16, labels),
    "five noisy copies of each": (copies, copied_labels),
}

# %%
# The distance to the optimum over the passes. On the small data L-BFGS catches up within ten passes
# and is well ahead after thirty. On the large ones gradient descent makes five times as many
# updates in a pass: its first pass ends nearer to the optimum than five iterations of L-BFGS. A
# constant rate then hovers at the noise of its batches; a rate that falls along a cosine gets
# below it, but only at the end of its plan. For many digits of the optimum take L-BFGS.

models = {
    "lbfgs": {"solver": "lbfgs"},
    "sgd, constant rate": {"optimizer": "sgd", "learning_rate": 0.5, "schedule": "constant"},
    "nesterov, cosine": {"optimizer": "nesterov", "learning_rate": 0.3, "schedule": "cosine"},
}
figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained", sharey=True)
for ax, (title, (X, y)) in zip(axes, data.items(), strict=True):
    optimum = SoftmaxGDClassifier(alpha=1e-3, solver="lbfgs", tol=1e-9, max_iter=200).fit(X, y)
    for (name, settings), dashes in zip(models.items(), ("-", "--", "-."), strict=True):
        clf = SoftmaxGDClassifier(alpha=1e-3, max_iter=30, tol=1e-9, random_state=0, **settings)
        with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            clf.fit(X, y)  # which is meant to end after thirty passes
        distance = clf.history_["objective"] - optimum.objective_
        ax.plot(clf.history_["epoch"], distance, dashes, label=name)
    ax.set(title=title, yscale="log", xlabel="passes (iterations of L-BFGS)")
axes[0].set_ylabel("objective above its optimum")
axes[0].legend()

plt.show()
