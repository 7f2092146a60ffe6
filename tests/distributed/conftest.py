"""A cluster of two processes on this machine that the tests of this folder share."""

import warnings

import numpy as np
import pytest

dask = pytest.importorskip("dask", reason="Dask is not installed (extra: dask)")
distributed = pytest.importorskip("distributed", reason="distributed is not installed (extra: dask)")

# A process may stand still for a minute where others are measured.
PATIENT = {
    "distributed.comm.timeouts.connect": "180s",
    "distributed.comm.timeouts.tcp": "180s",
    "distributed.scheduler.worker-ttl": "10 minutes",
    "distributed.scheduler.allowed-failures": 10,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.admin.tick.limit": "10 minutes",
    "distributed.admin.low-level-log-length": 0,
}


@pytest.fixture(scope="session")
def client():
    """A client of a cluster of two worker processes of one thread."""
    with dask.config.set(PATIENT), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=50,
        )
        with cluster, distributed.Client(cluster) as client:
            yield client


@pytest.fixture(scope="session")
def rows():
    """X (400, 6) and y in {0, 1, 2}, not separable; read-only."""
    rng = np.random.default_rng(0)
    y = rng.choice(3, size=400, p=[0.5, 0.3, 0.2])
    X = rng.normal(size=(3, 6))[y] + 1.5 * rng.normal(size=(400, 6))
    X.flags.writeable = y.flags.writeable = False
    return X, y
