"""The optimum F* of every problem, computed once and kept in a file."""

import json
import time
from pathlib import Path

from benchmarks import newton
from benchmarks.data import load
from benchmarks.problems import accuracy

FILE = Path(__file__).parent / "optima.json"
TOL = 1e-8


def fingerprint(data):
    """What tells one source of the data from another."""
    n_rows, n_features = data.X.shape
    return f"{n_rows}x{n_features}/{data.stored}/{abs(data.X).sum():.6e}"


def optimum(problem, tiny=False, path=FILE):
    """F* of a problem, with the test accuracy there and the bound on its error.

    Parameters
    ----------
    problem : Problem
    tiny : bool
        Use the made-up data, and keep nothing.
    path : Path
        The file of all optima so far.

    Returns
    -------
    entry : dict
        ``objective``, ``gap`` (relative), ``accuracy``, ``seconds``, ``data``.
    """
    data = load(problem.dataset, "float64", tiny)
    kept = json.loads(path.read_text()) if path.exists() and not tiny else {}
    entry = kept.get(problem.key)
    if entry and entry["data"] == fingerprint(data):
        return entry
    start = time.perf_counter()
    found = newton.minimize(problem, data, TOL)
    entry = {
        "objective": found.objective,
        "gap": float(found.gap),
        "accuracy": accuracy(data, found.model),
        "seconds": round(time.perf_counter() - start, 1),
        "data": fingerprint(data),
    }
    if not tiny:
        kept[problem.key] = entry
        path.write_text(json.dumps(dict(sorted(kept.items())), indent=2) + "\n")
    return entry
