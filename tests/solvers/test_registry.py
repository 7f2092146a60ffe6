"""Solvers by name."""

import pytest

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, solvers
from sklinear_gd.solvers import SOLVERS, resolve_solver


@pytest.mark.parametrize("name", SOLVERS)
def test_every_solver_trains_both_estimators(name, three_classes):
    """Each name is a solver that ends below the objective of W = 0."""
    X, y = three_classes
    assert type(resolve_solver(name)) is SOLVERS[name]
    for cls in (SVMGDClassifier, SoftmaxGDClassifier):
        clf = cls(solver=name, alpha=0.1, tol=1e-2, random_state=0).fit(X, y)
        zero = cls(solver="random_search", alpha=0.1, max_iter=1).set_params(
            solver=solvers.RandomSearch(scale=1e-300)
        )
        assert clf.objective_ < zero.fit(X, y).objective_
