"""How a run is to be made: size, repetitions, patience, and where to report progress."""

import sys
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.data import load


@dataclass
class Context:
    """The settings that every benchmark sees.

    Attributes
    ----------
    quick : bool
        Fewer repetitions and less patience with slow peers.
    tiny : bool
        Made-up data of a few hundred rows, for tests.
    repeats : int
        Samples of which the median counts.
    cap : float
        Seconds that one fit of a slow peer may take.
    solvers : tuple of str
        Only these take part in the races; empty for all.
    say : callable
        Takes a line about what is being done.
    """

    quick: bool = False
    tiny: bool = False
    repeats: int = 5
    cap: float = 30.0
    solvers: tuple = ()
    say: object = staticmethod(lambda text: None)

    @classmethod
    def of_mode(cls, mode, say=None, solvers=()):
        """The settings of "full", "quick" or "tiny"."""
        settings = {
            "full": {},
            "quick": {"quick": True, "repeats": 3, "cap": 12.0},
            "tiny": {"quick": True, "tiny": True, "repeats": 1, "cap": 1.0},
        }[mode]
        return cls(solvers=tuple(solvers), **settings, **({"say": say} if say else {}))

    def chosen(self, names):
        """Those of the names that may take part."""
        return [name for name in names if not self.solvers or name in self.solvers]

    def load(self, name, dtype="float32"):
        """A data set, or its made-up likeness."""
        return load(name, dtype, self.tiny)

    def size(self, full, tiny):
        """One of two numbers, by the size of the run."""
        return tiny if self.tiny else full


@contextmanager
def progress(names):
    """Report progress with rich's bar where it is installed, in plain lines otherwise.

    Yields
    ------
    say, advance : callables
        For a line about the present step, and for the end of a benchmark.
    """
    try:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        yield lambda text: print(f"  {text}", file=sys.stderr, flush=True), lambda: None
        return
    columns = [BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn()]
    with Progress(*columns, TextColumn("{task.description}")) as bar:
        task = bar.add_task("", total=len(names))
        yield lambda text: bar.update(task, description=text), lambda: bar.advance(task)
