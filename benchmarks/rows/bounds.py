"""No row: what bounds rows 2 and 11, and how near the code is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.adapters.project import estimator
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.rows.epochs import ADAM, EPOCHS
from benchmarks.timing import in_turn
from sklinear_gd import kernels

# Rows of MNIST that stay in a core's second-level cache, and how often they are gone through.
CACHED_ROWS, TIMES = 96, 200


def bounds(context):
    """An epoch beside the time that memory and arithmetic alone would take, by one and two threads.

    Each row is multiplied twice with ten classes, in the scores and in the gradient, and read once.
    """
    cases, problem = [], Problem("mnist", "softmax", 1e-4)
    for dtype in ("float32", "float64"):
        data = context.load("mnist", dtype)
        clf = estimator(problem, max_iter=context.size(EPOCHS, 1), random_state=0, **ADAM)
        for threads in (1, 2):
            name = f"{dtype}, {threads} thread{'s' * (threads > 1)}"
            context.say(name)
            with threadpool_limits(threads), ThreadPoolExecutor(threads) as pool:
                parts = np.array_split(data.X, threads)
                multiply, size = _cached_products(data.X, data.n_classes)
                tasks = {
                    "epoch": lambda clf=clf, data=data: clf.fit(data.X, data.y),
                    "stream": lambda pool=pool, parts=parts: list(pool.map(np.sum, parts)),
                    "products": multiply,
                }
                samples = in_turn(tasks, context.repeats)
            epoch = samples["epoch"].median / clf.max_iter
            reading = samples["stream"].median
            flops = 2 * size / samples["products"].median
            products = 4 * data.X.size * data.n_classes / flops
            cases.append(
                Case(
                    name,
                    epoch,
                    max(reading, products),
                    "an epoch of fit",
                    "arithmetic" if products > reading else "reading X",
                    samples={key: one.seconds for key, one in samples.items()},
                    note=f"reading X takes {1e3 * reading:.1f} ms "
                    f"({data.X.nbytes / reading / 1e9:.0f} GB/s), its multiplications "
                    f"{1e3 * products:.1f} ms ({flops / 1e9:.0f} GFlop/s)",
                )
            )
    note = (
        "The bound is the longer of the two. The rate of multiplications is that of the scores of "
        f"{CACHED_ROWS} rows, which are in the cache. Both bounds come from the same minute: "
        "what two virtual cores share differs from hour to hour."
    )
    return Result(cases, notes=[note])


def _cached_products(X, n_classes):
    """A call that multiplies cached rows with all classes' weights, and its multiplications."""
    X = np.ascontiguousarray(X[:CACHED_ROWS])
    size = TIMES * X.size * n_classes
    if not kernels.available:
        W = np.ones((X.shape[1], n_classes), X.dtype)
        return lambda: [X @ W for _ in range(TIMES)], size
    params = kernels.aligned_zeros((X.shape[1], kernels.padded_width(n_classes, X.dtype)), X.dtype)
    params[:, :n_classes] = 1
    order, rows = np.tile(np.arange(len(X)), TIMES), kernels.DenseRows(X)
    return lambda: kernels.scores(rows, params, n_classes, False, order), size
