"""
How small should h be in a numerical gradient?
==============================================

A difference of two values over a short distance h is nearly the derivative. Shorter is better, up
to a point.
"""

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_iris

from sklinear_gd.inspection import numerical_gradient
from sklinear_gd.losses import SoftmaxCrossEntropy

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_iris(return_X_y=True)
W = np.random.default_rng(0).normal(size=(4, 3))
loss = SoftmaxCrossEntropy()


def mean_loss(W):
    """Return the mean loss of all rows."""
    return loss.formula(X @ W, y)[0].mean()


def gradient(W):
    """Return its gradient by the formula, in one pass."""
    return X.T @ loss.formula(X @ W, y)[1] / len(y)


# %%
# The largest error of any element, relative to the gradient's largest element. The error of the
# formula itself falls with h, for centered differences as h². The error of rounding grows like
# 1/h, since two almost equal numbers are subtracted. Between them lies the best h: about 1e-5 for
# centered differences, 1e-8 for forward ones, and the centered ones are far more exact there.
#
# The gradient by formula takes one pass over the rows. Forward differences take one for each
# weight and one more, centered ones two for each: that is why they only serve to check it.

exact = gradient(W)
hs = 10.0 ** np.arange(-14, 0.5, 0.5)
figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for scheme, marker in (("forward", "o"), ("centered", "s")):
    errors = [
        np.abs(numerical_gradient(mean_loss, W, h, scheme) - exact).max() / np.abs(exact).max()
        for h in hs
    ]
    ax.loglog(hs, errors, marker=marker, markersize=4, label=f"{scheme} differences")
ax.loglog(hs[hs > 1e-7], hs[hs > 1e-7], ":", color="grey", label="h and h²")
ax.loglog(hs[hs > 3e-5], hs[hs > 3e-5] ** 2, ":", color="grey")
ax.loglog(hs[hs < 1e-4], 1e-16 / hs[hs < 1e-4], "--", color="grey", label="rounding: 1e-16 / h")
ax.axvline(1e-5, color="black", linewidth=0.8, label="the default, h = 1e-5")
ax.set(xlabel="h", ylabel="largest relative error", ylim=(1e-13, 10))
ax.legend()

plt.show()
