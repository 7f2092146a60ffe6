"""What ``verbose`` shows: a progress bar where rich or tqdm is installed, or plain lines."""

import time
from contextlib import contextmanager
from math import isnan

from sklinear_gd.solvers import Observer

# Seconds between two looks of a bar: an epoch of tiny data takes less than drawing it.
INTERVAL = 0.1


@contextmanager
def display(verbose, max_iter):
    """A list of the observer that ``verbose`` asks for, if any; closed at the end of the block.

    Parameters
    ----------
    verbose : int
        0 shows nothing, 1 a bar where there is a package for it, 2 plain lines.
    max_iter : int
        Epochs at most, the bar's length.
    """
    if not verbose:
        yield []
        return
    shown = Lines() if verbose > 1 else _bar(max_iter)
    try:
        yield [shown]
    finally:
        shown.close()


def _bar(max_iter):
    for bar in (RichBar, TqdmBar):
        try:
            return bar(max_iter)
        except ImportError:
            continue
    return Lines()


def describe(entry):
    """Objective, rate and validation score of an epoch, as far as there are any."""
    text = f"objective {entry['objective']:.6g}"
    if not isnan(entry["learning_rate"]):
        text += f"  rate {entry['learning_rate']:.3g}"
    if "validation_score" in entry:
        text += f"  score {entry['validation_score']:.4f}"
    return text


class Lines(Observer):
    """A line for every epoch."""

    needs = frozenset({"objective"})
    takes_params = False

    def end(self, entry, params):
        """Print the epoch."""
        line = f"epoch {entry['epoch']:4d}  {describe(entry)}  {entry['seconds']:.2f} s"
        print(line, flush=True)
        return False

    def close(self):
        """Nothing is left to do."""


class Bar(Observer):
    """A bar that moves with the epochs; a subclass draws it."""

    needs = frozenset({"objective"})
    takes_params = False

    def __init__(self):
        self.epochs, self.entry, self.drawn_at = 0, None, 0.0

    def end(self, entry, params):
        """Draw the bar, unless it has just been drawn."""
        self.epochs, self.entry = self.epochs + 1, entry
        if time.perf_counter() - self.drawn_at > INTERVAL:
            self.draw(self.epochs, describe(entry))
            self.drawn_at = time.perf_counter()
        return False

    def close(self):
        """Draw the last epoch and leave the bar on the screen."""
        if self.entry is not None:
            self.draw(self.epochs, describe(self.entry))
        self.stop()

    def draw(self, epochs, text):
        """Show so many epochs and the text."""
        raise NotImplementedError

    def stop(self):
        """End the display."""
        raise NotImplementedError


class RichBar(Bar):
    """A bar by rich, in a terminal or a notebook."""

    def __init__(self, max_iter):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        super().__init__()
        text = TextColumn("{task.description}")
        # A console of its own: several fits at a time may each have a bar.
        self.progress = Progress(
            BarColumn(10), MofNCompleteColumn(), "epochs", text, Elapsed(), console=Console()
        )
        self.task = self.progress.add_task("", total=max_iter)
        self.progress.start()

    def draw(self, epochs, text):
        """Show so many epochs and the text."""
        self.progress.update(self.task, completed=epochs, description=text)

    def stop(self):
        """End the display."""
        self.progress.stop()


class TqdmBar(Bar):
    """A bar by tqdm, on the standard error."""

    def __init__(self, max_iter):
        from tqdm import tqdm

        super().__init__()
        self.bar = tqdm(total=max_iter, unit="epoch")

    def draw(self, epochs, text):
        """Show so many epochs and the text."""
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(epochs - self.bar.n)

    def stop(self):
        """End the display."""
        self.bar.close()
