"""
What do L1, L2 and group penalties keep?
========================================

Without a penalty every feature has a weight for every class. What is left of them under each
penalty?
"""

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier

data = load_wine()
X, y = StandardScaler().fit_transform(data.data), data.target

# %%
# Softmax regression on three wines and thirteen measurements. A cell is the weight of a feature
# for a class, and a dot is a weight of exactly 0.
#
# * L2 shrinks all weights and keeps all of them.
# * L1 keeps single weights: a feature may count for one class and not for the others.
# * The elastic net, half of each, keeps more, since features that move together share a weight.
# * The group lasso keeps or drops whole features, for all classes at once. Those that it drops
#   need not be measured any more.

penalties = {
    "L2": {"penalty": "l2", "alpha": 0.05},
    "L1": {"penalty": "l1", "alpha": 0.05},
    "elastic net": {"penalty": "elasticnet", "l1_ratio": 0.5, "alpha": 0.05},
    "group lasso": {"penalty": "group_lasso", "alpha": 0.05},
}
figure, axes = plt.subplots(1, 4, figsize=(10, 5.2), layout="constrained", sharey=True)
for ax, (name, settings) in zip(axes, penalties.items(), strict=True):
    clf = SoftmaxGDClassifier(random_state=0, **settings).fit(X, y)
    image = ax.imshow(clf.coef_.T, cmap="RdBu_r", vmin=-1.2, vmax=1.2, aspect="auto")
    feature, label = np.nonzero(clf.coef_.T == 0)
    ax.plot(label, feature, ".", color="black")
    used = int(clf.coef_.any(axis=0).sum())
    ax.set_title(f"{name}\n{np.count_nonzero(clf.coef_)} weights of\n{used} features")
    ax.set_xticks(range(3), [f"wine {k}" for k in range(3)])
    ax.set_yticks(range(13), data.feature_names)
figure.colorbar(image, ax=axes, label="weight")

plt.show()
