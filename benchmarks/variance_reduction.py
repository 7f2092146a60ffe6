"""SAGA beside scikit-learn's: ``python -m benchmarks.variance_reduction`` writes a table.

Epochs and CPU seconds of one thread until a fit is within 1e-4 of the optimum of MNIST and of 20
newsgroups (softmax, L2, float64), and, since it is the question that a user has, those of the
package's L-BFGS. The optima are those of the benchmarks. A short fit is timed three times, and the
shortest counts. It takes some three minutes.
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

TABLE = ROOT / "docs" / "tables" / "variance_reduction.rst"
NEAR = 1e-4
ALPHAS = {"mnist": 1e-4, "newsgroups": 1e-5}
# For each solver the epochs to try, one after the other, on MNIST and on newsgroups.
BUDGETS = {
    "LogisticRegression(solver='saga')": ((56,), (40,)),
    "SAGA": ((11, 12, 14), (8, 10)),
    "SAGA, batch_size=1, learning_rate=": ((10, 12), (10, 11)),
    "L-BFGS": ((150,), (150,)),
}
RATES = {"mnist": 0.02, "newsgroups": 1.5}
OWN = {
    "SAGA": {"optimizer": "saga"},
    "SAGA, batch_size=1, learning_rate=": {"optimizer": "saga", "batch_size": 1},
    "L-BFGS": {"solver": "lbfgs", "tol": 0.0},
}
REPEATS, SHORT = 3, 3.0  # of fits of less than so many seconds
HEADER = ["data", "solver", "epochs", "distance", "CPU seconds"]
WIDTHS = (16, 40, 10, 16, 16)


def estimator(title, problem, n_rows, epochs):
    """The solver of a row of the table, for so many epochs."""
    if title not in OWN:
        return LogisticRegression(
            solver="saga", C=problem.C(n_rows), max_iter=epochs, tol=0.0, random_state=0
        )
    settings = {"schedule": "constant", "tol": None, "random_state": 0, **OWN[title]}
    if title.endswith("="):
        settings["learning_rate"] = RATES[problem.dataset]
    return SoftmaxGDClassifier(alpha=problem.alpha, max_iter=epochs, **settings)


def timed(clf, data):
    """The CPU seconds of a fit on one thread, the least of several short ones."""
    seconds = []
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        while len(seconds) < REPEATS and (not seconds or seconds[0] < SHORT):
            start = time.process_time()
            clf.fit(data.X, data.y)
            seconds.append(time.process_time() - start)
    return min(seconds)


def rows(names, titles, tiny=False):
    """A row for each set and solver: the first budget that comes near, or the last one."""
    for place, name in enumerate(names):
        problem = Problem(name, "softmax", ALPHAS[name])
        data, best = load(name, "float64", tiny), optimum(problem, tiny)["objective"]
        for title in titles:
            for epochs in BUDGETS[title][place]:
                clf = estimator(title, problem, len(data.y), epochs)
                seconds = timed(clf, data)
                model = Model(np.asarray(clf.coef_), np.asarray(clf.intercept_))
                distance = objective(problem, data, model) / best - 1
                if distance < NEAR:
                    break
            label = f"{title}{RATES[name]:g}" if title.endswith("=") else title
            yield [name, label, str(int(np.max(clf.n_iter_))), f"{distance:.1e}", f"{seconds:.2g}"]


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variance_reduction")
    parser.add_argument("--path", type=Path, default=TABLE, help="where the table goes")
    options = parser.parse_args(arguments)
    write(options.path, HEADER, rows(ALPHAS, BUDGETS), WIDTHS, "variance_reduction")
    return 0


if __name__ == "__main__":
    sys.exit(main())
