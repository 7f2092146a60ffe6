"""Where the blocks lie and who works on them: a cluster, or this process."""

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import numpy as np

# Partial sums of all blocks together that the client takes; more go through a tree on the workers.
CLIENT_BYTES = 64 * 2**20
TREE_FAN_IN = 8
DEFAULT_TIMEOUT = "30 minutes"


class InProcess:
    """Blocks in the memory of this process, for Dask collections without a cluster."""

    def compute(self, rows):
        """Compute lists of delayed objects, one list a block."""
        import dask

        return list(dask.compute(*rows))

    def transform(self, function, values, shared, each):
        """Return ``function(value, *own, *shared)`` of every block."""
        return [function(value, *own, *shared) for value, own in zip(values, each, strict=True)]

    run = transform

    def add(self, function, values, shared, each, size):
        """Return the sum over the blocks, in their order."""
        return _sum(self.run(function, values, shared, each))

    def without_lineage(self, values):
        """Return the places of blocks that could not be made anew; here none can be lost."""
        return []

    def cancel(self, values):
        """Nothing runs."""


class Cluster:
    """Blocks as futures of a ``distributed.Client``.

    A worker that dies takes its blocks with it; the scheduler makes them anew from their tasks, and
    the results, which depend on nothing but the block, are the same.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client):
        self.client = client
        self._places = {}  # key of a block -> the worker that had it when last seen

    def compute(self, rows):
        """Compute lists of delayed objects, one list a block; returns a future for each block."""
        parts = self.client.compute([part for row in rows for part in row])
        parts, found = iter(parts), []
        for row in rows:
            own = [next(parts) for _ in row]
            found.append(self.client.submit(_together, *own, pure=False))
        return found

    def transform(self, function, values, shared, each):
        """Start ``function(value, *own, *shared)`` for every block; returns futures."""
        return [
            self.client.submit(function, value, *own, *shared, pure=False)
            for value, own in zip(values, each, strict=True)
        ]

    def run(self, function, values, shared, each, stack=False):
        """Return the results of every block, in order; one task a worker.

        With `stack` results are equal tuples of numbers and arrays, which travel together.
        """
        groups = self._by_worker(values)
        tasks = [
            self.client.submit(
                _run_on_worker,
                function,
                [values[k] for k in own],
                shared,
                [each[k] for k in own],
                stack,
                workers=[worker] if worker else None,
                allow_other_workers=True,
                pure=False,
            )
            for worker, own in groups
        ]
        answers = self._wait(tasks, values)
        found = [None] * len(values)
        for (worker, own), (address, results) in zip(groups, answers, strict=True):
            if address != worker:  # it has died, or is new: look again before the next pass
                self._places = {}
            results = zip(*results, strict=True) if stack else results
            for k, result in zip(own, results, strict=True):
                found[k] = result
        return found

    def add(self, function, values, shared, each, size):
        """Return the sum over the blocks of something of this size in bytes.

        The order of the sum depends on the number of blocks alone.
        """
        if size * len(values) <= CLIENT_BYTES:
            return _sum(self.run(function, values, shared, each, stack=True))
        tasks = self.transform(function, values, shared, each)
        while len(tasks) > 1:
            tasks = [
                self.client.submit(_sum, tasks[k : k + TREE_FAN_IN], pure=False)
                for k in range(0, len(tasks), TREE_FAN_IN)
            ]
        return self._wait(tasks, values)[0]

    def without_lineage(self, values):
        """Return the places of blocks whose data exist in one worker's memory alone."""
        lost = self.client.run_on_scheduler(_without_tasks, [value.key for value in values])
        return [k for k, is_lost in enumerate(lost) if is_lost]

    def cancel(self, values):
        """Cancel what is going on, and let go of the blocks."""
        self.client.cancel(values, force=True)

    def _by_worker(self, values):
        """Pairs of a worker's address and the numbers of the blocks that it has."""
        if any(value.key not in self._places for value in values):
            self._wait_for(values, values)
            holders = self.client.who_has(values)
            self._places = {key: min(own) for key, own in holders.items() if own}
        place = [self._places.get(value.key, "") for value in values]
        order = sorted(range(len(values)), key=place.__getitem__)
        return [(worker, list(own)) for worker, own in groupby(order, key=place.__getitem__)]

    def _wait(self, tasks, values):
        """Return the results of the tasks; whatever goes wrong, nothing goes on on the cluster."""
        self._wait_for(tasks, values)
        return self.client.gather(tasks)

    def _wait_for(self, tasks, values):
        import dask
        import distributed

        limit = dask.config.get("sklinear_gd.timeout", DEFAULT_TIMEOUT)
        try:
            seconds = dask.utils.parse_timedelta(limit)
            distributed.wait(tasks, timeout=seconds)
        except (TimeoutError, distributed.TimeoutError):
            self.client.cancel([*tasks, *values], force=True)
            raise TimeoutError(
                f"A pass over the blocks took longer than {limit}, and was cancelled. Raise the "
                "limit with dask.config.set({'sklinear_gd.timeout': '2 hours'}), or look at the "
                "cluster's workers: are they there, and have they memory left?"
            ) from None
        except BaseException:  # Ctrl-C, too
            self.client.cancel([*tasks, *values], force=True)
            raise


def _together(*parts):
    return parts


def _sum(values):
    """The sum of equally long tuples of numbers and arrays, from the first to the last."""
    total = values[0]
    for value in values[1:]:
        total = tuple(a + b for a, b in zip(total, value, strict=True))
    return total


def _run_on_worker(function, values, shared, each, stack):
    """The results of a worker's blocks, by as many threads as it has, and its address."""
    from distributed import get_worker

    worker = get_worker()
    threads = min(worker.state.nthreads, len(values))
    calls = [(value, *own, *shared) for value, own in zip(values, each, strict=True)]
    if threads == 1:
        results = [function(*call) for call in calls]
    else:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(lambda call: function(*call), calls))
    if stack:  # one message of an array, not one of many small ones
        results = [np.stack(own) for own in zip(*results, strict=True)]
    return worker.address, results


def _without_tasks(keys, dask_scheduler=None):
    """For each key whether something that it is made of has no task: it was scattered."""
    found = []
    for key in keys:
        seen, stack = set(), [dask_scheduler.tasks[key]]
        lost = False
        while stack and not lost:
            task = stack.pop()
            if task.key in seen:
                continue
            seen.add(task.key)
            lost = task.run_spec is None
            stack.extend(task.dependencies)
        found.append(lost)
    return found
