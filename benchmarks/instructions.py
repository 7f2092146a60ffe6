"""A guard on the kernels' work: instructions of five cases, counted by valgrind.

    python -m benchmarks instructions            # compare with instructions.json
    python -m benchmarks instructions --update   # keep the counts as the new norm

Counts do not depend on what else the machine does, so a change of 10 % is a change of the code or
of the compiler. They are taken on one thread and with AVX2, which valgrind knows.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks import ROOT

FILE = Path(__file__).parent / "instructions.json"
TOLERANCE = 0.10
# So many that what differs from process to process, about a million, does not count.
CALLS = 25
CASES = (
    "dense float32, Adam, batches of 128, softmax",
    "dense float64, SGD, batches of 1, softmax",
    "dense float64, all rows, Weston-Watkins",
    "CSR float32, SGD, batches of 8, softmax",
    "CSR float64, all rows, softmax",
)


def check(update=False):
    """Count, print, and compare with the norm or replace it; returns the exit status."""
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: nothing is counted.")
        return 0
    base = _count("none")
    counts = {case: (_count(str(k)) - base) // CALLS for k, case in enumerate(CASES)}
    norm = json.loads(FILE.read_text())["instructions"] if FILE.exists() else {}
    worst = 0.0
    for case, count in counts.items():
        change = count / norm[case] - 1 if case in norm else 0.0
        worst = max(worst, change)
        print(f"{case:<46} {count:>13,}  {change:+7.1%}")
    if update or not norm:
        about = {"simd": "avx2", "threads": 1, "instructions": counts}
        FILE.write_text(json.dumps(about, indent=2) + "\n")
        print(f"kept as the norm in {FILE.name}")
        return 0
    if worst > TOLERANCE:
        print(f"MISS: {worst:.1%} more than the norm; at most {TOLERANCE:.0%} is allowed.")
        return 1
    print("PASS")
    return 0


def _count(case):
    """Instructions of a process that calls one case (or none) some times more than the others."""
    environment = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SKLINEAR_GD_SIMD": "avx2",
        "PYTHONHASHSEED": "0",
    }
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    found = subprocess.run(
        [*tool, sys.executable, "-m", "benchmarks.instructions", case],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    counted = re.search(r"Collected : (\d+)", found.stderr)
    if found.returncode or not counted:
        raise RuntimeError(f"valgrind failed: {found.stderr[-500:]}")
    return int(counted.group(1))


def _kernels():
    """The kernels alone: the rest of the package imports too much to be counted along."""
    package = types.ModuleType("sklinear_gd")
    package.__path__ = list(find_spec("sklinear_gd").submodule_search_locations)
    sys.modules["sklinear_gd"] = package
    from sklinear_gd import kernels

    if not kernels.available:
        raise RuntimeError("the compiled kernels are not installed: nothing to count")
    return kernels


def _calls(kernels):
    """One callable for each case, on data that are the same in every process."""
    softmax = SimpleNamespace(kernel=kernels.Twin("softmax", ("label_smoothing",)))
    softmax.label_smoothing = 0.0
    hinge = SimpleNamespace(kernel=kernels.Twin("weston_watkins", ("margin",)), margin=1.0)
    sgd = SimpleNamespace(kernel=kernels.Twin("sgd"))
    adam = SimpleNamespace(beta1=0.9, beta2=0.999, epsilon=1e-8)
    adam.kernel = kernels.Twin("adam", ("beta1", "beta2", "epsilon"), ("mean", "square"))
    # No SciPy and no scikit-learn here: importing them takes a minute when every step is counted.
    rng = np.random.default_rng(0)
    X, values = rng.standard_normal((2_048, 200)), rng.random(2_048 * 50)
    indices = rng.integers(0, 5_000, size=2_048 * 50, dtype=np.int32)
    indptr = np.arange(0, 2_048 * 50 + 1, 50, dtype=np.int32)
    dense = {d: kernels.DenseRows(X.astype(d)) for d in ("float32", "float64")}
    sparse = {
        d: kernels.CsrRows(values.astype(d), indices, indptr, 5_000) for d in ("float32", "float64")
    }
    y, labels = (np.arange(2_048, dtype=np.int32) % n_classes for n_classes in (10, 20))

    def train(rows, targets, dtype, n_features, n_scores, optimizer, batch):
        params = np.zeros((n_features + 1, kernels.padded_width(n_scores, dtype)), dtype)
        state = {"t": 0} | {name: np.zeros_like(params) for name in optimizer.kernel.state}
        order = np.arange(len(targets), dtype=np.intp)
        rates = np.full(-(-len(targets) // batch), 0.01)
        model = (params, n_scores, True, softmax, optimizer, state, rates, 1e-4, 0.0)
        kernels.train(rows, targets, None, order, batch, *model)

    def full(rows, targets, dtype, n_features, n_scores, loss):
        params = np.zeros((n_features + 1, kernels.padded_width(n_scores, dtype)), dtype)
        model = (params, n_scores, True, loss, 1.0, np.zeros_like(params))
        kernels.loss_gradient(rows, targets, None, None, *model)

    return (
        lambda: train(dense["float32"], y, "float32", 200, 10, adam, 128),
        lambda: train(dense["float64"], y, "float64", 200, 10, sgd, 1),
        lambda: full(dense["float64"], y, "float64", 200, 10, hinge),
        lambda: train(sparse["float32"], labels, "float32", 5_000, 20, sgd, 8),
        lambda: full(sparse["float64"], labels, "float64", 5_000, 20, softmax),
    )


if __name__ == "__main__":
    every = _calls(_kernels())
    for call in every:
        call()
    if sys.argv[1] != "none":
        for _ in range(CALLS):
            every[int(sys.argv[1])]()
