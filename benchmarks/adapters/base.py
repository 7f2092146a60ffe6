"""What the harness asks of a solver: an estimator for a problem and a budget, then its model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from benchmarks.problems import Model


def linear_model(estimator):
    """``coef_`` and ``intercept_`` as a :class:`Model`; without intercept it is 0."""
    coef = np.atleast_2d(estimator.coef_)
    intercept = np.broadcast_to(np.ravel(getattr(estimator, "intercept_", 0.0)), len(coef))
    return Model(coef, intercept)


@dataclass(frozen=True)
class Adapter:
    """One way to train.

    Attributes
    ----------
    name : str
        As tables show it.
    make : callable (problem, data, budget, seed) -> estimator
        An unfitted estimator that stops after ``budget`` iterations or epochs and not before.
    losses : tuple of str
        The problems' losses that it minimizes exactly.
    compared : tuple of str
        Losses that it does not minimize but that its accuracy is compared on.
    unit : str
        What the budget counts.
    sparse : bool
        Whether it takes CSR.
    intercept : tuple of bool
        The values of ``fit_intercept`` that it can serve without penalising the intercept.
    two_classes, many_classes : bool
    requires : str
        The distribution that must be installed, or "".
    model : callable estimator -> Model
    is_project : bool
    """

    name: str
    make: Callable
    losses: tuple
    compared: tuple = ()
    unit: str = "iterations"
    sparse: bool = True
    intercept: tuple = (True, False)
    two_classes: bool = True
    many_classes: bool = True
    requires: str = ""
    model: Callable = linear_model
    is_project: bool = False

    def supports(self, problem, data):
        """Whether it can train on this problem, exactly or for its accuracy only."""
        return (
            problem.loss in self.losses + self.compared
            and problem.fit_intercept in self.intercept
            and (self.sparse or isinstance(data.X, np.ndarray))
            and (self.two_classes if data.n_classes == 2 else self.many_classes)
            and self.installed
        )

    @property
    def installed(self):
        """Whether the package that it needs is there."""
        if not self.requires:
            return True
        try:
            return bool(version(self.requires))
        except PackageNotFoundError:
            return False

    def named(self, name, **changes):
        """A variant under another name."""
        return replace(self, name=name, **changes)
