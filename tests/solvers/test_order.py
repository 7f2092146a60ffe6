"""The order of the rows."""

import numpy as np
import pytest

from sklinear_gd.solvers.order import Orders


@pytest.mark.parametrize("ahead", [False, True])
def test_orders_are_functions_of_seed_and_epoch(ahead):
    """Every epoch has its own permutation, whichever was asked for before, drawn ahead or not."""
    rows = np.arange(10, 30)
    expected = {
        epoch: np.random.default_rng([7, epoch]).permutation(rows) for epoch in (3, 4, 5, 9)
    }
    orders = Orders(rows, 7, ahead)
    for epoch in (3, 4, 9, 5, 3):
        np.testing.assert_array_equal(orders.of(epoch), expected[epoch])
    np.testing.assert_array_equal(rows, np.arange(10, 30))
