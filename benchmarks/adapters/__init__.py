"""One adapter for every solver in the comparison."""

from benchmarks.adapters import optional, project, scikit_learn
from benchmarks.adapters.base import Adapter

ADAPTERS = [*project.ADAPTERS, *scikit_learn.ADAPTERS, *optional.ADAPTERS]


def find(name, problem, data):
    """The adapter of this name that can train on this problem."""
    return next(a for a in ADAPTERS if a.name == name and a.supports(problem, data))


def supporting(problem, data):
    """All adapters that can train on this problem."""
    return [adapter for adapter in ADAPTERS if adapter.supports(problem, data)]


__all__ = ["ADAPTERS", "Adapter", "find", "supporting"]
