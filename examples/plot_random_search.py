"""
What is a gradient worth?
=========================

Three strategies lower the same objective. Each may look at it 500 times, on all training rows.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sklinear_gd import SVMGDClassifier
from sklinear_gd.solvers import GradientDescent, LocalSearch, RandomSearch

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)

# %%
# Random search draws weights anew each time and keeps the best. Local search tries a random step
# from where it stands, and takes it back unless it helps. Gradient descent knows the direction.
# Each look of it costs two passes over the data in place of one, and is worth hundreds of the
# others: there are 650 weights, and a random direction is seldom a good one.

strategies = {
    "random search": RandomSearch(scale=0.1),
    "local search": LocalSearch(scale=0.1, step=0.02),
    "following the gradient": GradientDescent(),
}
figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for (name, solver), dashes in zip(strategies.items(), (":", "--", "-"), strict=True):
    clf = SVMGDClassifier(
        solver=solver,
        max_iter=500,
        tol=None,
        random_state=0,
        optimizer="momentum",
        batch_size="full",
        schedule="constant",
    )
    clf.fit(X_train, y_train)
    label = f"{name}: {clf.score(X_test, y_test):.1%} right on test rows"
    ax.plot(clf.history_["epoch"], clf.history_["objective"], dashes, label=label)
ax.axhline(9, color="grey", linewidth=0.8)
ax.annotate(
    "weights of 0", (500, 9), xytext=(0, 4), textcoords="offset points", color="dimgrey", ha="right"
)
ax.set(xscale="log", yscale="log", xlabel="looks at the objective", ylabel="objective")
ax.legend(loc="lower left")

plt.show()
