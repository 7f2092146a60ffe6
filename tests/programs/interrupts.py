"""How long Ctrl-C may have to wait on large data, for every solver and kind of rows.

    python -P tests/programs/interrupts.py             # all
    python -P tests/programs/interrupts.py lbfgs coo   # whose names hold one of these words

A signal comes every 5 milliseconds; the longest time in which Python heard none is the longest that
Ctrl-C could take, wherever in a fit and a prediction it falls. Prints it in milliseconds, and those
of the processor, which other programs do not lengthen, with the place; ends with 1 if those are
above 100.
"""

import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

PERIOD, LIMIT = 0.005, 0.1
CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
SETTINGS = [
    {},
    {"batch_size": "full", "optimizer": "nesterov"},
    {"batch_size": 1, "optimizer": "sgd"},
    {"batch_size": 4096, "dropout": 0.2, "optimizer": "sgd"},
    {"penalty": "group_lasso"},
    {"early_stopping": True},
    {"optimizer": "saga"},
    {"solver": "lbfgs"},
]
# Of many more features than rows: in the span of the rows, and on vectors of all weights.
WIDE = [
    CLASSES[1](solver="lbfgs"),
    CLASSES[0](solver="lbfgs", loss="squared_hinge"),
    CLASSES[0](solver="lbfgs"),
    CLASSES[1](),
]


class Watch:
    """A context that notes the longest time without a signal."""

    def __enter__(self):
        """Let the signals begin."""
        self.longest, self.wall, self.place = 0.0, 0.0, ""
        self._start()
        signal.signal(signal.SIGALRM, self._note)
        signal.setitimer(signal.ITIMER_REAL, PERIOD, PERIOD)
        return self

    def __exit__(self, *error):
        """Let them end."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _start(self):
        self.times = time.thread_time(), time.perf_counter()

    def _note(self, signal_number, frame):
        work, wall = time.thread_time() - self.times[0], time.perf_counter() - self.times[1]
        self.wall = max(self.wall, wall)
        if work > self.longest:
            path = Path(frame.f_code.co_filename)
            self.longest, self.place = work, f"{path.parent.name}/{path.name}:{frame.f_lineno}"
        self._start()


def dense():
    """60,000 rows of 784 numbers."""
    return np.random.default_rng(0).normal(size=(60_000, 784))


def sparse_rows(n_rows=300_000, n_columns=100_000):
    """So many rows of 100 of the columns."""
    rng = np.random.default_rng(0)
    columns = rng.integers(0, n_columns, size=(n_rows, 100), dtype=np.int32)
    columns = np.sort(columns, axis=1).ravel()
    starts = np.arange(0, len(columns) + 1, 100, dtype=np.int32)
    return sparse.csr_array((rng.random(len(columns)), columns, starts), shape=(n_rows, n_columns))


def trials():
    """Name, estimator, rows and labels of each fit."""
    rng = np.random.default_rng(1)
    for make in (dense, sparse_rows):
        X = make()
        y = rng.integers(0, 10, size=X.shape[0])
        for params in SETTINGS:
            for cls in CLASSES:
                clf = cls(**params, max_iter=2, tol=None, random_state=0)
                yield f"{make.__name__}, {cls.__name__}, {params}", clf, X, y
    yield (
        "labels that are objects",
        CLASSES[0](max_iter=1, tol=None),
        X,
        y.astype(str).astype(object),
    )
    for kind in ("csc", "coo"):
        yield kind, CLASSES[0](max_iter=1, tol=None), X.asformat(kind), y
    X = sparse_rows(100_000, 400_000)
    for clf in WIDE:
        clf.set_params(max_iter=3, tol=None, random_state=0)
        yield f"wide, {clf}", clf, X, y[: X.shape[0]]


def main():
    """Fit and predict in every setting."""
    warnings.simplefilter("ignore")
    slowest, words = 0.0, sys.argv[1:]
    for name, clf, X, y in trials():
        if words and not any(word in name for word in words):
            continue
        with Watch() as watch:
            clf.fit(X, y).predict(X)
        slowest = max(slowest, watch.longest)
        numbers = f"{1e3 * watch.wall:7.1f} ms, {1e3 * watch.longest:6.1f} of the processor"
        print(f"{numbers}: {name}; {watch.place}", flush=True)
    return 0 if slowest <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
