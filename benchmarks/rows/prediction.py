"""Row 10: scores of rows."""

import numpy as np

from benchmarks.adapters.project import estimator
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.timing import in_turn


def decision_function(context):
    """``decision_function`` against the expression that it stands for."""
    cases = []
    for name in ("mnist", "newsgroups"):
        for dtype in ("float32", "float64"):
            data = context.load(name, dtype)
            clf = estimator(Problem(name, "softmax", 1e-4), max_iter=2, random_state=0)
            clf.fit(data.X, data.y)
            for part, X in (("test rows", data.X_test), ("training rows", data.X)):
                context.say(f"{name}, {dtype}, {part}")
                cases.append(_case(context, clf, X, f"{name}, {dtype}, {X.shape[0]:,} {part}"))
    return Result(cases)


def _case(context, clf, X, name):
    tasks = {
        "decision_function": lambda: clf.decision_function(X),
        "expression": lambda: X @ clf.coef_.T + clf.intercept_,
    }
    samples = in_turn(tasks, context.repeats)
    ours, theirs = samples["decision_function"], samples["expression"]
    return Case(
        name,
        ours.median,
        theirs.median,
        "decision_function(X)",
        "X @ coef_.T + intercept_",
        1.0,
        conditions={"equal scores": bool(np.allclose(ours.result, theirs.result, atol=1e-3))},
        samples={key: one.seconds for key, one in samples.items()},
    )
