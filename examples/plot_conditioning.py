"""
What does conditioning change on raw data?
==========================================

Thirteen measurements of wines in units of their own: the standard deviations reach from 0.1 to
315. Gradient descent suffers from that, unless the solver changes the variables that it works in.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_wine

from sklinear_gd import SoftmaxGDClassifier

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_wine(return_X_y=True)

# %%
# The data are not scaled here: no ``StandardScaler``. ``precondition`` chooses the variables, and
# the objective is the same for all three, that of the raw features.
#
# * ``False`` is the textbook algorithm. A rate that suits the widest feature is far too low for
#   all others.
# * ``"diagonal"`` centres and scales each feature inside the solver.
# * ``"full"`` turns the features to uncorrelated axes, too; it is the default on data of this
#   size.

optimum = SoftmaxGDClassifier(alpha=1e-3, solver="lbfgs", tol=1e-10, max_iter=5000).fit(X, y)
figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained", sharey=True)
for ax, optimizer in zip(axes, ("nesterov", "adam"), strict=True):
    for precondition, dashes in ((False, ":"), ("diagonal", "--"), ("full", "-")):
        clf = SoftmaxGDClassifier(
            alpha=1e-3,
            optimizer=optimizer,
            precondition=precondition,
            max_iter=300,
            tol=None,
            random_state=0,
        )
        clf.fit(X, y)
        label = f"precondition={precondition!r}"
        ax.plot(clf.history_["epoch"], clf.history_["objective"], dashes, label=label)
    ax.axhline(optimum.objective_, color="grey", linewidth=0.8, label="the optimum, by L-BFGS")
    ax.set(xscale="log", yscale="log", xlabel="epoch", title=f'optimizer="{optimizer}"')
axes[0].set_ylabel("objective")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

plt.show()
