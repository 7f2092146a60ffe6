"""A child process: an epoch of ``fit`` and the sum of X in turn, with so many threads.

OMP_NUM_THREADS=2 python -m benchmarks.stream '{"data": ..., "threads": 2, ...}'
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from benchmarks.adapters.project import estimator
from benchmarks.data import taken_over
from benchmarks.problems import Problem
from benchmarks.rows.epochs import ADAM
from benchmarks.timing import in_turn


def main(order):
    data = taken_over(order["data"])
    problem, epochs = Problem("mnist", "softmax", 1e-4), order["epochs"]
    ours = estimator(problem, max_iter=epochs, random_state=0, **ADAM)
    half = len(data.y) // 2
    parts = (data.X[:half], data.X[half:]) if order["threads"] == 2 else (data.X,)
    with ThreadPoolExecutor(len(parts)) as pool:

        def stream():
            return sum(pool.map(lambda part: part.sum(), parts))

        tasks = {"epoch": lambda: ours.fit(data.X, data.y), "stream": stream}
        if len(parts) == 1:
            tasks["stream"] = data.X.sum
        samples = in_turn(tasks, order["repeats"])
    found = {
        "epoch": samples["epoch"].median / epochs,
        "stream": samples["stream"].median,
        "samples": {name: one.seconds for name, one in samples.items()},
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
