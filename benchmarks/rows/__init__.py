"""The benchmarks by name, in the order of the table of targets."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.rows import (
    bounds,
    epochs,
    memory,
    prediction,
    scaling,
    second_order,
    start_up,
    threads,
    time_to_optimum,
)


@dataclass(frozen=True)
class Benchmark:
    """A named benchmark.

    Attributes
    ----------
    name : str
        What ``python -m benchmarks run`` takes.
    row : int or None
        Its number in the table of targets.
    title, against, target : str
        The work, what it is held against, and the ratio to reach, in words.
    run : callable Context -> Result
    """

    name: str
    row: int | None
    title: str
    against: str
    target: str
    run: Callable


BENCHMARKS = [
    Benchmark(
        "epoch-mnist",
        1,
        "softmax, MNIST, Adam, batches of 128: an epoch through fit",
        "MLPClassifier(()), same optimizer and batch",
        "≤ 1/7 (float64: ≤ 1/5)",
        epochs.epoch_mnist,
    ),
    Benchmark(
        "epoch-stream",
        2,
        "the same epoch",
        "streaming X once: X.sum(), same dtype and threads",
        "≤ 2.5 × (AVX-512), ≤ 4 × (AVX2)",
        epochs.epoch_stream,
    ),
    Benchmark(
        "lbfgs-mnist",
        3,
        "solver='lbfgs', MNIST, 50 iterations",
        "LogisticRegression lbfgs, same C and iterations, objective no worse",
        "≤ 1/4",
        second_order.lbfgs_mnist,
    ),
    Benchmark(
        "lbfgs-newsgroups",
        4,
        "solver='lbfgs', newsgroups, 50 iterations",
        "LogisticRegression lbfgs, same C and iterations, objective no worse",
        "≤ 1/8",
        second_order.lbfgs_newsgroups,
    ),
    Benchmark(
        "optimum-dense",
        5,
        "seconds to within 1 % of the optimum, MNIST (alpha=1e-4) and CIFAR-10 (1e-3)",
        "the fastest of LogisticRegression's solvers and MLPClassifier(())",
        "≤ 1/5",
        time_to_optimum.optimum_dense,
    ),
    Benchmark(
        "optimum-newsgroups",
        6,
        "seconds to within 1 % of the optimum, newsgroups (alpha=1e-5)",
        "the same, and SGDClassifier",
        "≤ 1/8; moonshot: before saga's first pass ends",
        time_to_optimum.optimum_newsgroups,
    ),
    Benchmark(
        "weston-watkins",
        7,
        "Weston-Watkins hinge, MNIST, alpha=1e-3: seconds to F ≤ 0.3748 and F ≤ 0.3715",
        "a C++ dual coordinate solver: 1.1 s and 3.2 s",
        "≤ 0.4 s and ≤ 1.6 s",
        time_to_optimum.weston_watkins,
    ),
    Benchmark(
        "crammer-singer",
        8,
        "Crammer-Singer hinge, MNIST, alpha=1e-3: seconds to within 1 %",
        "LinearSVC(multi_class='crammer_singer')",
        "≤ 1/2",
        time_to_optimum.crammer_singer,
    ),
    Benchmark(
        "single-rows",
        9,
        "batch_size=1, plain SGD, one epoch",
        "SGDClassifier(max_iter=1, tol=None)",
        "≤ 1, ≤ 1/2, ≤ 1/5, ≤ 1/3",
        epochs.single_rows,
    ),
    Benchmark(
        "decision-function",
        10,
        "decision_function, dense and CSR",
        "X @ coef_.T + intercept_",
        "≤ 1",
        prediction.decision_function,
    ),
    Benchmark(
        "threads",
        11,
        "2 threads over 1: epochs, L-BFGS",
        "itself",
        "≥ 1.7 × (CSR ≥ 1.5 ×)",
        threads.threads,
    ),
    Benchmark(
        "memory",
        12,
        "peak memory of fit above X",
        "the size of coef_",
        "≤ 10 × coef_ + O(n), no copy of X",
        memory.memory,
    ),
    Benchmark(
        "import-time",
        13,
        "import sklinear_gd beyond import sklearn",
        "50 ms",
        "≤ 50 ms",
        start_up.import_time,
    ),
    Benchmark(
        "tiny-data",
        14,
        "iris: fit with 20 epochs",
        "LogisticRegression().fit",
        "≤ 5 ×",
        start_up.tiny_data,
    ),
    Benchmark(
        "binary",
        None,
        "two classes (MNIST, digits 5-9 against 0-4): seconds to within 1 %",
        "all peers of logistic regression",
        "none",
        time_to_optimum.binary,
    ),
    Benchmark(
        "bounds",
        None,
        "an epoch on MNIST beside what memory and arithmetic take at least",
        "the longer of reading X once and its multiplications from the cache",
        "none",
        bounds.bounds,
    ),
    Benchmark(
        "scaling",
        None,
        "growth of the cost with rows, classes, non-zeros and features",
        "proportional growth; none with features for SGD on CSR",
        "none",
        scaling.scaling,
    ),
]


def named(names):
    """The benchmarks of these names, in order; ``["all"]`` is all of them.

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    known = [benchmark.name for benchmark in BENCHMARKS]
    for name in names:
        if name != "all" and name not in known:
            raise ValueError(f"no benchmark is called {name!r}; choose all or {', '.join(known)}.")
    return [b for b in BENCHMARKS if "all" in names or b.name in names]
