"""What a pass over Dask blocks costs, and a model of it.

python -m benchmarks.workers [--rows N ...]

It measures, on a cluster of one, two and three processes of this machine, by blocks and workers,

* a pass that computes nothing, and one of loss and gradient over ten rows a block;
* passes of loss and gradient over random rows of MNIST's width;

fits the model of docs/scaling.rst to the passes over ten rows a block and to one pass in memory,
and prints what it says of the others, measured and predicted, and of 100 workers with 10⁹ rows.
"""

import argparse
import statistics
import time
import warnings

import numpy as np
from scipy.optimize import nnls

FEATURES, CLASSES = 784, 10
BLOCKS = (4, 16, 64)
FEW = 10  # rows a block that cost nothing


def nothing(part):
    return 0


def median_of(call, repeats=9):
    call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def made(seed, n_rows):
    return np.random.default_rng(seed).random((n_rows, FEATURES), dtype=np.float32)


def objective_on(n_rows, n_blocks):
    """The objective of softmax regression on random rows in blocks, made on the workers."""
    import dask
    import dask.array

    from sklinear_gd import SoftmaxGDClassifier
    from sklinear_gd._rows import check_rows_and_labels

    size = n_rows // n_blocks
    blocks = [
        dask.array.from_delayed(dask.delayed(made)(k, size), (size, FEATURES), np.float32)
        for k in range(n_blocks)
    ]
    y = np.arange(size * n_blocks) % CLASSES
    model = SoftmaxGDClassifier()
    rows = check_rows_and_labels(model, dask.array.concatenate(blocks), y, None, reset=True)
    return model._objective(rows, rows.classes())


def evaluation(objective):
    params = objective.zeros()
    gradient = np.zeros_like(params)
    return lambda: objective.value_and_gradient(params, gradient)


def measure(n_workers, row_counts):
    """Empty passes and overheads by blocks, and passes by rows and blocks, in seconds."""
    import distributed

    found = {"workers": n_workers, "empty": {}, "overhead": {}, "passes": {}}
    cluster = distributed.LocalCluster(
        n_workers=n_workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with cluster, distributed.Client(cluster):
        for n_blocks in BLOCKS:
            for n_rows in row_counts:
                objective = objective_on(n_rows, n_blocks)
                found["passes"][n_rows, n_blocks] = median_of(evaluation(objective))
            objective = objective_on(FEW * n_blocks, n_blocks)
            found["empty"][n_blocks] = median_of(lambda own=objective: own.map(nothing))
            found["overhead"][n_blocks] = median_of(evaluation(objective))
    return found


def constants(runs, in_memory):
    """The model's constants by least squares over the overheads."""
    rows, wanted = [], []
    for run in runs:
        for n_blocks, seconds in run["overhead"].items():
            rows.append([1.0, run["workers"], n_blocks, n_blocks / run["workers"]])
            wanted.append(seconds)
    found = nnls(np.array(rows), np.array(wanted))[0]
    names = ("fixed", "worker", "block_of_client", "block_of_worker")
    return {**dict(zip(names, found.tolist(), strict=True)), "row": in_memory}


def predicted(known, n_rows, n_workers, n_blocks):
    """Seconds of a pass, as docs/scaling.rst has it."""
    shared = n_blocks * known["block_of_worker"] + n_rows * known["row"]
    overhead = n_workers * known["worker"] + n_blocks * known["block_of_client"]
    return known["fixed"] + overhead + shared / n_workers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[19_200, 76_800])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    from sklinear_gd import SoftmaxGDClassifier
    from sklinear_gd._rows import Rows

    n_rows = options.rows[-1]
    rows = Rows(made(0, n_rows), np.arange(n_rows) % CLASSES, None)
    objective = SoftmaxGDClassifier()._objective(rows, np.arange(CLASSES))
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        one_thread = median_of(evaluation(objective))
    runs = [measure(n_workers, options.rows) for n_workers in (1, 2, 3)]
    known = constants(runs, one_thread / n_rows)
    print(f"in memory, one thread: {1e3 * one_thread:.1f} ms for {n_rows} rows")
    print({name: float(f"{value:.3g}") for name, value in known.items()})
    print("workers, blocks, rows, empty ms, overhead ms, measured ms, predicted ms")
    for run in runs:
        for (n_rows, n_blocks), seconds in run["passes"].items():
            model = predicted(known, n_rows, run["workers"], n_blocks)
            fixed = run["empty"][n_blocks], run["overhead"][n_blocks]
            numbers = (1e3 * x for x in (*fixed, seconds, model))
            print(run["workers"], n_blocks, n_rows, *(f"{x:.1f}" for x in numbers), sep=", ")
    for n_workers, n_blocks in ((10, 100), (100, 100), (100, 1000)):
        seconds = predicted(known, 10**9, n_workers, n_blocks)
        print(f"10^9 rows, {n_workers} workers, {n_blocks} blocks: {seconds:.2f} s a pass")


if __name__ == "__main__":
    main()
