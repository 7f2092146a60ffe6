"""What is a gradient worth? Random search, local search and gradient descent, 1,000 looks each.

    python examples/search_strategies.py

Each strategy may evaluate the objective of the same SVM 1,000 times on all training rows: for
random weights; for small steps from random weights, undone unless they help; and, with its
gradient, for steps downhill. The data are scikit-learn's digits and, if the environment variable
SKLINEAR_GD_DATA names a folder with ``cifar10_20k.npz``, 20,000 images of CIFAR-10.
"""

from time import perf_counter

from _data import folder, load_cifar10
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sklinear_gd import SVMGDClassifier
from sklinear_gd.solvers import GradientDescent, LocalSearch, RandomSearch

EVALUATIONS = 1000
DESCENT = {"optimizer": "momentum", "batch_size": "full", "schedule": "constant", "tol": None}


def digits():
    """Return training and test rows of the digits, pixels from 0 to 1."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
    return X_train, y_train, X_test, y_test


def compare(name, data, searches):
    """Train with each strategy and print a row of the table for it."""
    X_train, y_train, X_test, y_test = data
    print(f"{name}: {len(y_train)} training rows, {len(y_test)} test rows, {EVALUATIONS} looks")
    print(f"{'solver':<16} {'first':>9} {'objective':>9} {'test':>7} {'seconds':>8}")
    for solver in [*searches, GradientDescent()]:
        clf = SVMGDClassifier(solver=solver, max_iter=EVALUATIONS, random_state=0, **DESCENT)
        start = perf_counter()
        clf.fit(X_train, y_train)
        seconds, first = perf_counter() - start, clf.history_["objective"][0]
        print(
            f"{type(solver).__name__:<16} {first:9.4f} {clf.objective_:9.4f} "
            f"{clf.score(X_test, y_test):7.4f} {seconds:8.2f}",
            flush=True,
        )


def main():
    """Compare the strategies on both data sets."""
    # The scales suit the pixels: from 0 to 1, and up to 255 from their mean.
    compare("digits", digits(), [RandomSearch(scale=0.1), LocalSearch(scale=0.1, step=0.02)])
    if folder():
        searches = [RandomSearch(scale=1e-4), LocalSearch(scale=1e-3, step=1e-4)]
        compare("CIFAR-10", load_cifar10(), searches)


if __name__ == "__main__":
    main()
