"""Many random fits in one process: memory must not grow.

    python -P tests/programs/soak.py 2000

After the first tenth the resident memory may grow by no more than 2 per cent or 2 MB; otherwise
the program ends with 1.
"""

import argparse
import ctypes
import gc
import sys
import warnings

import numpy as np
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import PENALTIES

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


def resident():
    """Megabytes of this process in memory."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def one_fit(rng):
    """Fit, predict, go on with partial_fit, and sometimes fail, at random."""
    n, d, n_classes = int(rng.integers(20, 400)), int(rng.integers(1, 60)), int(rng.integers(2, 8))
    dtype = rng.choice([np.float32, np.float64])
    X = (rng.normal(size=(n, d)) * (rng.random((n, d)) < 0.5)).astype(dtype)
    y = np.arange(n) % n_classes
    X = rng.choice([np.asarray, sparse.csr_array, sparse.csc_matrix])(X)
    if rng.random() < 0.1:  # many more features than rows, and more weights than SciPy is left
        d = 150_000 // n_classes
        X = sparse.random_array((n, d), density=20 / d, rng=rng, format="csr", dtype=dtype)
    cls = rng.choice([SVMGDClassifier, SoftmaxGDClassifier])
    own = {"loss": str(rng.choice(["hinge", "squared_hinge"]))} if cls is SVMGDClassifier else {}
    solver = str(rng.choice(["gd", "gd", "lbfgs"]))
    penalty = str(rng.choice([name for name in PENALTIES if name != "group_lasso"]))
    if solver == "lbfgs" and d > 60:
        # SciPy's L-BFGS-B makes Python numbers of all bounds, which leaves gaps in Python's memory.
        penalty = "l2"
    clf = cls(
        **own,
        solver=solver,
        optimizer=str(rng.choice(["auto", *sorted(OPTIMIZERS)])),
        penalty=penalty,
        batch_size=int(rng.integers(1, 64)),
        max_iter=int(rng.integers(1, 8)),
        random_state=int(rng.integers(1000)),
    )
    clf.fit(X, y).predict(X)
    if hasattr(clf, "partial_fit") and clf.optimizer != "saga":
        clf.partial_fit(X, y)
    try:
        clf.fit(X[:, : d // 2] if d > 1 else X, y[:-1])
    except ValueError:
        pass
    else:
        raise AssertionError("a bad fit passed")


def main():
    """Run the fits; print the memory after each tenth."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("fits", type=int)
    fits = parser.parse_args().fits
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    # The C library keeps freed memory, more of it the larger the arrays were: no leak.
    ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)
    sizes = []
    for number in range(1, fits + 1):
        one_fit(rng)
        if number % (fits // 10) == 0:
            gc.collect()
            sizes.append(resident())
            print(f"{number} fits: {sizes[-1]:.1f} MB", flush=True)
    growth = max(sizes) - sizes[0]
    print(f"growth after the first tenth: {growth:.1f} MB")
    return 0 if growth <= max(2.0, 0.02 * sizes[0]) else 1


if __name__ == "__main__":
    sys.exit(main())
