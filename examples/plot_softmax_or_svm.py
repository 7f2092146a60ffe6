"""
Softmax or SVM?
===============

Both draw straight borders between the classes. They differ in which rows have a say in where the
borders run.
"""

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.losses import SoftmaxCrossEntropy, WestonWatkins

COLORS = ["#0072B2", "#E69F00", "#009E73"]  # told apart by all eyes
data = load_iris()
X, y = StandardScaler().fit_transform(data.data[:, 2:]), data.target

# %%
# The pull of a row is the size of the derivative of its loss by its scores: how hard it pushes
# its own class up and the others down. Each disc has the area of its row's pull.
#
# Under softmax every row pulls, those near a border the most. Under the SVM rows beyond the
# margin have no pull at all: without them the borders would be the same. Softmax knows how sure
# it is, and has ``predict_proba``; the SVM stops caring once a row is safely right.

a, b = np.meshgrid(np.linspace(-2, 2.2, 300), np.linspace(-2, 2.2, 300))
figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", sharey=True)
for ax, clf, loss in [
    (axes[0], SoftmaxGDClassifier(alpha=0.01, random_state=0), SoftmaxCrossEntropy()),
    (axes[1], SVMGDClassifier(alpha=0.01, random_state=0), WestonWatkins()),
]:
    clf.fit(X, y)
    regions = clf.predict(np.stack([a, b], axis=-1).reshape(-1, 2)).reshape(a.shape)
    ax.contourf(a, b, regions, levels=[-0.5, 0.5, 1.5, 2.5], colors=COLORS, alpha=0.15)
    pull = np.abs(loss.formula(clf.decision_function(X), y)[1]).sum(axis=1)
    for k, marker in enumerate("osD"):
        own = y == k
        ax.scatter(*X[own].T, s=8, marker=marker, color=COLORS[k], label=data.target_names[k])
        ax.scatter(*X[own].T, s=150 * pull[own], facecolor=COLORS[k], alpha=0.35, linewidth=0)
    silent = np.mean(pull < 1e-9)
    ax.set(title=f"{type(clf).__name__}: {silent:.0%} of the rows have no pull")
    ax.set(xlabel="petal length, standardized", ylabel="petal width, standardized")
    ax.label_outer()
axes[0].legend(loc="upper left")

plt.show()
