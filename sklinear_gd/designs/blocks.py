"""Rows in blocks elsewhere: every block is an objective in memory, where the block lies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sklinear_gd.designs.base import Design
from sklinear_gd.designs.csr import CsrDesign
from sklinear_gd.designs.dense import DenseDesign


@dataclass(frozen=True)
class Parts:
    """Objectives in memory, one a block, and what is known of their rows.

    Attributes
    ----------
    blocks : Blocks
        Of objectives, whose ``whole`` is the number of all rows.
    rows : list of int
        How many rows count in each block, at least one.
    n_features : int
    dtype : numpy.dtype
    mean_non_zeros : float
        Stored entries a row.
    is_sparse : bool
    """

    blocks: Any
    rows: list
    n_features: int
    dtype: Any
    mean_non_zeros: float
    is_sparse: bool


class BlocksDesign(Design):
    """Blocks of rows that are never brought together: sums over them are all that comes back.

    The sums are made in the order of the blocks, so that they do not depend on how many workers
    there are, nor on which of them has which block.
    """

    in_memory = False

    def __init__(self, parts):
        self.parts, self.blocks = parts, parts.blocks
        self.shape = sum(parts.rows), parts.n_features
        self.dtype = np.dtype(parts.dtype)
        self.mean_non_zeros = parts.mean_non_zeros
        self.reach = CsrDesign.reach if parts.is_sparse else DenseDesign.reach

    def map(self, objective, function, *args):
        return self.blocks.map(_call, objective.loss, function, args)

    def add(self, objective, function, *args, size):
        """The sum of tuples of numbers and arrays, some ``size`` bytes each."""
        return self.blocks.add(_call, objective.loss, function, args, size=size)

    def transform(self, objective, function, *args, **changes):
        """The design of new parts: the function's results, with these changes to ``Parts``."""
        blocks = self.blocks.transform(_call, objective.loss, function, args)
        known = {**vars(self.parts), "blocks": blocks, **changes}
        return BlocksDesign(Parts(**known))

    def sum_loss(self, objective, params, rows, scale, gradient, dropout):
        wanted = gradient is not None
        if wanted:
            gradient = gradient[:, : objective.n_scores]
        size = gradient.nbytes if wanted else 8
        found = self.add(objective, _sum_loss, params, scale, wanted, dropout, size=size)
        if wanted:
            gradient += found[1]
        return found[0]

    def take_in_memory(self, objective, places):
        ends = np.cumsum(self.parts.rows)
        blocks = np.searchsorted(ends, places, side="right")
        own = [places[blocks == k] - ends[k] + self.parts.rows[k] for k in range(len(ends))]
        taken = [k for k, rows in enumerate(own) if len(rows)]
        found = self.blocks.take(taken).map(_take, each=[(own[k],) for k in taken])
        matrices, labels, weights = zip(*found, strict=True)
        if self.parts.is_sparse:
            sample = objective.with_design(CsrDesign(sparse.vstack(matrices, format="csr")))
        else:
            sample = objective.with_design(DenseDesign(np.ascontiguousarray(np.vstack(matrices))))
        sample.y, sample.rows = np.concatenate(labels), np.arange(len(places))
        sample.weights = None if weights[0] is None else np.concatenate(weights)
        return sample

    def longest_pass(self, objective):
        return max(self.parts.rows)


def block_seed(seed, block):
    """A seed of a block's own, below 2**31."""
    return int(np.random.SeedSequence([seed, block]).generate_state(1)[0]) >> 1


def _call(part, loss, function, args):
    """A function of a part that has the caller's loss, which may be a smoothed one."""
    return function(part.with_loss(loss), *args)


def _sum_loss(part, params, scale, wanted, dropout):
    gradient = np.zeros_like(params) if wanted else None
    if dropout is not None:
        dropout = (dropout[0], dropout[1] ^ block_seed(dropout[1], part.block))
    total = part.sum_loss(params, part.rows, scale, gradient, dropout)
    # Without the columns of padding, which would be a good part of what travels.
    return (total, gradient[:, : part.n_scores]) if wanted else (total,)


def _take(part, places):
    """Some of the rows that count, as a matrix, their labels and their weights."""
    rows = part.rows[places]
    weights = None if part.weights is None else part.weights[rows]
    return part.design.rows(rows).matrix, part.y[rows], weights
