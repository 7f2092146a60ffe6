"""Fits on files larger than the memory that they may use.

python -m benchmarks.mapped FOLDER [--gigabytes 8] [--epochs 5] [--kinds dense CSR]

It writes random rows of 10 classes to FOLDER, as a float32 array of 784 features and as a CSR
matrix of 20,000 features, and fits them as read-only ``np.memmap`` with ``shuffle="blocks"``.
Before each epoch the same files are read once from beginning to end, so that a disk whose speed
changes does so for both; both find the files out of the system's cache, then both find them in it,
if they take less than half of the machine's memory. Beside them stands what an epoch takes in
memory, of a part of the rows and multiplied: no reading makes it shorter.
``benchmarks/mapped.json`` keeps what was measured; from it comes the table
``docs/tables/mapped.rst``. The files are deleted at the end.
"""

import argparse
import json
import mmap
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks import ROOT
from benchmarks.machine import describe
from benchmarks.peak import resident
from benchmarks.timing import child
from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.schedules import Constant

RECORD = ROOT / "benchmarks" / "mapped.json"
TABLE = ROOT / "docs" / "tables" / "mapped.rst"
CLASSES, AT_ONCE = 10, 20_000
FEATURES, SPARSE_FEATURES, NON_ZEROS = 784, 20_000, 400
KINDS = ("dense", "CSR")
IN_MEMORY = 0.5e9  # bytes of the rows of which an epoch in memory is measured


def write_dense(folder, n_bytes):
    """Rows around ten centres, written a part at a time; returns the files and the labels."""
    rng = np.random.default_rng(0)
    n_rows = int(n_bytes / (4 * FEATURES))
    centres = rng.normal(size=(CLASSES, FEATURES)).astype(np.float32)
    y = rng.integers(0, CLASSES, size=n_rows)
    noise = 8 * rng.standard_normal((AT_ONCE + 997, FEATURES), dtype=np.float32)

    def parts():
        for start in range(0, n_rows, AT_ONCE):
            own = y[start : start + AT_ONCE]
            shift = rng.integers(0, 997)
            yield centres[own] + noise[shift : shift + len(own)]

    return [_filled(folder / "X.dat", parts())], y


def write_csr(folder, n_bytes):
    """Rows of random features, of which each class prefers some; returns the files and labels."""
    rng = np.random.default_rng(0)
    n_rows = int(n_bytes / (8 * NON_ZEROS))
    y = rng.integers(0, CLASSES, size=n_rows)
    own_features = SPARSE_FEATURES // CLASSES

    def indices():
        for start in range(0, n_rows, AT_ONCE):
            own = y[start : start + AT_ONCE, None]
            found = rng.integers(0, SPARSE_FEATURES, (len(own), NON_ZEROS), dtype=np.int32)
            found[:, ::2] = found[:, ::2] % own_features + own * own_features
            found.sort(axis=1)
            yield found

    def values():
        for start in range(0, n_rows, AT_ONCE):
            yield rng.random((min(AT_ONCE, n_rows - start), NON_ZEROS), dtype=np.float32)

    return [
        _filled(folder / "data.dat", values()),
        _filled(folder / "indices.dat", indices()),
    ], y


def _filled(path, parts):
    with path.open("wb") as file:
        for part in parts:
            part.tofile(file)
        file.flush()
        os.fsync(file.fileno())
    return path


def mapped(kind, files, n_rows):
    """The rows, as a read-only array or a CSR matrix of read-only arrays, and the mappings."""
    if kind == "dense":
        X = np.memmap(files[0], dtype=np.float32, mode="r", shape=(n_rows, FEATURES))
        return X, [X.base]
    data = np.memmap(files[0], dtype=np.float32, mode="r")
    indices = np.memmap(files[1], dtype=np.int32, mode="r")
    starts = np.arange(0, len(data) + 1, NON_ZEROS, dtype=np.int32)
    X = sparse.csr_array((data, indices, starts), shape=(n_rows, SPARSE_FEATURES))
    return X, [data.base, indices.base]


class Turns(Constant):
    """A constant rate; before each epoch the files are read once, as they will be by the epoch."""

    files: tuple = ()  # no parameters, which a fit would copy
    mappings: tuple = ()
    cold: bool = True
    reading: tuple = ()  # seconds
    spent: tuple = ()  # seconds, that belong to no epoch

    def factor(self, t, horizon, state):
        start = time.perf_counter()
        Turns.prepare()
        begun = time.perf_counter()
        for mapping in Turns.mappings:
            read(mapping)
        Turns.reading += (time.perf_counter() - begun,)
        Turns.prepare()
        Turns.spent += (time.perf_counter() - start,)
        return super().factor(t, horizon, state)

    @classmethod
    def prepare(cls):
        """Let no page be mapped, nor in the system's cache if that is what is measured."""
        for mapping in cls.mappings:
            mapping.madvise(mmap.MADV_DONTNEED)
        for path in cls.files if cls.cold else ():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read(mapping):
    """Read a file from its beginning to its end: every byte gets to the processor."""
    words = np.frombuffer(mapping, dtype=np.uint64)
    for start in range(0, len(words), 1 << 20):
        words[start : start + (1 << 20)].sum()


class Watch(threading.Thread):
    """The peak of this process's anonymous memory."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.ended = 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.05):
            self.peak = max(self.peak, resident("RssAnon"))


def measure(order):
    """In a child: the figures of fits on one kind of rows."""
    kind, folder = order["kind"], Path(order["folder"])
    writer = write_dense if kind == "dense" else write_csr
    Turns.files, y = writer(folder, 1e9 * order["gigabytes"])
    X, Turns.mappings = mapped(kind, Turns.files, len(y))
    size = sum(path.stat().st_size for path in Turns.files)
    memory = None
    for cache in ("out", "in"):
        if cache == "in" and 2 * size > _memory():
            continue
        Turns.cold, Turns.reading, Turns.spent = cache == "out", (), ()
        model = classifier(Turns(), order["epochs"])
        Turns.prepare()
        watch, start = Watch(), time.perf_counter()
        watch.start()
        model.fit(X, y)
        whole = time.perf_counter() - start - sum(Turns.spent)
        watch.ended.set()
        # Afterwards, since these rows are anonymous memory.
        memory = seconds_in_memory(X, y, size, order["epochs"]) if memory is None else memory
        yield {
            "kind": kind,
            "cache": cache,
            "rows": len(y),
            "bytes": size,
            "reading": list(Turns.reading[1:]),
            "memory": memory,
            "epochs": (np.diff(model.history_["seconds"]) - Turns.spent[1:]).tolist(),
            "fit": whole,
            "anonymous": watch.peak,
            "objective": np.asarray(model.history_["objective"]).tolist(),
        }


def classifier(schedule, epochs):
    """Both kinds of fits have the same parameters."""
    return SoftmaxGDClassifier(
        schedule=schedule, shuffle="blocks", max_iter=epochs, tol=None, random_state=0
    )


def seconds_in_memory(X, y, size, epochs):
    """Seconds of an epoch, had all rows been in memory: of some, times their share."""
    n_rows = min(len(y), int(len(y) * IN_MEMORY / size))
    part = X[:n_rows].copy() if sparse.issparse(X) else np.array(X[:n_rows])
    model = classifier(Constant(), epochs).fit(part, y[:n_rows])
    return float(np.median(np.diff(model.history_["seconds"])) * len(y) / n_rows)


def _memory():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def write(record, path=TABLE):
    """The table of what was measured."""
    from benchmarks.report import rst_table

    lines = []
    for run in record["runs"]:
        reading, epoch = statistics.median(run["reading"]), statistics.median(run["epochs"])
        ratio = statistics.median(
            own / other for own, other in zip(run["epochs"], run["reading"], strict=True)
        )
        lines.append(
            [
                f"{run['kind']}, {run['rows']:,} rows, {run['bytes'] / 1e9:.1f} GB",
                "out of the cache" if run["cache"] == "out" else "in the cache",
                f"{reading:.2f} s",
                f"{epoch:.2f} s",
                f"{ratio:.2f}",
                f"{run['memory']:.2f} s",
                f"{run['fit']:.0f} s for {len(run['epochs']) + 1} epochs",
                f"{run['anonymous'] / 1e6:.0f} MB",
            ]
        )
    header = ["rows", "files", "reading", "an epoch", "ratio", "an epoch in memory"]
    header += ["whole ``fit``", "anonymous memory"]
    machine = record["machine"]
    note = ".. Generated by python -m benchmarks.mapped; do not edit it.\n\n"
    made = (
        f"\nMedians of readings and epochs in turn; the ratio is the median of the ratios. "
        f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, {machine['simd']}, load "
        f"average {machine['load']} at the start.\n"
    )
    path.write_text(
        note + rst_table(header, lines, (26, 14, 10, 10, 8, 12, 16, 12)) + made, "utf-8"
    )


def _place(text):
    """A folder; for a child the order of what to measure."""
    return json.loads(text) if text.startswith("{") else Path(text)


def main(arguments=None):
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=_place, help="where there is room for the files")
    parser.add_argument("--gigabytes", type=float, default=8)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--dry", action="store_true", help="print, and write no table")
    options = parser.parse_args(arguments)
    if isinstance(options.folder, dict):  # a child
        for found in measure(options.folder):
            print(json.dumps(found), flush=True)
        return 0
    record = {"machine": describe(), "runs": []}
    for kind in options.kinds:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            order = {"kind": kind, "folder": folder}
            order |= {"gigabytes": options.gigabytes, "epochs": options.epochs}
            for found in child("benchmarks.mapped", order):
                print(json.dumps(found), flush=True)
                if "failed" in found:
                    return 1
                record["runs"].append(found)
    if not options.dry:
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        write(record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
