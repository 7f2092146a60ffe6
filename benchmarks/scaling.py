"""What a pass over Dask blocks costs, and a model of it.

python -m benchmarks.scaling [--rows N ...]

It measures, on a cluster of one and of two processes of this machine:

* the overhead of a pass that computes nothing, by the number of blocks and workers;
* a pass of loss and gradient over random rows of MNIST's size, by rows, blocks and workers;

fits the model of docs/scaling.rst to the first and to one pass in memory, and prints what it says
of the second, measured and predicted, and of 100 workers with 10⁹ rows.
"""

import argparse
import statistics
import time
import warnings

import numpy as np

FEATURES, CLASSES = 784, 10
BLOCKS = (4, 16, 64)
MEGABYTE = 250_000  # in numbers of float32


def nothing(part):
    return 0


def bulk(part, size):
    return (np.zeros(size, dtype=np.float32),)


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
    """Overheads by blocks, transfers, and passes by rows and blocks, in seconds."""
    import distributed

    found = {"workers": n_workers, "overhead": {}, "transfer": {}, "passes": {}}
    cluster = distributed.LocalCluster(
        n_workers=n_workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with cluster, distributed.Client(cluster):
        for n_blocks in BLOCKS:
            for n_rows in row_counts:
                objective = objective_on(n_rows, n_blocks)
                found["passes"][n_rows, n_blocks] = median_of(evaluation(objective))
            found["overhead"][n_blocks] = median_of(lambda own=objective: own.map(nothing))
            found["transfer"][n_blocks] = median_of(
                lambda own=objective: own.design.add(own, bulk, MEGABYTE, size=4 * MEGABYTE), 3
            )
    return found


def constants(runs, in_memory):
    """The model's constants by least squares over the overheads."""
    rows, wanted = [], []
    for run in runs:
        for n_blocks, seconds in run["overhead"].items():
            rows.append([1.0, run["workers"], n_blocks])
            wanted.append(seconds)
    fixed, per_worker, per_block = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)[0]
    last = runs[-1]
    most = max(BLOCKS)
    bandwidth = most * 1e6 / (last["transfer"][most] - last["overhead"][most])
    return {
        "fixed": fixed,
        "per_worker": max(per_worker, 0.0),
        "per_block": max(per_block, 0.0),
        "bandwidth": bandwidth,
        "row": in_memory,
    }


def predicted(known, n_rows, n_workers, n_blocks, n_bytes=4 * 785 * 16, row=None):
    """Seconds of a pass, as docs/scaling.rst has it."""
    overhead = known["fixed"] + known["per_worker"] * n_workers + known["per_block"] * n_blocks
    work = n_rows * (known["row"] if row is None else row) / n_workers
    return overhead + n_blocks * n_bytes / known["bandwidth"] + work


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
    runs = [measure(n_workers, options.rows) for n_workers in (1, 2)]
    known = constants(runs, one_thread / n_rows)
    print(f"in memory, one thread: {1e3 * one_thread:.1f} ms for {n_rows} rows")
    print({name: float(f"{value:.3g}") for name, value in known.items()})
    print("workers, blocks, rows, overhead ms, measured ms, predicted ms")
    for run in runs:
        for (n_rows, n_blocks), seconds in run["passes"].items():
            model = predicted(known, n_rows, run["workers"], n_blocks)
            overhead = run["overhead"][n_blocks]
            numbers = (1e3 * x for x in (overhead, seconds, model))
            print(run["workers"], n_blocks, n_rows, *(f"{x:.1f}" for x in numbers), sep=", ")
    for n_workers, n_blocks in ((10, 100), (100, 100), (100, 1000)):
        seconds = predicted(known, 10**9, n_workers, n_blocks)
        print(f"10^9 rows, {n_workers} workers, {n_blocks} blocks: {seconds:.2f} s a pass")


if __name__ == "__main__":
    main()
