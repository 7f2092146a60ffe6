"""Solvers by name."""

import numpy as np
import pytest

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.solvers import SOLVERS, LocalSearch, RandomSearch, resolve_solver

# The scales of the searches are meant for pixels up to 255.
SCALED = {"random_search": RandomSearch(scale=0.3), "local_search": LocalSearch(step=0.03)}


@pytest.mark.parametrize("name", SOLVERS)
def test_every_solver_trains_both_estimators(name, three_classes):
    """Each name is a solver that, scaled to the data, ends below the objective of W = 0."""
    X, y = three_classes
    assert type(resolve_solver(name)) is SOLVERS[name]
    for cls, at_zero in ((SVMGDClassifier, 2.0), (SoftmaxGDClassifier, np.log(3))):
        clf = cls(solver=name, alpha=0.01, tol=1e-2, random_state=0)
        clf.set_params(solver=SCALED.get(name, name))
        assert clf.fit(X, y).objective_ < 0.99 * at_zero
