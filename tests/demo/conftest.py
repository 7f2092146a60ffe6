"""What the tests of the demo share."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Limit BLAS to one thread, as the demo's command does."""
    with threadpool_limits(limits=1):
        yield
