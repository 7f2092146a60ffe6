"""
How near is the optimum?
========================

A curve that no longer falls may be at the optimum, or only slow. A lower bound tells the two
apart: no weights whatever have an objective below it.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# After 1, 2, 4, ... epochs ``optimality`` gives the objective and a lower bound by duality; the
# optimum lies somewhere in the shaded band between them. The relative gap, beside it, is the
# share of the objective that is still to be won, at most. It needs no other solver to compare
# with, and it is true whatever the training did.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for k, (estimator, marker) in enumerate(((SoftmaxGDClassifier, "o"), (SVMGDClassifier, "s"))):
    clf = estimator(
        alpha=1e-2,
        learning_rate=0.01,
        schedule="constant",
        average=True,
        warm_start=True,
        tol=None,
        random_state=0,
    )
    epochs, founds = [], []
    for more in (1, 1, 2, 4, 8, 16, 32, 64):
        clf.set_params(max_iter=more).fit(X, y)
        epochs.append(clf.n_iter_)
        founds.append(clf.optimality(X, y, max_iter=100))
    style = {"color": f"C{k}", "marker": marker, "markersize": 4}
    objectives = [found.objective for found in founds]
    bounds = [found.lower_bound for found in founds]
    left.plot(epochs, objectives, label=f"{estimator.__name__}: objective", **style)
    left.plot(epochs, bounds, linestyle="--", label="its lower bound", **style)
    left.fill_between(epochs, bounds, objectives, color=f"C{k}", alpha=0.2, linewidth=0)
    right.plot(epochs, [found.relative_gap for found in founds], label=estimator.__name__, **style)
left.set(xscale="log", xlabel="epochs", ylabel="objective", title="The optimum is in the band")
right.set(
    xscale="log",
    yscale="log",
    xlabel="epochs",
    ylabel="relative gap",
    title="What is left to be won, at most",
)
for ax in (left, right):
    ax.legend()

plt.show()
