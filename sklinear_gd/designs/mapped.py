"""Arrays that are a file mapped into memory: which part of it is needed next."""

import mmap

import numpy as np

# Rows that lie further apart are not near each other: then nothing is read ahead.
AT_MOST = 64 * 2**20


class MappedFile:
    """Asks the system to read ahead what training is about to touch.

    Parameters
    ----------
    array : ndarray
        C-contiguous; one that lies in ordinary memory makes every call of ``expect`` do nothing.
    """

    def __init__(self, array):
        self.mapping, self.offset, self.row_bytes = _mapping_of(array), 0, array.strides[0]
        if self.mapping is not None:
            start = np.frombuffer(self.mapping, dtype=np.uint8).ctypes.data
            self.offset = array.ctypes.data - start

    def __getstate__(self):
        """A copy elsewhere is in ordinary memory."""
        return {**vars(self), "mapping": None}

    def expect(self, first, last):
        """Entries from ``first`` up to but without ``last`` are needed next."""
        if self.mapping is None or not hasattr(self.mapping, "madvise"):
            return
        start = self.offset + first * self.row_bytes
        end = self.offset + last * self.row_bytes
        if start < end <= start + AT_MOST:
            start -= start % mmap.PAGESIZE
            self.mapping.madvise(mmap.MADV_WILLNEED, start, end - start)


def _mapping_of(array):
    """The ``mmap`` under an array, or None."""
    while isinstance(array, np.ndarray):
        array = array.base
    if isinstance(array, memoryview):
        array = array.obj
    return array if isinstance(array, mmap.mmap) else None
