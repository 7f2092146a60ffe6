"""How long Ctrl-C takes on large data, for every solver and kind of rows.

    python -P tests/programs/interrupts.py

Prints the longest of some tries in milliseconds, and ends with 1 above 100 ms.
"""

import signal
import sys
import time
import warnings

import numpy as np
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

TRIES, LIMIT = 5, 0.1
SETTINGS = [
    {},
    {"batch_size": "full"},
    {"batch_size": 1, "optimizer": "sgd"},
    {"dropout": 0.2},
    {"penalty": "group_lasso"},
    {"early_stopping": True},
    {"solver": "lbfgs"},
]


def data(n, d, density, n_classes):
    """Random rows, dense for density 1."""
    rng = np.random.default_rng(0)
    if density == 1:
        X = rng.normal(size=(n, d))
    else:
        X = sparse.random_array((n, d), density=density, format="csr", rng=rng)
    return X, rng.integers(0, n_classes, size=n)


PROBLEMS = {
    "dense 60,000 x 784, 10 classes": (60_000, 784, 1, 10),
    "sparse 20,000 x 100,000, 20 classes": (20_000, 100_000, 1e-3, 20),
}


def latency(clf, X, y, after):
    """Seconds from the signal to the exception; None if the fit ended first."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    sent = time.perf_counter() + after
    signal.setitimer(signal.ITIMER_REAL, after)
    try:
        clf.fit(X, y)
    except KeyboardInterrupt:
        return time.perf_counter() - sent
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None


def main():
    """Measure every setting on every problem."""
    warnings.simplefilter("ignore")
    slowest = 0.0
    for name, shape in PROBLEMS.items():
        X, y = data(*shape)
        for cls in (SVMGDClassifier, SoftmaxGDClassifier):
            for params in SETTINGS:
                clf = cls(**params, max_iter=10**6, tol=None, random_state=0)
                found = [latency(clf, X, y, 0.3 + 0.37 * k) for k in range(TRIES)]
                worst = max((seconds for seconds in found if seconds is not None), default=0.0)
                slowest = max(slowest, worst)
                print(f"{1e3 * worst:7.1f} ms  {name}, {cls.__name__}, {params}", flush=True)
    return 0 if slowest <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
