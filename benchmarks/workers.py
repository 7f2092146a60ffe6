"""What a pass over Dask blocks costs, and a model of it.

python -m benchmarks.workers                    measure, then write both
python -m benchmarks.workers --from FILE        write the table of earlier measurements

It measures, on a cluster of one, two and three processes of this machine, by blocks and workers,

* the floor: one task on each worker that is given the parameters and returns zeros of the size of
  its blocks' gradients, without blocks;
* a pass that computes nothing, and one of loss and gradient over ten rows a block;
* passes of loss and gradient over random rows of MNIST's width;

and fits the model of docs/scaling.rst to the passes over ten rows a block and a pass in memory.
``benchmarks/workers.json`` keeps what was measured, as medians; from it come the table
``docs/tables/workers.rst``, which sets the other passes beside the model, and the text below it.
"""

import argparse
import json
import math
import statistics
import sys
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from benchmarks import ROOT
from benchmarks.machine import describe

RECORD = ROOT / "benchmarks" / "workers.json"
TABLE = ROOT / "docs" / "tables" / "workers.rst"
WORKERS = (1, 2, 3)
ROWS = (19_200, 76_800)

FEATURES, CLASSES = 784, 10
BLOCKS = (4, 16, 64, 256)
FEW = 10  # rows a block that cost nothing


def nothing(part):
    return 0


def zeros(number, params, n_blocks):
    return np.zeros((n_blocks, *params.shape), params.dtype)


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


def objective_on(n_rows, n_blocks, held):
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
    X = dask.array.concatenate(blocks)
    rows = check_rows_and_labels(model, X, y, None, held, reset=True)
    return model._objective(rows, rows.classes())


def evaluation(objective):
    params = objective.zeros()
    gradient = np.zeros_like(params)
    return lambda: objective.value_and_gradient(params, gradient)


def bare(client, n_workers, n_blocks):
    """A call that waits for one task a worker; those of the call before are let go meanwhile."""
    params, held = np.zeros((FEATURES + 1, CLASSES), np.float32), []

    def call():
        sizes = [len(own) for own in np.array_split(np.arange(n_blocks), n_workers)]
        numbers = list(range(n_workers))
        tasks = client.map(zeros, numbers, [params] * n_workers, sizes, pure=False)
        held[:] = [tasks]
        return client.gather(tasks)

    return call


def measure(n_workers):
    """Seconds of passes on so many workers: a dictionary for each number of blocks."""
    import distributed

    cluster = distributed.LocalCluster(
        n_workers=n_workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        for n_blocks in BLOCKS:
            found = {"workers": n_workers, "blocks": n_blocks}
            found["floor"] = median_of(bare(client, n_workers, n_blocks))
            with ExitStack() as held:
                objective = objective_on(FEW * n_blocks, n_blocks, held)
                found["empty"] = median_of(lambda own=objective: own.map(nothing))
                found["overhead"] = median_of(evaluation(objective))
            found["passes"] = {}
            for n_rows in ROWS:
                with ExitStack() as held:
                    objective = objective_on(n_rows, n_blocks, held)
                    found["passes"][str(n_rows)] = median_of(evaluation(objective))
            print(json.dumps(found), flush=True)
            yield found


def in_memory(n_rows=ROWS[-1]):
    """Seconds of a pass over rows in memory by one thread."""
    from threadpoolctl import threadpool_limits

    from sklinear_gd import SoftmaxGDClassifier
    from sklinear_gd._rows import Rows

    rows = Rows(made(0, n_rows), np.arange(n_rows) % CLASSES, None)
    objective = SoftmaxGDClassifier()._objective(rows, np.arange(CLASSES))
    with threadpool_limits(1):
        return median_of(evaluation(objective))


def constants(record):
    """The model's constants by least squares over the overheads' relative errors, in seconds."""
    rows, cores = [], record["machine"]["cores"]
    for run in record["runs"]:
        n_workers, n_blocks = run["workers"], run["blocks"]
        row = [1.0, n_workers, n_blocks, n_blocks / min(n_workers, cores)]
        rows.append(np.array(row) / run["overhead"])
    found = nnls(np.array(rows), np.ones(len(rows)))[0]
    names = ("fixed", "worker", "block_of_client", "block_of_worker")
    return {**dict(zip(names, found.tolist(), strict=True)), "row": record["memory"] / ROWS[-1]}


def predicted(known, n_rows, n_workers, n_blocks, cores=math.inf):
    """Seconds of a pass, as docs/scaling.rst has it, of workers that share so many cores."""
    shared = n_blocks * known["block_of_worker"] + n_rows * known["row"]
    overhead = n_workers * known["worker"] + n_blocks * known["block_of_client"]
    return known["fixed"] + overhead + shared / min(n_workers, cores)


def break_even(known, n_workers):
    """The rows from which on workers with a block each are as fast as one core in memory."""
    return predicted(known, 0, n_workers, n_workers) / (known["row"] * (1 - 1 / n_workers))


def write(record, path=TABLE):
    """The table of what was measured, and what the model says of it."""
    from benchmarks.report import rst_table

    known, lines = constants(record), []
    for run, n_rows, seconds, model in passes(record, known):
        fixed = [run[name] for name in ("floor", "empty", "overhead")]
        numbers = (f"{1e3 * value:.1f}" for value in (*fixed, seconds, model))
        lines.append([f"{run['workers']}", f"{run['blocks']}", f"{n_rows:,}", *numbers])
    header = ["workers", "blocks", "rows", "bare tasks", "empty pass", "ten rows a block"]
    header += ["measured", "formula"]
    note = ".. Generated by python -m benchmarks.workers; do not edit it.\n\n"
    widths = (10, 10, 14, 12, 12, 14, 14, 14)
    paragraphs = source(record), fitted(known), judged(record, known)
    text = note + rst_table(header, lines, widths) + "\n" + "\n\n".join(paragraphs) + "\n"
    path.write_text(text, "utf-8")


def passes(record, known):
    """Each run, with a number of rows, the seconds that they took, and those of the model."""
    cores = record["machine"]["cores"]
    for run in record["runs"]:
        for n_rows, seconds in run["passes"].items():
            n_rows = int(n_rows)
            model = predicted(known, n_rows, run["workers"], run["blocks"], cores)
            yield run, n_rows, seconds, model


def source(record):
    """On what machine the figures were measured."""
    machine = record["machine"]
    return (
        f"Milliseconds, medians. {machine['date']}, {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['simd']}, load average {machine['load']} at the start. In memory one thread "
        f"takes {1e3 * record['memory']:.1f} ms for {ROWS[-1]:,} rows. Workers on one machine "
        f"share its cores: the formula divides by {machine['cores']} at most."
    )


def fitted(known):
    """The constants, and what they say of larger clusters."""
    milli = {name: 1e3 * value for name, value in known.items()}
    large = "; ".join(
        f"{predicted(known, 10**9, n_workers, n_blocks):.3g} s on {n_workers} workers with "
        f"{n_blocks:,} blocks"
        for n_workers, n_blocks in ((10, 100), (100, 100), (100, 1000))
    )
    least = ", ".join(
        f"{float(f'{break_even(known, n_workers):.2g}'):,.0f} rows ({n_workers} workers)"
        for n_workers in (2, 10, 100)
    )
    return (
        f"The constants: :math:`t_0` = {milli['fixed']:.2f} ms, :math:`t_w` = "
        f"{milli['worker']:.2f} ms, :math:`t_c` = {milli['block_of_client']:.3f} ms, "
        f":math:`t_b` = {milli['block_of_worker']:.3f} ms, :math:`t_r` = "
        f"{1e3 * milli['row']:.3f} µs. With them, a pass over 10⁹ rows: "
        f"{1e9 * known['row']:.3g} s in memory on one core; {large}. A cluster with a block on "
        f"each worker is faster than one core beyond {least}."
    )


def judged(record, known):
    """How far the formula is from the passes, which it was not fitted to, and who was faster."""
    found = list(passes(record, known))
    errors = sorted(abs(seconds / model - 1) for _, _, seconds, model in found)
    large = [own for own in found if own[1] == ROWS[-1]]
    best, _, seconds, _ = min(large, key=lambda own: own[2])
    ratio, more = seconds / record["memory"], "s" * (best["workers"] > 1)
    verdict = f"{1 / ratio:.2f} times as fast" if ratio < 1 else f"{ratio:.2f} times as long"
    return (
        f"The passes of the last but one column, to which nothing was fitted, differ from the "
        f"formula by {100 * statistics.median(errors):.0f} % in the median and by "
        f"{100 * errors[-1]:.0f} % at most. The fastest over {ROWS[-1]:,} rows, on "
        f"{best['workers']} worker{more} with {best['blocks']} blocks, takes "
        f"{1e3 * seconds:.1f} ms, {verdict} as in memory on one core."
    )


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="earlier", type=Path, help="a JSON file to make it from")
    options = parser.parse_args(arguments)
    if options.earlier:
        record = json.loads(options.earlier.read_text("utf-8"))
    else:
        warnings.simplefilter("ignore")
        record = {"machine": describe(), "memory": in_memory()}
        record["runs"] = [run for n_workers in WORKERS for run in measure(n_workers)]
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    write(record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
