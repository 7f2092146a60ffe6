"""Rows 3 and 4: fifty iterations of L-BFGS, ours and LogisticRegression's."""

from benchmarks import adapters
from benchmarks.adapters.base import linear_model
from benchmarks.problems import Problem, objective
from benchmarks.results import Case, Result
from benchmarks.timing import in_turn

ITERATIONS = 50
# Rounding apart, the objective must be as low.
SLACK = 1e-6


def lbfgs_mnist(context):
    """Row 3."""
    return _iterations(context, Problem("mnist", "softmax", 1e-4), 1 / 4)


def lbfgs_newsgroups(context):
    """Row 4."""
    return _iterations(context, Problem("newsgroups", "softmax", 1e-5), 1 / 8)


def _iterations(context, problem, target):
    iterations, cases = context.size(ITERATIONS, 5), []
    for dtype in ("float64", "float32"):
        data = context.load(problem.dataset, dtype)
        names = ["sklinear_gd lbfgs", "LogisticRegression lbfgs"]
        names += [
            adapter.name
            for adapter in adapters.supporting(problem, data)
            if adapter.name == "scikit-learn-intelex lbfgs"
        ]
        made = {n: adapters.find(n, problem, data).make(problem, data, iterations) for n in names}
        tasks = {n: lambda e=e, d=data: e.fit(d.X, d.y) for n, e in made.items()}
        context.say(f"{problem.dataset}, {dtype}")
        samples = in_turn(tasks, context.repeats)
        values = {n: objective(problem, data, linear_model(e)) for n, e in made.items()}
        ours = values[names[0]]
        for name in names[1:]:
            counts = name.startswith("LogisticRegression")
            lower = ours <= values[name] * (1 + SLACK)
            cases.append(
                Case(
                    dtype if counts else f"{dtype}, beside {name}",
                    samples[names[0]].median,
                    samples[name].median,
                    names[0],
                    name,
                    target if counts else None,
                    conditions={"objective no worse": bool(lower)} if counts else {},
                    samples={key: one.seconds for key, one in samples.items()},
                    note=f"objective {ours:.6f} against {values[name]:.6f}",
                )
            )
    return Result(cases, notes=[f"{iterations} iterations each; whole fits."])
