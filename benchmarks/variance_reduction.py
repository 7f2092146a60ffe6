"""SAGA beside scikit-learn's: ``python -m benchmarks.variance_reduction`` writes a table.

Epochs and CPU seconds of one thread until a fit is within 1e-4 of the optimum of MNIST and of 20
newsgroups (softmax, L2, float32), and, since it is the question that a user has, those of the
package's L-BFGS. The optima are those of the benchmarks.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from benchmarks import ROOT
from benchmarks.conditioning import write
from benchmarks.data import load
from benchmarks.optimum import optimum
from benchmarks.problems import Model, Problem, objective
from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.optimizers import SAGA

TABLE = ROOT / "docs" / "tables" / "variance_reduction.rst"
NEAR = 1e-4
ALPHAS = {"mnist": 1e-4, "newsgroups": 1e-5}
# For each solver the epochs to try, one after the other, on MNIST and on newsgroups.
BUDGETS = {
    "LogisticRegression(solver='saga')": ((60, 90), (30, 50)),
    "L-BFGS": ((150, 300), (150, 300)),
    "SAGA": ((20, 40), (20, 40)),
    "SAGA, batches of 32, unconditioned": ((15, 25), (10,)),
    "SAGA(momentum=0), batches of 32, unconditioned": ((15,), (10,)),
}
OWN = {
    "L-BFGS": {"solver": "lbfgs", "tol": 0.0},
    "SAGA": {"optimizer": "saga"},
    "SAGA, batches of 32, unconditioned": {
        "optimizer": "saga", "batch_size": 32, "precondition": False,
    },
    "SAGA(momentum=0), batches of 32, unconditioned": {
        "optimizer": SAGA(momentum=0.0), "batch_size": 32, "precondition": False,
    },
}  # fmt: skip
HEADER = ["data", "solver", "epochs", "distance", "CPU seconds"]
WIDTHS = (16, 40, 10, 16, 16)


def estimator(title, alpha, n_rows, epochs):
    """The solver of a row of the table, for so many epochs."""
    if title not in OWN:
        return LogisticRegression(
            solver="saga", C=1 / (n_rows * alpha), max_iter=epochs, tol=0.0, random_state=0
        )
    settings = {"schedule": "constant", "tol": None, "random_state": 0, **OWN[title]}
    return SoftmaxGDClassifier(alpha=alpha, max_iter=epochs, **settings)


def timed(clf, data):
    """The CPU seconds of a fit on one thread."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        start = time.process_time()
        clf.fit(data.X, data.y)
        return time.process_time() - start


def rows(names, titles, tiny=False):
    """A row for each set and solver: the first budget that comes near, or the last one."""
    for place, name in enumerate(names):
        problem = Problem(name, "softmax", ALPHAS[name])
        data, best = load(name, "float32", tiny), optimum(problem, tiny)["objective"]
        for title in titles:
            for epochs in BUDGETS[title][place]:
                clf = estimator(title, problem.alpha, len(data.y), epochs)
                seconds = timed(clf, data)
                model = Model(np.asarray(clf.coef_), np.asarray(clf.intercept_))
                distance = objective(problem, data, model) / best - 1
                if distance < NEAR:
                    break
            yield [name, title, str(epochs), f"{distance:.1e}", f"{seconds:.2g}"]


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variance_reduction")
    parser.add_argument("--path", type=Path, default=TABLE, help="where the table goes")
    options = parser.parse_args(arguments)
    write(options.path, HEADER, rows(ALPHAS, BUDGETS), WIDTHS, "variance_reduction")
    return 0


if __name__ == "__main__":
    sys.exit(main())
