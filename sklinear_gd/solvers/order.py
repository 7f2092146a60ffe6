"""The order in which an epoch visits the rows: a function of the seed and the epoch alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np


class Orders:
    """The rows in the order of each epoch.

    Parameters
    ----------
    rows : ndarray of intp
    seed : int
    ahead : bool
        Whether a thread draws the order of the next epoch meanwhile: where a device does the
        work, the draw would else take a good part of an epoch.
    """

    def __init__(self, rows, seed, ahead):
        self.rows, self.seed = rows, seed
        self.thread = ThreadPoolExecutor(1) if ahead else None
        self.next_epoch, self.next = None, None

    def of(self, epoch):
        """The rows in the order of this epoch."""
        order = self.next.result() if epoch == self.next_epoch else self._draw(epoch)
        if self.thread is not None:
            self.next_epoch, self.next = epoch + 1, self.thread.submit(self._draw, epoch + 1)
        return order

    def _draw(self, epoch):
        return np.random.default_rng([self.seed, epoch]).permutation(self.rows)
