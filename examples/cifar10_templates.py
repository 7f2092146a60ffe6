"""The templates of a linear classifier on CIFAR-10: one colour image a class.

    SKLINEAR_GD_DATA=FOLDER python examples/cifar10_templates.py [PICTURE]

trains softmax regression on 20,000 photographs from ``cifar10_20k.npz`` in that folder, and saves
its weights as a picture, by default ``cifar10_templates.png``. Needs the extra ``plot``. The same
on data that need no file: ``examples/plot_templates.py``.
"""

import sys

import numpy as np
from _data import folder, load_cifar10

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.plotting import WeightsDisplay

NAMES = "plane car bird cat deer dog frog horse ship truck".split()


def main():
    """Train, print the accuracy, and save the picture."""
    if not folder():
        raise SystemExit("SKLINEAR_GD_DATA must name a folder with cifar10_20k.npz.")
    X_train, y_train, X_test, y_test = load_cifar10()
    # A strong penalty: the templates are then smooth. Pixels reach 255 from their mean.
    clf = SoftmaxGDClassifier(
        alpha=0.1, schedule="cosine", max_iter=10, tol=None, random_state=0
    ).fit(X_train / 64, y_train)
    print(f"CIFAR-10: {len(y_train)} training rows, {len(y_test)} test rows")
    print(f"test accuracy {clf.score(X_test / 64, y_test):.4f}")
    side = int(np.sqrt(X_train.shape[1] // 3))
    display = WeightsDisplay.from_estimator(
        clf, (3, side, side), class_names=NAMES[: len(clf.classes_)], interpolation="bilinear"
    )
    path = sys.argv[1] if len(sys.argv) > 1 else "cifar10_templates.png"
    display.figure_.savefig(path, dpi=150)
    print(f"saved {path}")


if __name__ == "__main__":
    main()
