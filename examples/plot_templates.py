"""
How do the templates of a linear classifier look?
=================================================

The score of a class is the sum of all pixels times that class's weights. So the weights are an
image, too: the template that a linear classifier compares each picture with.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.plotting import WeightsDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)

# %%
# Red pixels speak for the class when they are inked, blue ones against it. With a strong penalty
# the templates are smooth and look like the digits: the 0 has a hole. With a weak one they turn
# to single pixels that tell these training images apart, which a reader finds hard to name.
#
# ``examples/cifar10_templates.py`` does the same with colour photographs.

alphas = (1.0, 1e-2, 1e-5)
figure, axes = plt.subplots(3, 10, figsize=(10, 4), layout="constrained")
for k, (row, alpha) in enumerate(zip(axes, alphas, strict=True)):
    clf = SoftmaxGDClassifier(alpha=alpha, solver="lbfgs").fit(X_train, y_train)
    WeightsDisplay.from_estimator(clf, (8, 8), ax=row)
    if k > 0:
        [ax.set_title("") for ax in row]
    accuracy = clf.score(X_test, y_test)
    row[0].text(
        -0.15,
        0.5,
        f"alpha = {alpha:g}\ntest {accuracy:.3f}",
        transform=row[0].transAxes,
        ha="right",
        va="center",
    )
figure.suptitle("The weights of each digit, under a strong, a middling and a weak penalty")

plt.show()
