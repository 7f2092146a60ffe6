"""Timing two or more things in turn, and children of their own."""

import gc
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks import ROOT

# A sample of shorter things repeats them until it lasts this long.
MIN_SAMPLE = 0.02
# Seconds before each sample. The threads of BLAS stay awake for up to a tenth of a second after a
# call: they would keep a core from whoever comes next.
PAUSE = 0.2


@dataclass
class Samples:
    """Seconds of one thing, one entry for each repetition, and what it returned last."""

    seconds: list = field(default_factory=list)
    result: object = None

    @property
    def median(self):
        """The figure that counts."""
        return median(self.seconds)


@contextmanager
def quiet():
    """No warnings and no garbage collection inside: both would be timed."""
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        gc.enable()


def rest():
    """Wait until the cores are idle."""
    time.sleep(PAUSE)


def seconds_of(task, number=1):
    """Seconds of one call, the mean over ``number`` of them, and the last result."""
    with quiet():
        start = time.perf_counter()
        for _ in range(number):
            result = task()
        return (time.perf_counter() - start) / number, result


def in_turn(tasks, repeats, step=None):
    """Time tasks alternately: a, b, c, a, b, c, ... after one call of each that does not count.

    Each sample starts on idle cores, after a pause.

    Parameters
    ----------
    tasks : dict of callables
        By name.
    repeats : int
        Samples of each.
    step : callable, optional
        Called after every sample, for a progress bar.

    Returns
    -------
    samples : dict of Samples
    """
    gc.collect()
    samples = {name: Samples() for name in tasks}
    numbers = {}
    for name, task in tasks.items():
        first, samples[name].result = seconds_of(task)
        numbers[name] = 1
        if first < MIN_SAMPLE:
            again, _ = seconds_of(task)
            numbers[name] = max(1, int(MIN_SAMPLE / max(again, 1e-7)))
    for _ in range(repeats):
        for name, task in tasks.items():
            rest()
            seconds, samples[name].result = seconds_of(task, numbers[name])
            samples[name].seconds.append(seconds)
            if step:
                step()
    return samples


def child(module, *arguments, environment=None, first=None, later=None):
    """Lines of JSON that ``python -m module`` prints, as they come; it is killed after a time.

    Parameters
    ----------
    module : str
    arguments : objects
        Each is handed over as JSON.
    environment : dict, optional
        Variables to set.
    first, later : float, optional
        How many seconds the first line and each later one may take.

    Yields
    ------
    line : object
        The decoded line. After a failure or a timeout, ``{"failed": reason}`` is the last one.
    """
    command = [sys.executable, "-m", module, *map(json.dumps, arguments)]
    lines = queue.SimpleQueue()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        reader = threading.Thread(target=_forward, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            wait = first
            while line := lines.get(timeout=wait):
                wait = later
                if line.startswith(("{", "[")):
                    yield json.loads(line)
            if process.wait():
                errors.seek(0)
                last = errors.read().strip().splitlines() or [f"exit {process.returncode}"]
                yield {"failed": last[-1][:200]}
        except queue.Empty:
            yield {"failed": "took too long"}
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()


def _forward(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put("")
