"""A fit on a file larger than the memory it may use.

python -m benchmarks.mapped FOLDER [--gigabytes 8] [--epochs 3]

It writes an array of random rows (float32, 784 features, 10 classes) to FOLDER, fits it as a
read-only ``np.memmap`` with ``shuffle="blocks"``, and prints the peak of the process's anonymous
memory, and what an epoch takes against reading the file once, each with the file out of the
system's cache. The file is deleted at the end.
"""

import argparse
import mmap
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import ClassVar

import numpy as np

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.schedules import Constant

FEATURES, CLASSES, AT_ONCE = 784, 10, 20_000


def write(path, n_rows):
    """Rows around ten centres, written a part at a time; returns the labels."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CLASSES, FEATURES)).astype(np.float32)
    y = rng.integers(0, CLASSES, size=n_rows)
    noise = 8 * rng.standard_normal((AT_ONCE + 997, FEATURES), dtype=np.float32)
    with path.open("wb") as file:
        for start in range(0, n_rows, AT_ONCE):
            own = y[start : start + AT_ONCE]
            shift = rng.integers(0, 997)
            (centres[own] + noise[shift : shift + len(own)]).tofile(file)
        file.flush()
        os.fsync(file.fileno())
    return y


def forget(X, path):
    """Drop the file from the system's cache, once no page of it is mapped."""
    X.base.madvise(mmap.MADV_DONTNEED)
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Cold(Constant):
    """A constant rate; at the beginning of each epoch the file is dropped from the cache."""

    file: tuple = ()  # the array and its path: no parameters, which a fit would copy
    spent: ClassVar = []

    def factor(self, t, horizon, state):
        start = time.perf_counter()
        forget(*self.file)
        self.spent.append(time.perf_counter() - start)
        return super().factor(t, horizon, state)


def read(X, path):
    """Seconds of reading the file from its beginning to its end."""
    forget(X, path)
    buffer = bytearray(8 * 2**20)
    start = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - start


class Watch(threading.Thread):
    """The peak of this process's anonymous memory."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.ended = 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.05):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    self.peak = max(self.peak, int(line.split()[1]) * 1024)


def measure(path, y, epochs):
    """Fit the file and print what that took."""
    n_rows = len(y)
    X = np.memmap(path, dtype=np.float32, mode="r", shape=(n_rows, FEATURES))
    reading = [read(X, path)]
    Cold.file = X, path
    model = SoftmaxGDClassifier(
        schedule=Cold(), shuffle="blocks", max_iter=epochs, tol=None, random_state=0
    )
    watch = Watch()
    watch.start()
    start = time.perf_counter()
    model.fit(X, y)
    whole = time.perf_counter() - start
    watch.ended.set()
    seconds = np.diff(model.history_["seconds"]) - Cold.spent[1:]
    reading.append(read(X, path))
    print(f"{n_rows} rows, {path.stat().st_size / 1e9:.2f} GB; reading it: {reading} s")
    print(f"fit of {epochs} epochs: {whole:.1f} s; later epochs: {seconds} s each")
    print(f"an epoch takes {np.median(seconds) / np.mean(reading):.2f} times reading the file")
    print(f"peak of anonymous memory: {watch.peak / 1e6:.0f} MB")
    print(f"objective: {model.history_['objective']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=8)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    n_rows = int(options.gigabytes * 1e9 / (4 * FEATURES))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "X.dat"
        measure(path, write(path, n_rows), options.epochs)


if __name__ == "__main__":
    main()
