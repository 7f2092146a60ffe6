"""Waiting for a cluster: until it is done, or the time is up, or nothing answers."""

import time
import warnings

DEFAULT_TIMEOUT = "30 minutes"
# Seconds between two looks at a cluster that lets us wait, and those it has to answer.
LOOK = 30.0
# Seconds after which a worker that sends no heartbeat, every few seconds as a rule, is silent.
SILENT = 60.0
# Looks in a row that a scheduler may leave unanswered.
UNANSWERED = 4
CANCELLED = (
    "What was to be done on the cluster was cancelled by somebody else: the client or the cluster "
    "was closed or restarted meanwhile, or the collections' futures were cancelled. Start again "
    "with a client of a cluster that runs."
)


class Wait:
    """Waits for tasks.

    A cluster that is slow is waited for. One that cannot go on is looked at, and what is the matter
    is said in a warning, once; it may mend itself, as when a worker's successor comes. A scheduler
    that answers nothing does not.

    Parameters
    ----------
    client : distributed.Client
    tasks : list of Future
        What is waited for.
    """

    def __init__(self, client, tasks):
        import dask

        self.client, self.tasks = client, tasks
        self.limit = dask.config.get("sklinear_gd.timeout", DEFAULT_TIMEOUT)
        self.end = time.monotonic() + dask.utils.parse_timedelta(self.limit)
        self.unanswered, self.said = 0, ""

    def until_done(self):
        """Wait until all tasks have ended, well or not."""
        import distributed

        while True:
            left = self.end - time.monotonic()
            try:
                return distributed.wait(self.tasks, timeout=max(0.0, min(left, LOOK)))
            except (TimeoutError, distributed.TimeoutError):
                if left <= LOOK:
                    raise self._time_is_up() from None
            except distributed.CancelledError as error:
                raise RuntimeError(CANCELLED) from error
            self._look()

    def results(self):
        """Return the results of all tasks, in their order."""
        self.until_done()
        # A worker may stop between its answer and the client's asking for it.
        return self._in_time(self.client.gather, self.tasks)

    def _in_time(self, call, *args):
        """Return what a method of the client gives in the time that is left."""
        import distributed

        left = max(0.0, self.end - time.monotonic())
        try:
            return self.client.sync(call, *args, callback_timeout=left)
        except (TimeoutError, distributed.TimeoutError):
            if time.monotonic() < self.end:  # a task's own
                raise
            raise self._time_is_up() from None
        except distributed.CancelledError as error:
            raise RuntimeError(CANCELLED) from error

    def _time_is_up(self):
        return TimeoutError(
            f"A pass over the blocks took longer than {self.limit}, and was cancelled. "
            + (f"When last seen: {self.said} " if self.said else "")
            + "Raise the limit with dask.config.set({'sklinear_gd.timeout': '2 hours'}), or look "
            "at the cluster's workers: are they there, and have they memory left?"
        )

    def _look(self):
        """Ask the scheduler what the tasks wait for, and warn if that will not come by itself."""
        import distributed

        keys = [task.key for task in self.tasks]
        look = self.client.run_on_scheduler, _obstacle, keys, SILENT
        try:
            found = self.client.sync(*look, callback_timeout=LOOK)
        except (TimeoutError, distributed.TimeoutError):
            self.unanswered += 1
            if self.unanswered >= UNANSWERED:
                seconds = 2 * LOOK * self.unanswered
                raise TimeoutError(
                    f"The scheduler at {self.client.scheduler.address} has answered nothing for "
                    f"{seconds:.0f} seconds; the pass over the blocks was cancelled. Look whether "
                    "its process runs, and restart the cluster if it does not."
                ) from None
            return
        self.unanswered = 0
        if found and not self.said:
            warnings.warn(
                f"A pass over the blocks waits: {found} It goes on when that has changed; "
                f"otherwise it is cancelled {self.limit} after its beginning.",
                RuntimeWarning,
                stacklevel=2,
            )
        self.said = found


def _obstacle(keys, silent, dask_scheduler=None):
    """What keeps some tasks from being done, as a sentence; empty if they are worked on."""
    workers = list(dask_scheduler.workers.values())
    if not workers:
        return "the cluster has no worker."
    paused = [worker.address for worker in workers if worker.status.name == "paused"]
    if len(paused) == len(workers):
        return f"every worker is paused, for want of memory: {', '.join(sorted(paused))}."
    wanted, seen = [key for key in keys if key in dask_scheduler.tasks], set()
    lost = set()
    while wanted:  # what the tasks are made of may have to be made anew
        task = dask_scheduler.tasks[wanted.pop()]
        if task.key in seen or task.state == "memory":
            continue
        seen.add(task.key)
        worker = task.processing_on
        if worker is not None and time.time() - worker.last_seen > silent:
            lost.add(worker.address)
        wanted.extend(other.key for other in task.dependencies)
    if not lost:
        return ""
    limit = dask_scheduler.worker_ttl
    end = f"is given up after some {limit:g} seconds" if limit else "is never given up"
    return (
        f"nothing has been heard of {', '.join(sorted(lost))} for {silent:g} seconds. A silent "
        f"worker {end} (distributed.scheduler.worker-ttl), and its blocks are then made anew."
    )
