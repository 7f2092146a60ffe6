"""Rows 13 and 14: what is paid before any real work."""

from statistics import median

from sklearn.linear_model import LogisticRegression

from benchmarks.adapters.project import estimator
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.timing import child, in_turn


def import_time(context):
    """Row 13: fresh processes that import scikit-learn first."""
    runs = context.size(4 * context.repeats + 1, 1)
    seconds, modules = [], 0
    for k in range(runs + 1):
        context.say(f"import {k} of {runs}")
        found = list(child("benchmarks.imports"))[-1]
        seconds.append(found["seconds"])
        modules = found["modules"]
    kept = seconds[1:]  # the first filled the file cache
    case = Case(
        "import sklinear_gd after import sklearn",
        median(kept),
        0.05,
        "sklinear_gd",
        "50 ms",
        1.0,
        samples={"sklinear_gd": kept},
        note=f"{modules} modules beyond sklearn's",
    )
    return Result([case])


def tiny_data(context):
    """Row 14: 20 epochs on iris against LogisticRegression with its defaults."""
    data, cases = context.load("iris", "float64"), []
    peer = LogisticRegression()
    for loss in ("softmax", "weston_watkins"):
        ours = estimator(Problem("iris", loss, 1e-4), max_iter=20, random_state=0)
        tasks = {
            "sklinear_gd": lambda e=ours: e.fit(data.X, data.y),
            "LogisticRegression": lambda: peer.fit(data.X, data.y),
        }
        context.say(f"iris, {loss}")
        samples = in_turn(tasks, max(context.repeats, context.size(15, 1)))
        cases.append(
            Case(
                f"iris, {loss}, 20 epochs",
                samples["sklinear_gd"].median,
                samples["LogisticRegression"].median,
                f"sklinear_gd, {loss}",
                "LogisticRegression()",
                5.0,
                samples={key: one.seconds for key, one in samples.items()},
            )
        )
    return Result(cases)
