"""A child process: fits one solver with growing budgets and prints a point of its trace for each.

    python -m benchmarks.scout '{"problem": {...}, "data": ..., "adapter": ..., ...}'

Each point is a fit from the start, timed whole. It ends when the objective has come within
``until`` of the optimum or a fit takes longer than ``cap`` seconds. In a process of its own, a
solver that takes too long or too much memory can be ended without harm.
"""

import json
import sys
from dataclasses import replace

from benchmarks import adapters
from benchmarks.data import few_rows, taken_over
from benchmarks.problems import Problem, accuracy, objective
from benchmarks.timing import quiet, seconds_of

LADDER = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def point(adapter, problem, data, budget, seed=0):
    """Fit once; seconds, objective and test accuracy."""
    estimator = adapter.make(problem, data, budget, seed)
    seconds, fitted = seconds_of(lambda: estimator.fit(data.X, data.y))
    model = adapter.model(fitted)
    return {
        "budget": budget,
        "seconds": seconds,
        "objective": objective(problem, data, model),
        "accuracy": accuracy(data, model),
    }


def main(order):
    problem = Problem(**order["problem"])
    data = taken_over(order["data"])
    few = replace(data, **dict(zip(("X", "y"), few_rows(data), strict=True)))
    adapter = adapters.find(order["adapter"], problem, data)
    with quiet():  # what is imported, compiled or started at the first fit is not timed
        adapter.make(problem, few, 1).fit(few.X, few.y)
    goal = order["optimum"] * (1 + order["until"])
    print(json.dumps({"ready": True}), flush=True)
    for budget in LADDER:
        if budget > order["max_budget"]:
            break
        found = point(adapter, problem, data, budget)
        print(json.dumps(found), flush=True)
        if found["objective"] <= goal or found["seconds"] > order["cap"]:
            break


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
