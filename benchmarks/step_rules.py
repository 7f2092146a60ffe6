"""Two rules without a schedule: ``python -m benchmarks.step_rules`` writes a table.

Schedule-free averaging (Defazio et al. 2024, "The road less scheduled") and distance over gradients
(Ivgi et al. 2023, "DoG is SGD's best friend") beside the package's optimizers with their schedules,
on the raw data of :mod:`benchmarks.defaults`, 30 epochs each. Every rule is tried with several
multiples of the rate "auto"; distance over gradients has none. The best of each is in the table.
Nothing is timed.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from benchmarks import ROOT
from benchmarks.conditioning import optimum, write
from benchmarks.data import folder
from benchmarks.defaults import BUNDLED, IN_FOLDER, load
from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.optimizers import Optimizer
from sklinear_gd.schedules import WarmUp
from sklinear_gd.solvers.automatic import automatic_batch_size

TABLE = ROOT / "docs" / "tables" / "step_rules.rst"
ALPHAS = (1e-2, 1e-4)
EPOCHS, SEEDS = 30, 1
MULTIPLES = (0.3, 1.0, 3.0, 10.0)
SCHEDULES = ("cosine", "adaptive")
# Sparse rows are not turned.
DIAGONAL = ("a9a",)
HEADER = ["data", "alpha", "optimum", "tuned schedule", "schedule-free", "distance over gradients"]
WIDTHS = (16, 8, 12, 24, 24, 16)


class DistanceOverGradients(Optimizer):
    """The rate is the largest distance from the start over the root of the sum of |gradient|².

    After the last of ``steps`` updates the parameters are the mean of the iterates, weighted to the
    later ones.
    """

    def __init__(self, steps=1):
        self.steps = steps

    def init(self, params):
        """The start and the mean are set by the first step."""
        return {"t": 0, "far": 0.0, "sum": 0.0, "start": 0 * params, "mean": 0 * params}

    def step(self, params, gradient, state, rate):
        """One step; ``rate`` multiplies the rule's own and is 1 for the rule as published."""
        start, mean = state["start"], state["mean"]
        if state["t"] == 0:
            start[...] = mean[...] = params
            state["far"] = 1e-6 * (1 + np.linalg.norm(params))
        state["t"] += 1
        state["far"] = max(state["far"], float(np.linalg.norm(params - start)))
        state["sum"] += float(np.vdot(gradient, gradient))
        metric = rate * state["far"] / (np.sqrt(state["sum"]) + 1e-30)
        params -= metric * gradient
        mean += 9 / (state["t"] + 8) * (params - mean)
        if state["t"] == self.steps:
            params[...] = mean
        return metric


def end(X, y, settings):
    """The mean of F over the seeds after all epochs."""
    values = []
    for seed in range(SEEDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            clf = SoftmaxGDClassifier(random_state=seed, tol=None, max_iter=EPOCHS, **settings)
            values.append(clf.fit(X, y).objective_)
    return float(np.mean(values))


def best(X, y, trials):
    """The lowest of the ends and the name of its settings."""
    return min((end(X, y, settings), name) for name, settings in trials)


def contenders(X, y, base, steps):
    """For each column of the table its pairs of a name and settings."""
    rates = {}
    for optimizer in ("adam", "nesterov"):
        clf = SoftmaxGDClassifier(optimizer=optimizer, max_iter=1, tol=None, **base)
        rates[optimizer] = clf.fit(X, y).history_["learning_rate"][0]
    tuned, free = [], []
    for k in MULTIPLES:
        for optimizer in ("adam", "nesterov"):
            for schedule in SCHEDULES:
                rate = k * rates[optimizer]
                settings = {"optimizer": optimizer, "schedule": schedule, "learning_rate": rate}
                tuned.append((f"{optimizer}, {schedule}, {k:g}", base | settings))
        rule = {"optimizer": "schedule_free", "schedule": WarmUp("constant", epochs=1)}
        free.append((f"{k:g}", base | rule | {"learning_rate": k * rates["adam"]}))
    settings = {"learning_rate": 1.0, "schedule": "constant"}
    dog = [("", base | settings | {"optimizer": DistanceOverGradients(steps)})]
    return tuned, free, dog


def rows(names, alphas=ALPHAS):
    """A row for each set and strength: the least distances from the optimum, and by what."""
    for name in names:
        X, _, y, _ = load(name)
        size = automatic_batch_size(len(y), True)
        steps = EPOCHS * -(-len(y) // size)
        for alpha in alphas:
            base = {"alpha": alpha, "batch_size": size, "precondition": "full"}
            if name in DIAGONAL:
                base["precondition"] = "diagonal"
            lowest = optimum(X, y, alpha)
            found = [best(X, y, trials) for trials in contenders(X, y, base, steps)]
            cells = [f"{value - lowest:.2e} {how and f'({how})'}".strip() for value, how in found]
            cells = [
                f"**{cell}**" if value < found[0][0] else cell
                for cell, (value, _) in zip(cells, found, strict=True)
            ]
            yield [name, f"{alpha:g}", f"{lowest:.5f}", *cells]


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step_rules")
    parser.add_argument("--path", type=Path, default=TABLE, help="where the table goes")
    parser.add_argument("--sets", help="names of data sets, with commas; default all")
    options = parser.parse_args(arguments)
    names = BUNDLED + (IN_FOLDER if folder() else ())
    names = options.sets.split(",") if options.sets else names
    write(options.path, HEADER, rows(names), WIDTHS, "step_rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
