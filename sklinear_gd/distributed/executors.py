"""Where the blocks lie and who works on them: a cluster, or this process."""

import weakref
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import numpy as np

from sklinear_gd.distributed.waiting import Wait

# Partial sums of all blocks together that the client takes; more go through a tree on the workers.
CLIENT_BYTES = 64 * 2**20
TREE_FAN_IN = 8

# A worker's address, the places of its blocks among all, and the blocks: futures, or one future.
Group = namedtuple("Group", ["worker", "places", "blocks"])


class InProcess:
    """Blocks in the memory of this process, for Dask collections without a cluster."""

    def compute(self, rows):
        """Compute lists of delayed objects, one list a block."""
        import dask

        return list(dask.compute(*rows))

    def transform(self, function, blocks, shared, each):
        """Return ``function(value, *own, *shared)`` of every block."""
        pairs = zip(blocks.values, each, strict=True)
        return [function(value, *own, *shared) for value, own in pairs]

    run = transform

    def add(self, function, blocks, shared, each, size):
        """Return the sum over the blocks, in their order."""
        return _sum(self.run(function, blocks, shared, each))

    def without_lineage(self, values):
        """Return the places of blocks that could not be made anew; here none can be lost."""
        return []

    def close(self):
        """Nothing runs, and nothing is held elsewhere."""


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
        self._before = []  # the tasks of the pass before
        self._sources = []  # what blocks are made of, until these are there
        self._made = []  # weak references to all futures

    def compute(self, rows):
        """Compute lists of delayed objects, one list a block; returns a future for each block."""
        from distributed import Future

        parts = self.client.compute([part for row in rows for part in row])
        self._sources = self._noted([part for part in parts if isinstance(part, Future)])
        size = len(rows[0])
        return self._map(_together, *(parts[k::size] for k in range(size)))

    def transform(self, function, blocks, shared, each):
        """Start ``function(value, *own, *shared)`` for every block; returns futures."""
        arguments = [blocks.values, *map(list, zip(*each, strict=True))]
        arguments += [[argument] * len(blocks) for argument in shared]
        return self._map(function, *arguments)

    def run(self, function, blocks, shared, each, stack=False):
        """Return the results of every block, in order; one task a worker.

        With `stack` results are equal tuples of numbers and arrays, which travel together. The
        scheduler sends a task to the worker that has its blocks.
        """
        groups = blocks.groups = self._by_worker(blocks)
        # One message: what a client sends next waits for ten milliseconds.
        tasks = self._map(
            _run_on_worker,
            [function] * len(groups),
            [group.blocks for group in groups],
            [shared] * len(groups),
            [[each[k] for k in group.places] for group in groups],
            [stack] * len(groups),
        )
        # Those of the last pass are let go only now: that would be such a message, too.
        self._before = tasks
        answers = Wait(self.client, tasks).results()
        found = [None] * len(blocks)
        for group, (address, results) in zip(groups, answers, strict=True):
            if address != group.worker:  # it has died, or is new: look again before the next pass
                blocks.groups = None
            results = zip(*results, strict=True) if stack else results
            for k, result in zip(group.places, results, strict=True):
                found[k] = result
        return found

    def add(self, function, blocks, shared, each, size):
        """Return the sum over the blocks of something of this size in bytes.

        The order of the sum depends on the number of blocks alone.
        """
        if size * len(blocks) <= CLIENT_BYTES:
            return _sum(self.run(function, blocks, shared, each, stack=True))
        tasks = self.transform(function, blocks, shared, each)
        while len(tasks) > 1:
            groups = [tasks[k : k + TREE_FAN_IN] for k in range(0, len(tasks), TREE_FAN_IN)]
            tasks = self._map(_sum, groups)
        return Wait(self.client, tasks).results()[0]

    def without_lineage(self, values):
        """Return the places of blocks whose data exist in one worker's memory alone."""
        lost = self.client.run_on_scheduler(_without_tasks, [value.key for value in values])
        return [k for k, is_lost in enumerate(lost) if is_lost]

    def close(self):
        """Let go of all that was made: what runs is cancelled, blocks leave the workers' memory.

        Python itself lets go only when it finds the cycles that an error's traceback, or a graph,
        makes around futures. Nothing is cancelled by force: blocks may be the user's own.
        """
        made = [future for reference in self._made if (future := reference()) is not None]
        self._made, self._before, self._sources = [], [], []
        self._release(made)

    def _release(self, futures):
        if self.client.status != "closed":
            for future in futures:
                future.release()

    def _map(self, function, *arguments):
        return self._noted(self.client.map(function, *arguments, pure=False))

    def _noted(self, futures):
        """The futures, which ``close`` will let go of if nothing has before."""
        self._made = [reference for reference in self._made if reference() is not None]
        self._made += map(weakref.ref, futures)
        return futures

    def _by_worker(self, blocks):
        """The blocks in groups, one for each worker that has some.

        From the second pass on a group is one value: a task that needs each of many blocks costs
        the scheduler more than the rest of it.
        """
        if blocks.groups is None:
            return self._looked_up(blocks.values)
        if not isinstance(blocks.groups[0].blocks, list):
            return blocks.groups
        held = self._map(_as_list, [group.blocks for group in blocks.groups])
        return [group._replace(blocks=own) for group, own in zip(blocks.groups, held, strict=True)]

    def _looked_up(self, values):
        """The groups by the scheduler's knowledge, once all blocks are there."""
        Wait(self.client, values).until_done()
        self._release(self._sources)
        holders = self.client.who_has(values)
        workers = [min(holders.get(value.key) or [""]) for value in values]
        places = sorted(range(len(values)), key=workers.__getitem__)
        groups = []
        for worker, own in groupby(places, key=workers.__getitem__):
            own = list(own)
            groups.append(Group(worker, own, [values[k] for k in own]))
        return groups


def _together(*parts):
    return parts


def _as_list(blocks):
    return blocks


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
