"""The order of the rows."""

import numpy as np
import pytest

from sklinear_gd.designs import as_design
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.objective import Objective
from sklinear_gd.penalties import L2
from sklinear_gd.solvers.ordering import Orders


@pytest.mark.parametrize("ahead", [False, True])
def test_orders_are_functions_of_seed_and_epoch(ahead):
    """Every epoch has its own permutation, whichever was asked for before, drawn ahead or not."""
    rows = np.arange(10, 30)
    expected = {
        epoch: np.random.default_rng([7, epoch]).permutation(rows) for epoch in (3, 4, 5, 9)
    }
    y = np.arange(40, dtype=np.int32) % 3
    X = as_design(np.ones((40, 2)))
    layout = {"n_scores": 3, "fit_intercept": True, "rows": rows}
    objective = Objective(X, y, None, SoftmaxCrossEntropy(), L2(), 0.1, **layout)
    orders = Orders(objective, True, 7, ahead)
    for epoch in (3, 4, 9, 5, 3):
        np.testing.assert_array_equal(orders.of(epoch), expected[epoch])
    np.testing.assert_array_equal(rows, np.arange(10, 30))
