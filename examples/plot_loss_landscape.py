"""
What does the loss landscape of a linear classifier look like?
==============================================================

The objective is a function of all weights: 650 of them for ten digits of 64 pixels. Slices show
its shape.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.plotting import LossLandscapeDisplay

X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# Pieces and bowls
# ----------------
# The hinge loss of one image is made of flat pieces, along a random direction and over the plane
# of two. The mean over a hundred images has so many pieces that it looks like a smooth bowl. It
# is convex: there is no valley but the one.

figure, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
settings = {"extent": 10, "n_points": 61}
for ax, title, rows, directions in zip(
    axes,
    ("one image, along a line", "one image, over a plane", "a hundred images"),
    ([3], [3], range(100)),
    (1, 2, 2),
    strict=True,
):
    LossLandscapeDisplay.from_estimator(
        SVMGDClassifier(alpha=0), X, y, rows=rows, directions=directions, ax=ax, **settings
    )
    ax.set_title(title)

# %%
# The way down
# ------------
# Twenty epochs of training, seen in the plane in which the path lies best: that of its two
# principal directions. Momentum shoots past, turns, and comes back to the floor of the valley.

clf = SoftmaxGDClassifier(
    optimizer="momentum",
    learning_rate=0.1,
    schedule="constant",
    warm_start=True,
    max_iter=1,
    tol=None,
    random_state=0,
)
path = []
for _ in range(20):
    clf.fit(X, y)
    path.append((clf.coef_, clf.intercept_))
display = LossLandscapeDisplay.from_estimator(
    clf,
    X,
    y,
    path=path,
    directions="path",
    n_points=31,
    cmap="viridis",
    path_kw={"color": "white"},
)
display.ax_.plot(*display.path[0], "o", color="white", label="after the first epoch")
display.ax_.plot(*display.path[-1], "*", color="white", markersize=14, label="after the last")
display.ax_.legend(facecolor="grey", labelcolor="white")
display.ax_.set_title("The path of training on its own landscape")

plt.show()
