"""
What does the batch size change?
================================

An update may look at all rows or at a few. A small batch gives a noisy gradient, but many updates
for the price of one pass over the data.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

from sklinear_gd import SoftmaxGDClassifier

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# Plain gradient descent at one rate, with batches of four sizes. ``warm_start`` goes on from one
# epoch to the next, so that the objective on all rows can be taken in between.

curves = {}
for size in (4, 32, 256, "full"):
    clf = SoftmaxGDClassifier(
        optimizer="sgd",
        learning_rate=0.3,
        schedule="constant",
        batch_size=size,
        max_iter=1,
        tol=None,
        warm_start=True,
        random_state=0,
    )
    updates, objectives = [], []
    for _ in range(20):
        clf.fit(X, y)
        updates.append(clf.t_)
        objectives.append(clf.objective(X, y))
    curves[size] = updates, objectives

# %%
# On the left, over the passes, small batches win by far: four rows at a time make 450 updates
# where the full batch makes one. On the right, over the updates, all curves lie on one: a direction
# from four rows is as good as one from all rows, as long as there is far to go. Near the optimum
# the noise counts: the curve for 4 rows becomes ragged. A rate that falls takes the noise out.

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
for (size, (updates, objectives)), marker in zip(curves.items(), "osD^", strict=True):
    style = {"marker": marker, "markersize": 4, "label": f"batch_size={size!r}"}
    axes[0].plot(range(1, 21), objectives, **style)
    axes[1].plot(updates, objectives, **style)
axes[0].set(xlabel="passes over the data", ylabel="objective on all rows", yscale="log")
axes[0].set_xticks([1, 5, 10, 15, 20])
axes[1].set(xlabel="updates", xscale="log")
axes[1].legend()
figure.suptitle("The same rate with batches of four sizes")

plt.show()
