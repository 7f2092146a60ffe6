"""Training on a GPU: ``python -m benchmarks.device`` times it beside a loop written in PyTorch.

It needs PyTorch, array-api-compat and a GPU. Both sides get the same float32 arrays on the device,
the same objective (softmax, L2), Adam and the same batches; the loop is what one writes by hand.
What was measured is written as JSON, and from it the table of the documentation.

    python -m benchmarks.device                    measure, then write both
    python -m benchmarks.device --from FILE        write the table of earlier measurements
"""

import argparse
import datetime
import json
import os
import statistics
import sys
import time
import warnings
from pathlib import Path

os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning

from benchmarks import ROOT

RECORD = ROOT / "benchmarks" / "device.json"
TABLE = ROOT / "docs" / "tables" / "device.rst"
ALPHA, RATE = 1e-4, 1e-3
WARM_UP, EPOCHS = 2, 5
BATCHES = (4096, 16384)
RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
PATIENCE = 12  # seconds for one way to 1 % of the optimum


# -- the data, made or put on the device -------------------------------------------------------


def images(name):
    """MNIST or CIFAR-10."""
    import torch

    from benchmarks.data import load

    data = load(name)
    return torch.asarray(data.X, device="cuda"), torch.asarray(data.y, device="cuda")


def many_classes(n_rows=1_000_000, n_features=4096, n_classes=1000):
    """Rows around the centres of 1,000 classes."""
    import torch

    generator = torch.Generator("cuda").manual_seed(0)
    y = torch.randint(n_classes, (n_rows,), generator=generator, device="cuda")
    centres = torch.randn(n_classes, n_features, generator=generator, device="cuda")
    X = torch.empty(n_rows, n_features, device="cuda")
    for start in range(0, n_rows, 50_000):
        part = slice(start, min(start + 50_000, n_rows))
        X[part].normal_(generator=generator)
        X[part] += 0.1 * centres[y[part]]
    return X, y


SETS = {
    "MNIST": lambda: images("mnist"),
    "CIFAR-10": lambda: images("cifar10"),
    "1,000 classes": many_classes,
}


# -- the loop ----------------------------------------------------------------------------------


class Loop:
    """Softmax regression as one writes it in PyTorch."""

    def __init__(self, X, y, batch_size, rate=RATE, **adam):
        import torch

        self.X, self.y, self.batch_size = X, y, batch_size
        n_classes = int(y.max()) + 1
        self.layer = torch.nn.Linear(X.shape[1], n_classes, device=X.device, dtype=X.dtype)
        torch.nn.init.zeros_(self.layer.weight)
        torch.nn.init.zeros_(self.layer.bias)
        self.optimizer = torch.optim.Adam(self.layer.parameters(), rate, **adam)

    def objective(self, rows):
        """F on some rows."""
        import torch

        loss = torch.nn.functional.cross_entropy(self.layer(self.X[rows]), self.y[rows])
        return loss + ALPHA / 2 * self.layer.weight.square().sum()

    def epoch(self):
        """One pass in random batches."""
        import torch

        for batch in torch.randperm(len(self.y), device=self.X.device).split(self.batch_size):
            self.optimizer.zero_grad()
            self.objective(batch).backward()
            self.optimizer.step()

    def value(self):
        """F on all rows, a block at a time."""
        import torch

        total = 0.0
        with torch.no_grad():
            for start in range(0, len(self.y), 1 << 16):
                rows = slice(start, start + (1 << 16))
                total += self.objective(rows).double() * len(self.y[rows])
        return float(total) / len(self.y)


def loop_epochs(X, y, batch_size, **adam):
    """Seconds of every epoch after the warm-up."""
    import torch

    loop, seconds = Loop(X, y, batch_size, **adam), []
    for _ in range(WARM_UP + EPOCHS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        loop.epoch()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds[WARM_UP:]


def loop_to(X, y, batch_size, goal):
    """The fewest seconds among some rates until F <= goal, F being computed after every epoch."""
    import torch

    best, best_rate = None, None
    for rate in RATES:
        torch.cuda.synchronize()
        start = time.perf_counter()
        loop = Loop(X, y, batch_size, rate)
        while time.perf_counter() - start < (best or PATIENCE):
            loop.epoch()
            if loop.value() <= goal:
                best, best_rate = time.perf_counter() - start, rate
                break
    return best, best_rate


# -- the project -------------------------------------------------------------------------------


def fit(X, y, **params):
    """A fitted estimator and the seconds that it took."""
    import torch

    from sklinear_gd import SoftmaxGDClassifier

    clf = SoftmaxGDClassifier(alpha=ALPHA, random_state=0, **params)
    torch.cuda.synchronize()
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # few epochs are asked for
        clf.fit(X, y)
    torch.cuda.synchronize()
    return clf, time.perf_counter() - start


def own_epochs(X, y, batch_size, **params):
    """Seconds of every epoch after the warm-up."""
    params = {"optimizer": "adam", "learning_rate": RATE, **params}
    clf, _ = fit(X, y, batch_size=batch_size, max_iter=WARM_UP + EPOCHS, tol=None, **params)
    return np.diff(clf.history_["seconds"])[WARM_UP - 1 :].tolist()


def own_to(X, y, batch_size, goal, **params):
    """Seconds of a fit, from its call on, until F <= goal; F is computed after every epoch."""
    params = {"max_iter": 200, "tol": 1e-12, "n_iter_no_change": 1000, **params}
    clf, total = fit(X, y, batch_size=batch_size, **params)
    there = np.flatnonzero(clf.history_["objective"] <= goal)
    if not len(there):
        return None
    seconds = clf.history_["seconds"]
    return float(total - seconds[-1] + seconds[there[0]])


# -- what is measured --------------------------------------------------------------------------


def measure(name):
    """All figures of one data set."""
    X, y = SETS[name]()
    classes = int(y.max()) + 1
    found = {"name": name, "shape": [*X.shape, classes], "epochs": [], "optimum": []}
    for batch_size in BATCHES:
        row = {
            "batch_size": batch_size,
            "own": own_epochs(X, y, batch_size, precondition=False),
            "conditioned": own_epochs(X, y, batch_size, precondition="diagonal"),
            "loop": loop_epochs(X, y, batch_size),
            "fused": loop_epochs(X, y, batch_size, fused=True),
        }
        found["epochs"].append(row)
        print(name, {key: np.median(value) for key, value in row.items()}, flush=True)
    large = X.shape[0] * classes > 1e8
    reference, seconds = fit(X, y, solver="lbfgs", max_iter=60 if large else 1000, tol=1e-6)
    found["lowest"] = reference.objective_
    found["lbfgs"] = {"seconds": seconds, "iterations": reference.n_iter_}
    goal = 1.01 * reference.objective_
    print(name, "lowest", reference.objective_, found["lbfgs"], flush=True)
    for batch_size in BATCHES:
        row = {"batch_size": batch_size}
        row["own"] = own_to(X, y, batch_size, goal, max_iter=20 if large else 500)
        row["loop"], row["loop_rate"] = loop_to(X, y, batch_size, goal)
        found["optimum"].append(row)
        print(name, row, flush=True)
    return found


def machine():
    """The device and the versions."""
    import torch

    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "device": torch.cuda.get_device_name(),
        "versions": {"torch": torch.__version__, "scikit-learn": sklearn.__version__},
    }


# -- the table ---------------------------------------------------------------------------------


def _text(seconds):
    if seconds is None:
        return "not reached"
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def table(record):
    """The table as reStructuredText."""
    from benchmarks.report import rst_table

    header = ["data", "batch", "an epoch", "with precondition", "loop", "loop, fused Adam", "ratio"]
    header += ["to 1 % of the optimum", "loop, best rate", "L-BFGS in all"]
    rows = []
    for found in record["sets"]:
        n_rows, n_features, n_classes = found["shape"]
        for epochs, optimum in zip(found["epochs"], found["optimum"], strict=True):
            names = ("own", "conditioned", "loop", "fused")
            own, conditioned, loop, fused = (statistics.median(epochs[name]) for name in names)
            rows.append(
                [
                    f"{found['name']}, {n_rows:,} × {n_features:,} × {n_classes:,}",
                    f"{epochs['batch_size']:,}",
                    *map(_text, (own, conditioned, loop, fused)),
                    f"{own / loop:.2f}",
                    *map(_text, (optimum["own"], optimum["loop"], found["lbfgs"]["seconds"])),
                ]
            )
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    note = f"Measured on one {record['device']}, {versions}, {record['date']}.\n"
    return rst_table(header, rows, (22, 8, 9, 11, 9, 9, 7, 10, 10, 9)) + "\n" + note


def write(record, path):
    """Write the table."""
    note = ".. Generated by python -m benchmarks.device; do not edit it.\n\n"
    path.write_text(note + table(record), encoding="utf-8")


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__)
    parser.add_argument("--sets", default=";".join(SETS), help="names of data sets, with ';'")
    parser.add_argument("--record", type=Path, default=RECORD, help="the JSON file to write")
    parser.add_argument("--table", type=Path, default=TABLE, help="the table to write")
    parser.add_argument("--from", dest="earlier", type=Path, help="a JSON file to make it from")
    options = parser.parse_args(arguments)
    if options.earlier:
        record = json.loads(options.earlier.read_text())
    else:
        record = {**machine(), "sets": []}
        with sklearn.config_context(array_api_dispatch=True):
            for name in options.sets.split(";"):
                record["sets"].append(measure(name))
                options.record.write_text(json.dumps(record, indent=1) + "\n")
    write(record, options.table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
