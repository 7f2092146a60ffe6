"""Row 12: how much memory ``fit`` needs beside X."""

from dataclasses import asdict

from benchmarks.data import handed_over
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.timing import child

MEGA = 1e6
# What O(n) may mean: y as it came, sorted, encoded; the rows, their order; a mean's intermediates.
BYTES_A_ROW = 64
# Threads' stacks, pages of code that are read in: what the operating system rounds up to.
SLACK = 1e6


def memory(context):
    """The peak above X, in processes of their own."""
    cases = []
    problems = Problem("mnist", "softmax", 1e-4), Problem("newsgroups", "softmax", 1e-5)
    for problem in problems[: context.size(2, 1)]:
        measured = {}
        solvers = ["sklinear_gd gd", "sklinear_gd lbfgs", "LogisticRegression lbfgs"]
        solvers += ["LogisticRegression saga", "MLPClassifier(()) adam", "SGDClassifier"]
        with handed_over(context.load(problem.dataset)) as path:
            for solver in context.chosen(solvers):
                context.say(f"{problem.dataset}, {solver}")
                order = {"problem": asdict(problem), "solver": solver, "data": path}
                measured[solver] = list(child("benchmarks.peak", order | {"share": 1.0}))[-1]
            half = list(child("benchmarks.peak", order | {"solver": solvers[0], "share": 0.5}))[-1]
        cases += _cases(problem, measured, half)
    note = (
        f"The allowance is 10 × coef_ + {BYTES_A_ROW} bytes a row + {SLACK / MEGA:g} MB for what "
        "the operating system rounds up. Peak resident memory of the process, after a small fit "
        "that filled the caches. A copy of X would show in the peak of a fit to half of the rows: "
        "it would be lower by half of X."
    )
    return Result(cases, notes=[note])


def _cases(problem, measured, half):
    cases = []
    for solver, found in measured.items():
        if "failed" in found:
            continue
        allowed = 10 * found["coef"] + BYTES_A_ROW * found["rows"] + SLACK
        counts = solver == "sklinear_gd gd"
        growth, by = found["peak"] - half["peak"], found["X"] - half["X"]
        cases.append(
            Case(
                f"{problem.dataset}, {solver}",
                found["peak"] / MEGA,
                allowed / MEGA,
                solver,
                f"10 × coef_ ({found['coef'] / MEGA:.2f} MB) + O(n)",
                1.0 if counts else None,
                unit="MB",
                conditions={"no copy of X": growth < by / 2 + SLACK} if counts else {},
                note=f"X has {found['X'] / MEGA:.1f} MB"
                + (f"; with half of it {half['peak'] / MEGA:.1f} MB" if counts else ""),
            )
        )
    return cases
