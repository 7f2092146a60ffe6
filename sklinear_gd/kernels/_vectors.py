"""Inner products and sums of long vectors: what L-BFGS does beside evaluations."""

import numpy as np

from sklinear_gd.kernels._arguments import check_matrix, check_vector, compiled


def vector_products(vectors, begin, first, second):
    """Return the inner products of the columns of each vector with two others.

    Parameters
    ----------
    vectors : ndarray of shape (m, n), float32 or float64
        C-contiguous.
    begin : int
        The first column that counts.
    first, second : ndarray of shape (k,)
        In the same dtype; they belong to the columns from `begin` to ``begin + k``.

    Returns
    -------
    products : ndarray of float64, shape (m, 2)
        Parts of the sums are added up in float64.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout.
    """
    check_matrix("vectors", vectors)
    for name, other in (("first", first), ("second", second)):
        check_vector(name, other, vectors.dtype)
    if len(first) != len(second) or not 0 <= begin <= vectors.shape[1] - len(first):
        raise ValueError(
            f"Vectors of {len(first)} and {len(second)} numbers do not fit columns from {begin} on "
            f"of {vectors.shape[1]}."
        )
    out = np.zeros((len(vectors), 2))
    if out.size and len(first):
        compiled("vector_products", vectors.dtype)(vectors, begin, first, second, out)
    return out


def vector_sum(vectors, weights, last, own, out):
    """Write ``own * last + weights @ vectors`` to `out`.

    Parameters
    ----------
    vectors : ndarray of shape (m, n), float32 or float64
        C-contiguous.
    weights : ndarray of float64, shape (m,)
        What each vector counts; rounded to the dtype of the vectors.
    last : ndarray of shape (n,)
        In the same dtype.
    own : float
        What `last` counts.
    out : ndarray of shape (n,)
        In the same dtype; none of the others.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout.
    """
    check_matrix("vectors", vectors)
    check_vector("weights", weights, np.float64)
    for name, vector in (("last", last), ("out", out)):
        if len(check_vector(name, vector, vectors.dtype)) != vectors.shape[1]:
            raise ValueError(f"{name} has {len(vector)} numbers, vectors {vectors.shape[1]}.")
    if len(weights) != len(vectors) or not out.flags.writeable:
        raise ValueError(
            f"{len(weights)} weights do not fit {len(vectors)} vectors, or out is read-only."
        )
    if out.size:
        compiled("vector_sum", vectors.dtype)(vectors, weights, last, own, out)
