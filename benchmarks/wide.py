"""Wide models: what a step costs, and what a fit holds, by features, classes and non-zeros.

python -m benchmarks.wide [--settings NAME ...] [--small]

Softmax regression on random sparse rows (float32), a row at a time, each fit in a process of its
own. ``benchmarks/wide.json`` keeps what was measured, setting by setting; from it come the table
``docs/tables/wide.rst`` and the picture ``docs/_static/wide.png``. A step's time is the difference
of two epochs, one with twice the rows, so that what an epoch pays once is not in it.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks import ROOT
from benchmarks.machine import describe
from benchmarks.peak import resident
from benchmarks.timing import child
from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.schedules import Constant

RECORD = ROOT / "benchmarks" / "wide.json"
TABLE = ROOT / "docs" / "tables" / "wide.rst"
PICTURE = ROOT / "docs" / "_static" / "wide.png"

# The optimizer's arrays like coef_ stand last.
SETTINGS = {
    "plain SGD, L2": ({"optimizer": "sgd", "penalty": "l2"}, 0),
    "plain SGD, L1": ({"optimizer": "sgd", "penalty": "l1"}, 0),
    "AdaGrad, L1": ({"optimizer": "adagrad", "penalty": "l1"}, 1),
}
# One decade after the other, around a point that all three share.
FEATURES, CLASSES, NON_ZEROS = 100_000, 1000, 100
CURVES = {
    "features": (1000, 10_000, 100_000, 1_000_000),
    "classes": (3, 10, 100, 1000),
    "non_zeros": (1, 10, 100, 1000),
}
EPOCHS = 3
WORK = 2e8  # multiply-adds of the shorter epoch, about


class Clock(Constant):
    """A constant rate that notes what the updates of each epoch take."""

    begun: float = 0.0
    seconds: tuple = ()

    def factor(self, t, horizon, state):
        Clock.begun = time.perf_counter()
        return super().factor(t, horizon, state)

    def observe(self, objective, horizon, state):
        Clock.seconds += (time.perf_counter() - Clock.begun,)


def rows(n_rows, n_features, n_classes, non_zeros):
    """Rows of random features and values; every class has some."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(n_rows) % n_classes)
    indices = rng.integers(0, n_features, size=(n_rows, non_zeros), dtype=np.int32)
    values = rng.random(indices.size, dtype=np.float32)
    starts = np.arange(0, indices.size + 1, non_zeros, dtype=np.int32)
    return sparse.csr_array((values, indices.ravel(), starts), shape=(n_rows, n_features)), y


def fit(setting, X, y):
    """The fitted model, the seconds of all updates of an epoch, and those of a whole epoch."""
    Clock.seconds = ()
    model = SoftmaxGDClassifier(
        alpha=1e-5,
        batch_size=1,
        learning_rate=0.1,
        schedule=Clock(),
        max_iter=EPOCHS,
        tol=None,
        random_state=0,
        **SETTINGS[setting][0],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    # The first epoch's memory is new, and has to be found.
    return model, min(Clock.seconds[1:]), min(np.diff(model.history_["seconds"]))


def measure(order):
    """In a child: the figures of one point."""
    setting, size = order["setting"], [order[name] for name in CURVES]
    n_features, n_classes, non_zeros = size
    n_rows = int(np.clip(WORK / (non_zeros * n_classes), max(1000, n_classes), 50_000))
    fit(setting, *rows(1000, 1000, 3, 2))
    X, y = rows(n_rows, *size)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is now
    start = time.perf_counter()
    model, updates, epoch = fit(setting, X, y)
    whole = time.perf_counter() - start
    peak = resident("VmHWM") - before
    found = {"rows": n_rows, "coef": n_features * n_classes * 4, "peak": peak, "fit": whole}
    start = time.perf_counter()
    model.sparsify()
    found |= {"sparsify": time.perf_counter() - start, "share": model.coef_.nnz}
    found["share"] /= n_features * n_classes
    del model
    twice = fit(setting, *rows(2 * n_rows, *size))[1]
    found |= {"step": (twice - updates) / n_rows, "rest": epoch - updates}
    return order | found


def points(small):
    """What is measured: each size alone is changed, all else stays."""
    base = {"features": FEATURES, "classes": CLASSES, "non_zeros": NON_ZEROS}
    for name, values in CURVES.items():
        for value in values[: 2 if small else None]:
            point = base | {name: value}
            if value != base[name] or name == "features":
                yield point


def write(record, table=TABLE, picture=PICTURE):
    """The table and the picture of what was measured."""
    from benchmarks.report import rst_table

    lines = []
    for point in record["points"]:
        coef = point["coef"]
        lines.append(
            [
                point["setting"],
                *(f"{point[name]:,}" for name in CURVES),
                f"{coef / 1e6:,.1f} MB",
                f"{point['peak'] / coef:.2f}" if coef > 1e7 else f"{point['peak'] / 1e6:.1f} MB",
                f"{1e6 * point['step']:.3g} µs",
                f"{point['rest']:.3g} s",
            ]
        )
    header = ["setting", "features", "classes", "non-zeros", "``coef_``"]
    header += ["peak of ``fit`` / ``coef_``", "a step", "end of an epoch"]
    machine = record["machine"]
    note = ".. Generated by python -m benchmarks.wide; do not edit it.\n\n"
    made = f"\n{machine['date']}, {machine['cpu']}, {machine['cores']} cores, {machine['simd']}.\n"
    table.write_text(
        note + rst_table(header, lines, (20, 12, 10, 10, 12, 12, 12, 12)) + made, "utf-8"
    )
    draw(record).savefig(picture, dpi=100, metadata={"Software": None})


def draw(record):
    """Microseconds of a step over each of the three sizes."""
    from matplotlib.figure import Figure

    from benchmarks.draw import OURS, PEERS

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    base = {"features": FEATURES, "classes": CLASSES, "non_zeros": NON_ZEROS}
    for axes, name in zip(figure.subplots(1, 3, sharey=True), CURVES, strict=True):
        others = {key: value for key, value in base.items() if key != name}
        for setting, colour, marker in zip(SETTINGS, (OURS, *PEERS[:2]), "os^", strict=True):
            chosen = [
                point
                for point in record["points"]
                if point["setting"] == setting and others.items() <= point.items()
            ]
            chosen.sort(key=lambda point, by=name: point[by])
            sizes = [point[name] for point in chosen]
            steps = [1e6 * point["step"] for point in chosen]
            axes.loglog(sizes, steps, color=colour, marker=marker, label=setting)
        if name != "features" and sizes:
            line = steps[-1] * np.array(sizes) / sizes[-1]
            axes.loglog(sizes, line, color="black", ls=":", lw=1, label="proportional")
        axes.set_xlabel(name.replace("_", "-") + (" of a row" if name == "non_zeros" else ""))
        axes.set_title(
            ", ".join(f"{others[key]:,} {key.replace('_', '-')}" for key in others),
            fontsize="small",
        )
        axes.grid(which="major", alpha=0.3)
    figure.axes[0].set_ylabel("microseconds a step")
    figure.axes[1].legend(frameon=False, fontsize="small")
    return figure


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--small", action="store_true", help="two sizes of each, for a look")
    parser.add_argument("point", nargs="?", type=json.loads, help="for a child: what to measure")
    options = parser.parse_args(arguments)
    if options.point:
        print(json.dumps(measure(options.point)), flush=True)
        return 0
    earlier = json.loads(RECORD.read_text("utf-8"))["points"] if RECORD.exists() else []
    kept = [point for point in earlier if point["setting"] not in options.settings]
    for setting in options.settings:
        for point in points(options.small):
            order = {"setting": setting, **point}
            found = list(child("benchmarks.wide", order))[-1]
            print(json.dumps(found), flush=True)
            if "failed" in found:
                return 1
            kept.append(found)
    order = list(SETTINGS)
    kept.sort(key=lambda point: order.index(point["setting"]))
    record = {"machine": describe(), "points": kept}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    write(record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
