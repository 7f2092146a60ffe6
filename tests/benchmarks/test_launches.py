"""What an update asks of a device, counted on the host."""

import numpy as np
import pytest
import sklearn

torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra: test)")
pytest.importorskip("array_api_compat", reason="array-api-compat is not installed")

from benchmarks import launches  # noqa: E402


def test_operations_are_counted_and_views_are_not():
    """Two additions and a number that is read, between views."""
    x = torch.ones(4, 5)
    found = launches.counted(lambda: float((x[:2].T + 1)[0, 0] + 1))
    assert found == {"add": 2, "read": 1}


@pytest.mark.usefixtures("array_api")
def test_an_epoch_is_read_at_its_end_alone():
    """An update reads nothing; an epoch loss and penalty, and its norms in one array."""
    rng = np.random.default_rng(0)
    X = torch.asarray(rng.normal(size=(launches.ROWS, 3)).astype(np.float32))
    y = torch.asarray(rng.integers(0, 3, launches.ROWS))
    with sklearn.config_context(array_api_dispatch=True):
        update, epoch = launches.per_update_and_epoch(launches.of_estimator, X, y)
    assert "read" not in update
    assert epoch["read"] == 2
