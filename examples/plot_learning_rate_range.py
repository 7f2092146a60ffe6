"""
Can a short run find a good learning rate?
==========================================

The range test trains for some two hundred updates, each at a higher rate than the last. Does the
rate that it suggests hold in a whole training?
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.inspection import learning_rate_range
from sklinear_gd.plotting import StepSizeDisplay

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# Above, the test itself: at low rates nothing happens, then the loss falls, and at last it
# explodes. The suggestion is where the loss has made most of its fall. Below, ten epochs of
# training with a rate that falls along a cosine, for many first rates. The suggestion lies where
# training is good: at its best for momentum and Adam, and for plain gradient descent (sgd) on the
# safe side, where a higher rate than the test bears does still better at the end.

figure, axes = plt.subplots(2, 3, figsize=(11, 6), layout="constrained", sharex="col")
for (test, training), optimizer in zip(axes.T, ("sgd", "momentum", "adam"), strict=True):
    clf = SoftmaxGDClassifier(
        optimizer=optimizer,
        schedule="cosine",
        max_iter=10,
        tol=None,
        random_state=0,
        precondition=False,
    )
    found = learning_rate_range(clf, X, y)
    StepSizeDisplay.from_range_test(found, ax=test)
    test.set(title=optimizer, xlabel="", ylabel="")
    rates = [found.suggestion * 2.0**k for k in range(-7, 4)]
    objectives = [clf.set_params(learning_rate=r).fit(X, y).objective(X, y) for r in rates]
    training.plot(rates, objectives, marker="o", markersize=4)
    training.axvline(found.suggestion, color="grey", linestyle=":")
    training.set(xlabel="learning rate", yscale="log")
axes[0, 0].set_ylabel("objective in the test")
axes[1, 0].set_ylabel("objective after ten epochs")
figure.suptitle("The range test, and what training makes of the rates")

plt.show()
