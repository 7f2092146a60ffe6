"""Rows that come in chunks and are not kept: ``partial_fit`` over a generator.

    python examples/stream.py

The generator stands for whatever yields rows: a reader of files, a cursor of a database. Its
chunks are drawn anew each time, so that no row is seen twice; the accuracy is that on rows which
training never saw.
"""

import numpy as np

from sklinear_gd import SoftmaxGDClassifier

FEATURES, CLASSES = 50, 5


def chunks(seed, n_chunks, n_rows=2000):
    """Yield so many pairs of rows X, (n_rows, FEATURES), and labels y."""
    centres = np.random.default_rng(0).normal(size=(CLASSES, FEATURES))
    rng = np.random.default_rng(seed)
    for _ in range(n_chunks):
        y = rng.integers(CLASSES, size=n_rows)
        yield centres[y] + 4 * rng.normal(size=(n_rows, FEATURES)), y


def main():
    """Train on 20 chunks, saying how well it goes."""
    X_test, y_test = next(chunks(seed=1, n_chunks=1))
    clf = SoftmaxGDClassifier(random_state=0)
    for number, (X, y) in enumerate(chunks(seed=2, n_chunks=20), start=1):
        clf.partial_fit(X, y, classes=range(CLASSES))
        if number in (1, 2, 5, 10, 20):
            accuracy = clf.score(X_test, y_test)
            print(f"{number * len(y):6,} rows  {clf.t_:4} updates  test accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
