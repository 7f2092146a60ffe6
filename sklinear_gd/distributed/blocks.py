"""Values in blocks: functions go to them, small results come back in the order of the blocks."""


class Blocks:
    """A list of values, one a block, that lie where an executor keeps them.

    Parameters
    ----------
    executor : InProcess or Cluster
    values : list
        The executor's handles: objects, or futures.
    """

    def __init__(self, executor, values):
        self.executor, self.values = executor, values
        self.groups = None  # the executor's own: which blocks lie together

    def __len__(self):
        """Return the number of blocks."""
        return len(self.values)

    def map(self, function, *shared, each=None):
        """Return a list of ``function(value, *own, *shared)``.

        Parameters
        ----------
        function : callable
            At the top of a module, so that a worker finds it.
        *shared
            Arguments that are the same for every block.
        each : list of tuple, optional
            Arguments of each block's own.
        """
        return self.executor.run(function, self, shared, self._each(each))

    def transform(self, function, *shared, each=None):
        """Return new blocks with the function's results, which stay where they are made."""
        values = self.executor.transform(function, self, shared, self._each(each))
        return Blocks(self.executor, values)

    def add(self, function, *shared, size):
        """Return the sum of tuples of numbers and arrays, `size` bytes each."""
        return self.executor.add(function, self, shared, self._each(None), size)

    def take(self, places):
        """Return the blocks in some places."""
        return Blocks(self.executor, [self.values[k] for k in places])

    def without_lineage(self):
        """Return the places of blocks that nothing could make anew."""
        return self.executor.without_lineage(self.values)

    def _each(self, each):
        return [()] * len(self.values) if each is None else each
