"""Rates that are too large: how far up an objective may go before something is done."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SVMGDClassifier
from sklinear_gd._rows import Rows
from sklinear_gd.solvers.rescue import Rescue

X, Y = load_iris(return_X_y=True)
RUN = {"optimizer": "sgd", "penalty": None, "batch_size": 16, "max_iter": 30, "tol": None,
       "random_state": 0}  # fmt: skip
ZERO = 2.0  # the objective of the zero model: two wrong classes, each a margin of 1


def test_a_rate_of_the_users_own_ends_the_fit_at_a_thousand_times():
    """The first epoch that ends so far up is the last one; the zero model comes back."""
    clf = SVMGDClassifier(learning_rate=1e5, schedule="constant", **RUN)
    with pytest.warns(ConvergenceWarning, match="diverged with a rate of 1e"):
        clf.fit(X, Y)
    assert 1e3 * ZERO < clf.history_["objective"][0] < 1e8 * ZERO
    assert clf.n_iter_ == 1
    assert clf.objective_ <= ZERO


def test_a_rate_of_the_librarys_own_is_lowered_at_ten_times():
    """A schedule that multiplies the rate is met with quarters of it, until F falls."""
    clf = SVMGDClassifier(schedule=lambda t: 1000.0, **RUN)
    with pytest.warns(ConvergenceWarning, match="had to lower a rate"):
        clf.fit(X, Y)
    rates = np.unique(clf.history_["learning_rate"])
    assert len(rates) > 1
    np.testing.assert_allclose(rates[1:] / rates[:-1], 4)
    assert 10 * ZERO < clf.history_["objective"][0] < 1e8
    assert clf.objective_ < ZERO


@pytest.mark.parametrize(
    ("changed", "value", "expected"),
    [
        ({}, 1.4, False),
        ({}, 1.6, True),
        ({"best_value": 0.0}, 1.6, False),
        ({"best_params": None}, 1.6, False),
        ({"validate": len}, 1.6, False),
    ],
)
def test_training_goes_back_where_the_objective_has_risen_by_half(changed, value, expected):
    """Above the best weights that are known; not by held-out rows or a rate of the user's own."""
    objective = SVMGDClassifier()._objective(Rows(X, Y, None), np.unique(Y))
    start, known = objective.zeros(), {"best_params": X, "best_value": 1.0, "validate": None}
    monitor = SimpleNamespace(**known | changed)
    assert Rescue(objective, start, False).has_risen(value, monitor) == expected
    assert not Rescue(objective, start, True).has_risen(value, monitor)
