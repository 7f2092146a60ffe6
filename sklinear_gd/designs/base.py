"""What the rest of the package asks of data: rows in, scores out, derivatives back."""

import math

import numpy as np
from scipy import sparse

from sklinear_gd import kernels
from sklinear_gd._namespaces import to_host


class Block:
    """Some rows of a design, ready to be multiplied from both sides.

    ``matrix`` is anything with ``@`` and ``.T``: a dense array or a SciPy sparse matrix.
    """

    def __init__(self, matrix):
        self.matrix = matrix

    def scores(self, W):
        """``X W`` of these rows: (m, n_features) by (n_features, n_scores)."""
        return self.matrix @ W

    def pull_back(self, d_scores):
        """``Xᵀ D``: what derivatives by the scores mean for the weights."""
        return self.matrix.T @ d_scores

    def squared(self):
        """The block of the squares of all entries."""
        matrix = self.matrix
        return Block(matrix.multiply(matrix) if sparse.issparse(matrix) else matrix * matrix)


class Design:
    """The training matrix. Subclasses are the only code that knows how X is stored.

    Attributes
    ----------
    shape : tuple of int
        ``(n_rows, n_features)``.
    dtype : numpy.dtype
        float32 or float64; everything that is computed from X has it, too.
    mean_non_zeros : float
        Stored entries a row, the measure of the work that a row costs.
    reach : int
        What it costs to reach the weights of an entry, in multiply-adds: more than none where
        they may lie anywhere in memory.
    kernel_rows : DenseRows, CsrRows or None
        The same matrix as the compiled kernels take it; None if they cannot.
    sparse_updates : bool
        Whether a compiled step of plain SGD touches only the features that its rows have.
    xp : module
        The namespace of the arrays that X is multiplied with: parameters, scores, derivatives.
    wide : dtype
        Of ``xp``, to add many numbers in.
    enlarged : int
        How many times larger blocks of the array formulas are than on a host.
    entry_bytes : int
        What a stored entry takes.
    in_memory : bool
        Whether there are rows here at all, or blocks of them elsewhere, which have designs.
    is_mapped : bool
        Whether the rows are read from a file while training.
    """

    reach = 0
    kernel_rows = None
    entry_bytes = 8
    sparse_updates = False
    xp = np
    wide = np.float64
    enlarged = 1

    def place(self, array, dtype=None):
        """An array, wherever it is, where the arrays are that X is multiplied with."""
        return np.asarray(to_host(array), dtype=dtype)

    def zeros(self, shape):
        """Zeros there, in the dtype of X."""
        return kernels.aligned_zeros(shape, self.dtype)

    def cast(self, array):
        """The array there in the dtype of X."""
        return array.astype(self.dtype, copy=False)

    def widen(self, array):
        """The array there in ``wide``, where namespaces do not by themselves convert to it."""
        return array

    def index(self, rows):
        """Row numbers of a host in the form in which ``rows`` and ``take`` use them fastest."""
        return rows

    def take(self, array, index):
        """The entries of an array there, one a row of X, that belong to some rows."""
        return array[index]

    def sample(self, index):
        """A design on the host, and the numbers in it, of a few rows."""
        return self, index

    in_memory, is_mapped = True, False

    # -- what an objective asks of its rows as a whole ---------------------------------------

    def map(self, objective, function, *args):
        """``[function(part, *args)]`` of every part of an objective's rows: here of all at once."""
        return [function(objective, *args)]

    def sum_loss(self, objective, params, rows, scale, gradient, dropout):
        """See :meth:`Objective.sum_loss`."""
        return objective.sum_loss_of_rows(params, rows, scale, gradient, dropout)

    def take_in_memory(self, objective, places):
        """The objective on some of its rows, with the weights that they have."""
        sample = objective.derived()
        sample.rows = objective.rows[places]
        return sample

    def expect(self, order, start, stop):
        """The rows ``order[start:stop]`` are needed now, then those behind; files are read so."""

    def longest_pass(self, objective):
        """How many rows a pass takes one after another."""
        return len(objective.rows)

    # -- rows --------------------------------------------------------------------------------

    def rows(self, index):
        """The rows of ``index``, an integer array or a slice, as a :class:`Block`."""
        raise NotImplementedError

    def dropped(self, index, rate, key):
        """The same rows with features dropped at random and the rest scaled by 1 / (1 - rate)."""
        raise NotImplementedError

    def row_bytes(self, row):
        """One row's content as bytes: equal for equal rows."""
        raise NotImplementedError

    def columns(self):
        """The design of Xᵀ, where products with it are the faster way to a gradient of most rows.

        None where they are not.
        """
        return None

    def without_absent(self):
        """The same rows without the features that none of them has, where there are many.

        Returns
        -------
        columns, design : ndarray of int and Design, or None
            The features that are left, and the rows in these; None where that would save nothing.
        """
        return None

    def by_frequency(self):
        """The same rows with their features in another order, where products come faster so.

        Returns
        -------
        order, design : ndarray of int, shape (n_features,), and Design, or None
            Feature ``order[j]`` is the design's feature j; None where that would save nothing.
        """
        return None

    def norms(self, index):
        """The sums of the absolute values and of the squares of each row, float64 of shape (m,)."""
        raise NotImplementedError

    def moments(self, index, weights):
        """Mean and variance of each feature over some rows.

        Parameters
        ----------
        index : ndarray of intp, shape (m,)
        weights : ndarray of float64, shape (m,)
            They add up to 1.

        Returns
        -------
        mean, variance : ndarray of float64, shape (n_features,)
        """
        raise NotImplementedError

    def largest(self, index):
        """The largest absolute value of each feature in some rows, float64 of (n_features,)."""
        raise NotImplementedError

    def count_non_zeros(self):
        """How many numbers of the matrix are not 0."""
        raise NotImplementedError

    def dense_blocks(self, index):
        """Pairs of a slice of ``index`` and those rows as a new dense float64 array."""
        raise NotImplementedError


def slices(n_rows, row_size):
    """Slices of rows, each of some :data:`BLOCK_ENTRIES` numbers."""
    step = max(1, int(BLOCK_ENTRIES / max(1, row_size)))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


# Entries of X that a pass with float64 intermediates takes at a time.
BLOCK_ENTRIES = 1 << 17


def consecutive(index):
    """The row numbers as a slice, where they follow each other: rows are then not gathered."""
    if isinstance(index, slice) or len(index) == 0:
        return index
    first, last = int(index[0]), int(index[-1])
    if last - first + 1 == len(index) and (index[1:] > index[:-1]).all():
        return slice(first, last + 1)
    return index


def _mix(x, word):
    """The finalizer of SplitMix64: a bijection of 64-bit words that scatters every bit.

    Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators".
    """
    x = (x ^ _shift(x, 30, word)) * word(0xBF58476D1CE4E5B9)
    x = (x ^ _shift(x, 27, word)) * word(0x94D049BB133111EB)
    return x ^ _shift(x, 31, word)


def _shift(x, places, word):
    """The words shifted to the right, with zeros from the left, whether they have a sign or not."""
    shifted = x >> word(places)
    return shifted if word is np.uint64 else shifted & ((1 << (64 - places)) - 1)


def _signed(number):
    """The signed number with the bits of an unsigned 64-bit one."""
    return number - (number >> 63 << 64)


def dropout_mask(row, column, rate, key, xp=np):
    """True where the entry (row, column) is kept in the draw ``key``.

    The mask is a hash of its place, not a stream of random numbers, so that dense and sparse
    rows, and any order of visiting them, see the same one.

    Parameters
    ----------
    row, column : ndarray of int
        Broadcast against each other.
    rate : float
        The share that is dropped.
    key : int
        Names the draw; one for each update.
    xp : module, default=numpy
        The namespace of the arrays. Others than NumPy's are int64: not all have unsigned words.
    """
    word = np.uint64 if xp is np else _signed
    golden = word(0x9E3779B97F4A7C15)
    if xp is np:
        row, column = np.asarray(row).astype(np.uint64), np.asarray(column).astype(np.uint64)
    seed = np.array([key], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    by_row = _mix(word(int(_mix(seed, np.uint64)[0])) + row * golden, word)
    bits = _shift(_mix(by_row + column * golden, word), 11, word)
    # The upper 53 bits are a number in [0, 1), which both sides are multiplied by.
    return bits >= math.ceil(rate * 2.0**53)
