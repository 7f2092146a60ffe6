"""Training on a cluster of two processes: the same bits, whatever happens to the workers."""

import asyncio
import multiprocessing
import os
import signal
import threading
import time
import types
import warnings

import dask
import dask.array
import distributed
import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, kernels
from sklinear_gd.distributed import executors, waiting

# A process may stand still for a minute on a busy machine.
PATIENT = {
    "distributed.comm.timeouts.connect": "180s",
    "distributed.comm.timeouts.tcp": "180s",
    "distributed.scheduler.worker-ttl": "10 minutes",
    "distributed.scheduler.allowed-failures": 10,
    "distributed.admin.tick.limit": "10 minutes",
    "distributed.worker.multiprocessing-method": "forkserver",
}
ESTIMATORS = {
    "lbfgs": SoftmaxGDClassifier(solver="lbfgs", max_iter=8, tol=None),
    "full batches": SVMGDClassifier(batch_size="full", max_iter=5, tol=None),
    "mini-batches": SoftmaxGDClassifier(batch_size=16, max_iter=3, tol=None, random_state=0),
}
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)


@pytest.fixture(scope="module")
def imported():
    """Let new workers be forks of a process that has imported what they need, for seconds each."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "distributed", "dask.array", "sklinear_gd"])
    first = context.Process(target=os.getpid)  # starts that process, which later settings leave
    first.start()
    first.join()


@pytest.fixture(scope="module")
def client(imported):
    """A client of a cluster of two worker processes of one thread."""
    with dask.config.set(PATIENT), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=50,
        )
        with cluster, distributed.Client(cluster) as client:
            yield client


@pytest.fixture(scope="module")
def alone(rows):
    """Return the estimators, fitted without a cluster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sklinear_gd.distributed.collections._executor", executors.InProcess)
        return {name: clone(model).fit(*collections(rows)) for name, model in ESTIMATORS.items()}


def collections(rows, size=50):
    """Return X and y as Dask arrays in eight blocks."""
    X, y = rows
    return dask.array.from_array(X, chunks=(size, 6)), dask.array.from_array(y, chunks=size)


def assert_same_bits(one, other):
    """Equal models to the last bit; without kernels to what BLAS leaves of it in other memory."""
    slack = 0 if kernels.available else 1e-12
    for a, b in (
        (one.coef_, other.coef_),
        (one.intercept_, other.intercept_),
        (one.history_["objective"], other.history_["objective"]),
    ):
        np.testing.assert_allclose(a, b, rtol=slack, atol=slack)


@every_estimator
def test_any_number_of_workers_gives_the_same_bits(client, rows, alone, name):
    """Two workers leave what no cluster leaves; a third one and a single one change nothing."""
    assert_same_bits(clone(ESTIMATORS[name]).fit(*collections(rows)), alone[name])
    for address in client.scheduler_info()["workers"]:
        own = [array.persist(workers=[address]) for array in collections(rows)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client, "map", only_on(client.map, address))
            assert_same_bits(clone(ESTIMATORS[name]).fit(*own), alone[name])


def only_on(call, address):
    """Return a ``map`` that sends everything to one worker."""

    def other(*args, **keywords):
        return call(*args, **{**keywords, "workers": [address], "allow_other_workers": True})

    return other


def test_a_third_worker(client, rows, alone):
    """A worker that joins changes nothing."""
    client.cluster.scale(3)
    client.wait_for_workers(3, timeout=300)
    assert_same_bits(clone(ESTIMATORS["lbfgs"]).fit(*collections(rows)), alone["lbfgs"])
    client.cluster.scale(2)


def test_large_sums_go_through_a_tree(client, rows, alone, monkeypatch):
    """Sums that are too large for the client are made on the workers, in an order of their own."""
    monkeypatch.setattr(executors, "CLIENT_BYTES", 1000)
    monkeypatch.setattr(executors, "TREE_FAN_IN", 3)
    models = [clone(ESTIMATORS["full batches"]).fit(*collections(rows)) for _ in "ab"]
    assert_same_bits(*models)
    np.testing.assert_allclose(models[0].coef_, alone["full batches"].coef_, rtol=1e-9)


def test_scattered_blocks_are_refused(client, rows):
    """Blocks that could not be made anew are refused, with what to do instead."""
    X, y = rows
    futures = client.scatter([X[:200], X[200:]])
    parts = [dask.array.from_delayed(own, (200, 6), X.dtype) for own in futures]
    with pytest.raises(ValueError, match=r"client\.scatter"):
        SoftmaxGDClassifier().fit(dask.array.concatenate(parts), y)


def test_persisted_blocks_are_taken(client, rows, alone):
    """Blocks that the user has persisted have a source, and train as they are."""
    own = dask.persist(*collections(rows))
    assert_same_bits(clone(ESTIMATORS["lbfgs"]).fit(*own), alone["lbfgs"])


@pytest.fixture
def held(tmp_path):
    """Return a function that makes blocks of an array take as long as the test does."""
    end = tmp_path / "end"

    def hold(array):
        def wait(block):  # inside, so that workers get its code: they cannot import the tests
            for _ in range(6000):
                if end.exists():
                    break
                time.sleep(0.01)
            return block

        return array.map_blocks(wait, meta=array)

    hold.end = end.touch
    yield hold
    end.touch()


def test_a_time_limit_ends_a_pass(client, rows, held):
    """A pass that takes longer than the limit is cancelled, and the message names the setting."""
    X, y = collections(rows, 400)
    model = SoftmaxGDClassifier()
    with dask.config.set({"sklinear_gd.timeout": "500ms"}):
        with pytest.raises(TimeoutError, match=r"longer than 500ms.*sklinear_gd\.timeout"):
            model.fit(held(X), y)
    assert not hasattr(model, "coef_")
    assert_idle(client)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_cancels_the_work(client, rows, held):
    """KeyboardInterrupt comes through at once and leaves nothing on the cluster."""
    X, y = collections(rows, 400)
    main = threading.main_thread().ident
    timer = threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        SoftmaxGDClassifier().fit(held(X), y)
    timer.join()
    assert_idle(client)


def assert_idle(client):
    """Nothing of a fit waits or runs on the cluster, at the latest when it has been told so."""
    for _ in range(300):
        if not client.run_on_scheduler(_unfinished):
            return
        time.sleep(0.1)
    raise AssertionError("there is still work on the cluster")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_what_ends_holds_nothing_on_the_cluster(client, rows, alone, monkeypatch, name):
    """Whoever still refers to its futures, a fit or a number about a model leaves no block."""
    made, noted = [], executors.Cluster._noted
    monkeypatch.setattr(
        executors.Cluster, "_noted", lambda self, own: made.append(own) or noted(self, own)
    )
    clone(ESTIMATORS[name]).fit(*collections(rows))
    alone[name].score(*collections(rows))
    alone[name].optimality(*collections(rows), max_iter=0)
    assert len(made) > 10
    for _ in range(300):
        if not (left := client.run_on_scheduler(_known)):
            return
        time.sleep(0.1)
    raise AssertionError(left)


def test_blocks_of_the_user_stay(client, rows, held):
    """A fit that fails lets go of what it made, not of blocks that the user has persisted."""
    X, y = dask.persist(*collections(rows))
    distributed.wait([X, y])
    with dask.config.set({"sklinear_gd.timeout": "500ms"}), pytest.raises(TimeoutError):
        SoftmaxGDClassifier().fit(held(X), y)
    held.end()
    SoftmaxGDClassifier(max_iter=2, tol=None).fit(X, y)
    assert_idle(client)
    kept = {key for array in (X, y) for key in dask.core.flatten(array.__dask_keys__())}
    assert kept <= set(client.run_on_scheduler(_known))
    assert X.sum().compute() == pytest.approx(rows[0].sum())


def _known(dask_scheduler):
    return list(dask_scheduler.tasks)


def _unfinished(dask_scheduler):
    return [task.key for task in dask_scheduler.tasks.values() if task.state != "memory"]


def test_numbers_about_a_model(client, rows, alone):
    """Score, objective and optimality of the cluster are those of memory."""
    model, own = alone["full batches"], collections(rows)
    assert model.score(*own) == model.score(*rows)
    assert model.objective(*own) == pytest.approx(model.objective(*rows), rel=1e-12)
    found, wanted = (model.optimality(*data, max_iter=0) for data in (own, rows))
    assert found.lower_bound == pytest.approx(wanted.lower_bound, rel=1e-9)
    np.testing.assert_array_equal(model.predict(own[0]).compute(), model.predict(rows[0]))


def kill_at(patch, client, call, victims):
    """Let some workers be killed by the system in the middle of a fit."""
    run, calls = executors.Cluster.run, []

    def run_and_kill(self, *args, **keywords):
        calls.append(len(calls))
        if len(calls) == call:
            for worker in victims:
                os.kill(worker, signal.SIGKILL)
        return run(self, *args, **keywords)

    patch.setattr(executors.Cluster, "run", run_and_kill)
    return calls


@pytest.mark.parametrize(
    ("name", "n_victims"), [("lbfgs", 1), ("full batches", 2), ("mini-batches", 2)]
)
def test_killed_workers_change_nothing(client, rows, alone, monkeypatch, name, n_victims):
    """SIGKILL of one worker, or of all, in the middle of a fit: the fit ends with the same bits."""
    client.wait_for_workers(n_victims, timeout=300)
    processes = list(client.run(os.getpid).values())
    calls = kill_at(monkeypatch, client, 8, processes[:n_victims])
    assert_same_bits(clone(ESTIMATORS[name]).fit(*collections(rows)), alone[name])
    assert len(calls) > 8
    assert not set(processes[:n_victims]) & set(client.run(os.getpid).values())


@pytest.fixture
def impatient(monkeypatch):
    """Look at the cluster every fifth of a second; a worker is silent after one second."""
    monkeypatch.setattr(waiting, "LOOK", 0.2)
    monkeypatch.setattr(waiting, "SILENT", 1.0)


@pytest.mark.usefixtures("impatient")
def test_a_silent_worker_is_named_and_waited_for(client, rows, alone, monkeypatch):
    """A worker that stands still is said to be silent; when it goes on, so does the fit."""
    client.wait_for_workers(2, timeout=300)
    processes = client.run(os.getpid)
    address, process = next(iter(processes.items()))
    run, look = executors.Cluster.run, waiting.Wait._look
    calls = []

    def run_and_stop(self, *args, **keywords):
        calls.append(len(calls))
        if len(calls) == 8:
            os.kill(process, signal.SIGSTOP)
        return run(self, *args, **keywords)

    def look_and_wake(self):
        look(self)
        if self.said:
            os.kill(process, signal.SIGCONT)

    monkeypatch.setattr(executors.Cluster, "run", run_and_stop)
    monkeypatch.setattr(waiting.Wait, "_look", look_and_wake)
    try:
        with (
            dask.config.set({"sklinear_gd.timeout": "2 minutes"}),
            pytest.warns(RuntimeWarning, match=f"waits: nothing has been heard of .*{address}"),
        ):
            model = clone(ESTIMATORS["lbfgs"]).fit(*collections(rows))
    finally:
        os.kill(process, signal.SIGCONT)
    assert_same_bits(model, alone["lbfgs"])


@pytest.mark.usefixtures("impatient")
def test_a_scheduler_that_answers_nothing_ends_the_fit(client, rows, monkeypatch, held):
    """After some questions without an answer the pass is cancelled, long before its time is up."""

    async def never(*args, **keywords):
        await asyncio.sleep(60)

    monkeypatch.setattr(client, "run_on_scheduler", never)
    X, y = collections(rows, 400)
    with pytest.raises(TimeoutError, match=r"scheduler at .* has answered nothing"):
        SoftmaxGDClassifier().fit(held(X), y)
    monkeypatch.undo()
    assert_idle(client)


def test_futures_that_somebody_cancels(client, rows, monkeypatch):
    """What others cancel ends the fit with a sentence that says what may have happened."""
    compute = executors.Cluster.compute

    def compute_and_cancel(self, rows):
        values = compute(self, rows)
        client.cancel(values)
        return values

    monkeypatch.setattr(executors.Cluster, "compute", compute_and_cancel)
    with pytest.raises(RuntimeError, match=r"cancelled by somebody else.*restarted"):
        SoftmaxGDClassifier().fit(*collections(rows))
    assert_idle(client)


def test_a_cluster_without_workers_is_named():
    """What the tasks wait for is a worker, if there is none."""
    scheduler = types.SimpleNamespace(workers={}, tasks={})
    assert waiting._obstacle(["task"], 1.0, dask_scheduler=scheduler) == (
        "the cluster has no worker."
    )


def test_paused_workers_are_named():
    """Workers that want memory take no task."""
    status = distributed.Status.paused
    workers = {k: types.SimpleNamespace(address=k, status=status) for k in ("tcp://b", "tcp://a")}
    scheduler = types.SimpleNamespace(workers=workers, tasks={})
    found = waiting._obstacle(["task"], 1.0, dask_scheduler=scheduler)
    assert found == "every worker is paused, for want of memory: tcp://a, tcp://b."
