"""Row 11: two threads over one."""

from threadpoolctl import threadpool_limits

from benchmarks.adapters.project import estimator
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.rows.epochs import ADAM
from benchmarks.timing import in_turn


def threads(context):
    """Epochs on MNIST and CIFAR-10, L-BFGS on newsgroups."""
    cases = []
    for name in ("mnist", "cifar10"):
        for dtype in ("float32", "float64"):
            problem = Problem(name, "softmax", 1e-4)
            clf = estimator(problem, max_iter=context.size(4, 1), random_state=0, **ADAM)
            cases.append(_case(context, clf, name, dtype, f"{name} epochs, {dtype}", 1.7))
    for dtype in ("float32", "float64"):
        problem = Problem("newsgroups", "softmax", 1e-5)
        clf = estimator(problem, solver="lbfgs", max_iter=context.size(15, 2))
        cases.append(_case(context, clf, "newsgroups", dtype, f"newsgroups L-BFGS, {dtype}", 1.5))
    return Result(cases, notes=["Whole fits; threads set with threadpoolctl, BLAS's too."])


def _case(context, clf, name, dtype, title, target):
    data = context.load(name, dtype)

    def fit(limit):
        with threadpool_limits(limit):
            return clf.fit(data.X, data.y).coef_

    context.say(title)
    samples = in_turn({"two": lambda: fit(2), "one": lambda: fit(1)}, context.repeats)
    same = bool((samples["two"].result == samples["one"].result).all())
    return Case(
        title,
        samples["two"].median,
        samples["one"].median,
        "2 threads",
        "1 thread",
        target,
        speedup=True,
        conditions={"same bits": same},
        samples={key: one.seconds for key, one in samples.items()},
    )
