"""Arrays that are a file mapped into memory: which part of it is needed next."""

import mmap
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# What lies between two rows that are still read in one go: rows further apart are read when met.
GAP = 2**20
# Bytes of rows that are read in one go, how many times as much may be read for them, and how many
# such pieces are read beyond the rows that are needed now and as many again.
PIECE, EXCESS, AHEAD = 32 * 2**20, 4, 2


class MappedFile:
    """Touches pages in their order, so that a disk reads them so.

    Parameters
    ----------
    array : ndarray
        C-contiguous; for one that lies in ordinary memory ``read`` does nothing.
    """

    def __init__(self, array):
        self.mapping, self.offset, self.row_bytes = _mapping_of(array), 0, array.strides[0]
        if self.mapping is not None:
            start = np.frombuffer(self.mapping, dtype=np.uint8).ctypes.data
            self.offset = array.ctypes.data - start

    def __getstate__(self):
        """A copy elsewhere is in ordinary memory."""
        return {**vars(self), "mapping": None}

    def read(self, runs):
        """Touch a byte of every page of these entries.

        Parameters
        ----------
        runs : list of tuple (first, last + 1)
        """
        if self.mapping is None:
            return
        pages = np.frombuffer(self.mapping, dtype=np.uint8)
        for first, last in runs:
            start, end = (self.offset + int(entry) * self.row_bytes for entry in (first, last))
            pages[start : end : mmap.PAGESIZE].sum()


class ReadAhead:
    """Reads what training is about to touch, some way ahead of it, in a thread of its own.

    A disk reads in order far faster than it follows shuffled rows, even within a block. The thread
    lives on between two calls: to start one and to wait for its end takes long on a busy machine.

    Parameters
    ----------
    read : callable
        ``read(runs)`` reads runs of rows, pairs (first, last + 1).
    row_bytes : float
        What a row takes, about.
    """

    def __init__(self, read, row_bytes):
        self.read, self.row_bytes = read, max(1.0, row_bytes)
        self.size = max(1, int(PIECE / self.row_bytes))
        self.pool, self.position, self.pieces = None, 0, deque()

    def __getstate__(self):
        """A copy elsewhere has its own thread."""
        return {**vars(self), "pool": None, "pieces": deque()}

    def expect(self, order, start, stop):
        """Wait until the rows ``order[start:stop]`` are read, and let those behind them be read.

        Parameters
        ----------
        order : ndarray of intp
            All rows of a pass; a pass begins with ``start == 0``.
        start, stop : int
        """
        self.pool = self.pool or ThreadPoolExecutor(1)
        if start == 0:
            self.position = 0
            self.pieces.clear()
        while self.position < min(len(order), 2 * stop - start + AHEAD * self.size):
            piece = order[self.position : self.position + self.size]
            self.pieces.append((self.position, self.pool.submit(self._read, piece)))
            self.position += len(piece)
        while self.pieces and self.pieces[0][0] < stop:
            self.pieces.popleft()[1].result()

    def _read(self, rows):
        runs = runs_of(rows, self.row_bytes)
        # Rows from all over a large file would have most of it read for every piece.
        if sum(last - first for first, last in runs) <= EXCESS * len(rows):
            self.read(runs)


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
