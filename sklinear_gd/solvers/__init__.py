"""Solvers minimize an objective. A new one is one class and one line in ``SOLVERS``."""

from sklearn.base import clone

from sklinear_gd._validation import shown
from sklinear_gd.solvers.base import Plan, Result, Solver, State
from sklinear_gd.solvers.gradient_descent import GradientDescent
from sklinear_gd.solvers.lbfgs import LBFGS
from sklinear_gd.solvers.lead import follow
from sklinear_gd.solvers.monitor import REASONS, Monitor, Observer
from sklinear_gd.solvers.search import LocalSearch, RandomSearch

SOLVERS = {
    "gd": GradientDescent,
    "lbfgs": LBFGS,
    "random_search": RandomSearch,
    "local_search": LocalSearch,
}


def resolve_solver(value):
    """A new solver for a name, a clone of a solver object.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if isinstance(value, Solver):
        return clone(value)
    if isinstance(value, str) and value in SOLVERS:
        return SOLVERS[value]()
    names = ", ".join(map(repr, SOLVERS))
    raise ValueError(
        f"solver={shown(value)} is unknown; choose one of {names}, or pass a Solver object."
    )


__all__ = [
    "LBFGS",
    "REASONS",
    "SOLVERS",
    "GradientDescent",
    "LocalSearch",
    "Monitor",
    "Observer",
    "Plan",
    "RandomSearch",
    "Result",
    "Solver",
    "State",
    "follow",
    "resolve_solver",
]
