"""The order of the rows in an epoch, a function of the seed and the epoch alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Bytes of a block of shuffle="blocks": a disk reads so much in order, and memory holds a few.
BLOCK_BYTES = 32 * 2**20


def order_of_rows(objective, shuffle, seed, epoch):
    """The rows of an objective in the order of an epoch.

    Parameters
    ----------
    objective : Objective
    shuffle : bool or "blocks"
        "blocks" takes blocks of consecutive rows one after another, in an order drawn anew, and the
        rows of each in an order drawn anew, too.
    seed, epoch : int

    Returns
    -------
    order : ndarray of intp
    """
    rows = objective.rows
    if not shuffle:
        return rows
    rng = np.random.default_rng([seed, epoch])
    if shuffle is True:
        return rng.permutation(rows)
    design = objective.design
    row_bytes = max(1.0, design.mean_non_zeros * design.entry_bytes)
    size = max(1, int(BLOCK_BYTES / row_bytes))
    starts = rng.permutation(np.arange(0, len(rows), size))
    return np.concatenate([rng.permutation(rows[start : start + size]) for start in starts])


class Orders:
    """The rows of an objective in the order of each epoch.

    Parameters
    ----------
    objective : Objective
    shuffle : bool or "blocks"
    seed : int
    ahead : bool
        Whether a thread draws the order of the next epoch meanwhile: where a device does the
        work, the draw would else take a good part of an epoch.
    """

    def __init__(self, objective, shuffle, seed, ahead):
        self.objective, self.shuffle, self.seed = objective, shuffle, seed
        self.thread = ThreadPoolExecutor(1) if ahead else None
        self.next_epoch, self.next = None, None

    def of(self, epoch):
        """The rows in the order of this epoch."""
        order = self.next.result() if epoch == self.next_epoch else self._draw(epoch)
        if self.thread is not None:
            self.next_epoch, self.next = epoch + 1, self.thread.submit(self._draw, epoch + 1)
        return order

    def _draw(self, epoch):
        return order_of_rows(self.objective, self.shuffle, self.seed, epoch)
