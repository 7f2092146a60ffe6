"""Arrays that are a file mapped into memory: which part of it is needed next."""

import mmap
from threading import Thread

import numpy as np

# What lies between two rows that are still read in one go: rows further apart are read when met.
GAP = 2**20


class MappedFile:
    """Reads ahead what training is about to touch, in a thread of its own.

    A disk reads in order far faster than it follows shuffled rows, even within a block.

    Parameters
    ----------
    array : ndarray
        C-contiguous; for one that lies in ordinary memory ``expect`` does nothing.
    """

    def __init__(self, array):
        self.mapping, self.offset, self.row_bytes = _mapping_of(array), 0, array.strides[0]
        self._reader = None
        if self.mapping is not None:
            start = np.frombuffer(self.mapping, dtype=np.uint8).ctypes.data
            self.offset = array.ctypes.data - start

    def __getstate__(self):
        """A copy elsewhere is in ordinary memory."""
        return {**vars(self), "mapping": None, "_reader": None}

    def expect(self, runs):
        """Wait for what was expected last, and begin to read these entries.

        Parameters
        ----------
        runs : list of tuple (first, last + 1)
        """
        if self.mapping is None:
            return
        if self._reader is not None:
            self._reader.join()
            self._reader = None
        if not runs:
            return
        pages = np.frombuffer(self.mapping, dtype=np.uint8)
        starts = [(self.offset + int(run[0]) * self.row_bytes) for run in runs]
        ends = [(self.offset + int(run[1]) * self.row_bytes) for run in runs]
        views = [pages[a : b : mmap.PAGESIZE] for a, b in zip(starts, ends, strict=True)]
        self._reader = Thread(target=_read, args=(views,), daemon=True)
        self._reader.start()


def _read(views):
    """Touch a byte of every page, so that the system reads the pages in their order."""
    for view in views:
        view.sum()


def runs_of(rows, row_bytes):
    """Pairs (first, last + 1) of rows near each other, for rows in any order.

    Parameters
    ----------
    rows : ndarray of intp
    row_bytes : float
        What a row takes, about.
    """
    rows = np.sort(rows)
    cuts = np.flatnonzero(np.diff(rows) * row_bytes > GAP) + 1
    return [(run[0], run[-1] + 1) for run in np.split(rows, cuts) if len(run) > 1]


def _mapping_of(array):
    """The ``mmap`` under an array, or None."""
    while isinstance(array, np.ndarray):
        array = array.base
    if isinstance(array, memoryview):
        array = array.obj
    return array if isinstance(array, mmap.mmap) else None
