"""A child process: the peak of its memory during one fit, above what it held before.

python -m benchmarks.peak '{"problem": {...}, "solver": ..., "data": ..., "share": 0.5}'

The fit takes the first rows, that share of all.
"""

import gc
import json
import sys
from pathlib import Path

from scipy import sparse

from benchmarks import adapters
from benchmarks.data import few_rows, taken_over
from benchmarks.problems import Problem
from benchmarks.timing import quiet

EPOCHS = 3


def resident(field):
    """A size of this process in bytes: VmRSS now, or VmHWM, the highest so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {field} here: this benchmark needs Linux")


def _size(X):
    if sparse.issparse(X):
        return X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    return X.nbytes


def main(order):
    problem = Problem(**order["problem"])
    data = taken_over(order["data"])
    adapter = adapters.find(order["solver"], problem, data)
    rows = int(order["share"] * len(data.y))
    X, y = (data.X, data.y) if rows == len(data.y) else (data.X[:rows], data.y[:rows])
    estimator = adapter.make(problem, data, EPOCHS)
    with quiet():
        # So that imports, thread pools and buffers are there.
        adapter.make(problem, data, 1).fit(*few_rows(data))
        gc.collect()
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the highest so far is now
        estimator.fit(X, y)
        peak = resident("VmHWM") - before
    found = {
        "peak": max(peak, 0),
        "coef": adapter.model(estimator).coef.size * data.X.dtype.itemsize,
        "rows": rows,
        "X": _size(X),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
