"""Where the defaults end: ``python -m benchmarks.defaults`` writes a table of distances and times.

Both estimators on raw data with no parameter set but ``alpha``, over several seeds, against the
lowest objective that L-BFGS or any of the seeds has found; the test accuracy against that of a
converged softmax regression of the same strength, which is what LogisticRegression minimizes; and
the seconds beside ``LogisticRegression()``, measured in turns in one process. The folder that
``SKLINEAR_GD_DATA`` names adds its sets to scikit-learn's and three made-up ones. What was measured
is kept in a file, so that the table can be renewed a set at a time: ``--sets mnist --alphas 1e-3``.
"""

import argparse
import datetime
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from benchmarks import ROOT, data
from benchmarks.data import PARTS, folder, read
from benchmarks.machine import describe
from benchmarks.problems import Problem
from benchmarks.report import rst_table
from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

TABLE = ROOT / "docs" / "tables" / "defaults.rst"
FILE = Path(__file__).parent / "defaults.json"
BUNDLED = ("iris", "wine", "breast_cancer", "digits")
# Of made-up rows: rows, features, classes, how far these are apart, and the share of wrong labels.
MADE = {
    "overlapping": (8_000, 30, 3, 0.4, 0.05),
    "many classes": (12_000, 50, 10, 0.4, 0.05),
    "separable": (10_000, 50, 3, 3.0, 0.0),
}
IN_FOLDER = ("pendigits", "usps", "covtype_20k", "a9a")
LARGE = ("mnist", "cifar10", "newsgroups")
ALPHAS = (1e-2, 1e-3, 1e-4, 1e-5)
ESTIMATORS = {"softmax": SoftmaxGDClassifier, "SVM": SVMGDClassifier}
# Within 2 % of the optimum, or this near it where it is below LOW.
RELATIVE, ABSOLUTE, LOW = 0.02, 0.005, 0.25
# ... and no more than this less accurate than a converged softmax regression.
LESS_ACCURATE = 0.005
# Fewer seeds where a fit takes long, and fewer iterations for the optimum.
SEEDS, SEEDS_OF_LARGE = 5, 2
REFERENCE = {"solver": "lbfgs", "tol": 1e-7, "max_iter": 1000}
REFERENCE_OF_LARGE = {"solver": "lbfgs", "tol": 1e-5, "max_iter": 300}
HEADER = ("data", "alpha", "loss", "lowest F", "worst F", "distance", "accuracy", "converged")
HEADER += ("seconds", "LogisticRegression")
WIDTHS = (14, 8, 9, 12, 12, 12, 11, 11, 10, 12)


def load(name):
    """Training and test rows in float64, as they come; 30 % test where none are set apart."""
    if name in MADE:
        return made(*MADE[name])
    if name in LARGE:
        found = data.load(name, "float64")
        return found.X, found.X_test, found.y, found.y_test
    if name in BUNDLED:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    else:
        archive = read(folder() / f"{name}.npz")
        if "X" not in archive:
            X, y, X_test, y_test = (archive[part] for part in PARTS)
            return X.astype(np.float64), X_test.astype(np.float64), y, y_test
        X, y = archive["X"].astype(np.float64), archive["y"]
    return train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)


def made(n_rows, n_features, n_classes, class_sep, flip_y):
    """Rows of classes that overlap or not, features in units from 0.01 to 100; 30 % test rows."""
    X, y = datasets.make_classification(
        n_rows * 10 // 7,
        n_features,
        n_informative=n_features // 2,
        n_redundant=5,
        n_classes=n_classes,
        class_sep=class_sep,
        flip_y=flip_y,
        random_state=0,
    )
    X *= np.random.default_rng(0).permutation(np.logspace(-2, 2, n_features))
    return train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)


def timed(clf, X, y):
    """The seconds of a fit."""
    start = time.perf_counter()
    clf.fit(X, y)
    return time.perf_counter() - start


def measure(name, parts, alpha, losses, seeds):
    """A finding for each loss: a dict of numbers."""
    X, X_test, y, y_test = parts
    settings = REFERENCE_OF_LARGE if name in LARGE else REFERENCE
    peer = LogisticRegression(C=Problem(name, "softmax", alpha).C(len(y)))
    fits, seconds, peers = {loss: [] for loss in losses}, {loss: [] for loss in losses}, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        softmax = SoftmaxGDClassifier(alpha=alpha, **settings).fit(X, y)
        for seed in range(seeds):
            peers.append(timed(peer, X, y))
            for loss in losses:
                fits[loss].append(ESTIMATORS[loss](alpha=alpha, random_state=seed))
                seconds[loss].append(timed(fits[loss][-1], X, y))
        for loss in losses:
            best = softmax
            if loss != "softmax":
                best = ESTIMATORS[loss](alpha=alpha, **settings).fit(X, y)
            ends = [fit.objective_ for fit in fits[loss]]
            yield {
                "data": name,
                "alpha": alpha,
                "loss": loss,
                "lowest": min(best.objective_, *ends),
                "worst": max(ends),
                "accuracy": float(np.median([fit.score(X_test, y_test) for fit in fits[loss]])),
                "converged": softmax.score(X_test, y_test),
                "seconds": float(np.median(seconds[loss])),
                "LogisticRegression": float(np.median(peers)),
                "seeds": seeds,
                "rows": len(y),
                "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            }


def cells(found):
    """A row of the table; what misses its aim is bold."""
    lowest, worst = found["lowest"], found["worst"]
    met = worst - lowest <= (ABSOLUTE if lowest < LOW else RELATIVE * lowest)
    distance = f"{worst - lowest:.4f}" if lowest < LOW else f"{100 * (worst / lowest - 1):.2f} %"
    slow = found["rows"] > 5000 and found["seconds"] > found["LogisticRegression"]
    seconds, accuracy = f"{found['seconds']:.2g}", f"{found['accuracy']:.4f}"
    worse = found["loss"] == "softmax" and found["accuracy"] < found["converged"] - LESS_ACCURATE
    return (
        found["data"],
        f"{found['alpha']:g}",
        found["loss"],
        f"{lowest:.5f}",
        f"{worst:.5f}",
        distance if met else f"**{distance}**",
        f"**{accuracy}**" if worse else accuracy,
        f"{found['converged']:.4f}",
        f"**{seconds}**" if slow else seconds,
        f"{found['LogisticRegression']:.2g}",
    )


def write(path, findings):
    """Write the table of what was found."""
    machine = describe()
    dates = sorted({found["date"] for found in findings})
    seeds = {}
    for found in findings:
        seeds.setdefault(found["seeds"], {})[found["data"]] = None  # a set in the table's order
    line = f"{machine['cpu']}, {machine['cores']} cores; {dates[0]}"
    line += f" to {dates[-1]}" if len(dates) > 1 else ""
    line += ". Seeds: " + "; ".join(f"{n} of {', '.join(seeds[n])}" for n in sorted(seeds)) + "."
    table = rst_table(HEADER, [cells(found) for found in findings], WIDTHS)
    path.parent.mkdir(parents=True, exist_ok=True)
    note = ".. Generated by python -m benchmarks.defaults; do not edit it.\n\n"
    path.write_text(f"{note}{table}\n{line}\n", encoding="utf-8")


def renew(file, names, alphas, losses, seeds=None):
    """Measure, keep in the file beside what is there; returns all that is there, in order."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    for name in names:
        parts = load(name)
        for alpha in alphas:
            many = seeds or (SEEDS_OF_LARGE if name in LARGE else SEEDS)
            for found in measure(name, parts, alpha, losses, many):
                print(*cells(found), flush=True)
                kept = [one for one in kept if _key(one) != _key(found)] + [found]
                kept.sort(key=_key)
                file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return kept


def _key(found):
    place = (*BUNDLED, *MADE, *IN_FOLDER, *LARGE).index(found["data"])
    return place, -found["alpha"], list(ESTIMATORS).index(found["loss"])


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.defaults")
    parser.add_argument("--path", type=Path, default=TABLE, help="where the table goes")
    parser.add_argument("--file", type=Path, default=FILE, help="where the findings are kept")
    parser.add_argument("--seeds", type=int, help="fits of each problem")
    names = (*BUNDLED, *MADE, *(IN_FOLDER + LARGE if folder() else ()))
    parser.add_argument("--sets", default=",".join(names), help="data sets, with commas, or ''")
    alphas = ",".join(f"{alpha:g}" for alpha in ALPHAS)
    parser.add_argument("--alphas", default=alphas, help="strengths, with commas")
    losses = ",".join(ESTIMATORS)
    parser.add_argument("--losses", default=losses, help=f"some of {losses}, with commas")
    options = parser.parse_args(arguments)
    alphas = [float(alpha) for alpha in options.alphas.split(",")]
    sets = [name for name in options.sets.split(",") if name]  # none: the table alone
    losses = options.losses.split(",")
    write(options.path, renew(options.file, sets, alphas, losses, options.seeds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
