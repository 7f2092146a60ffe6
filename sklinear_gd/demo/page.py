"""The page in action: what each button, field and mouse movement does, and the run."""

import logging
import time
from collections.abc import Callable
from typing import Any

from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.link import from_query
from sklinear_gd.demo.settings import CLASSES, RACER_FIELDS
from sklinear_gd.demo.view import View

PERIOD_MS = 33
# Frames that the browser may lag behind before training waits for it.
IN_FLIGHT = 3
# Where drawing is slow, a frame makes up for so many that were skipped: training keeps its pace.
CATCH_UP = 4


def _from_exponent(power: float) -> float:
    """The value of a slider that shows powers of ten, in two digits."""
    return float(f"{10**power:.2g}")


class Page:
    """One visitor's page.

    Parameters
    ----------
    document : bokeh.document.Document
    arguments : dict of str to list of bytes
        The query of the address, which may carry a state.

    Attributes
    ----------
    experiment : Experiment
    view : View
    running : bool
    clock : callable
        Returns the time in seconds; training keeps pace with it.
    """

    def __init__(self, document: Any, arguments: dict[str, list[bytes]]) -> None:
        self.document, self.running = document, False
        self.clock, self.last_frame = time.monotonic, 0.0
        complaint = ""
        try:
            self.experiment = from_query(arguments)
        except ValueError as error:
            complaint = f"{error} The page shows its default state instead."
            self.experiment = Experiment()
        self.view = View(lambda: self.experiment, self.drag, self.drop, self.tap, self.edit_weight)
        self.controls, self.points = self.view.controls, self.view.points
        if complaint or "points" not in arguments:
            self.controls["dataset"].value = "stanford"
        self._connect()
        self.view.add_to(document)
        self.view.say(complaint)
        self.refresh()
        document.add_periodic_callback(self.tick, PERIOD_MS)

    def _connect(self) -> None:
        controls = self.controls
        for name, reaction in [
            ("run", self.toggle),
            ("step", self.step),
            ("restart", lambda: self.attempt(self.experiment.restart)),
            ("randomize", lambda: self.attempt(self.experiment.randomize)),
            ("add", lambda: self.add(0.0, 0.0)),
            ("delete", self.delete),
        ]:
            controls[name].on_click(reaction)
        for name in ("loss", "penalty", "batch", "race"):
            self._bind(name, name)
        self._bind("alpha", "alpha", _from_exponent)
        self._bind("classes", "classes", lambda active: active + CLASSES[0])
        for owner in ("first", "second"):
            for part in RACER_FIELDS:
                convert = _from_exponent if part == "rate" else None
                self._bind(f"{owner}_{part}", f"{owner}.{part}", convert)
        controls.on_value("dataset", self.load)
        controls.on_value("point", self.select)
        controls.on_value("point_x", lambda x0: self.place(x0=x0))
        controls.on_value("point_y", lambda x1: self.place(x1=x1))
        controls.on_value("label", self.relabel)

    def _bind(self, widget: str, setting: str, convert: Callable[[Any], Any] | None = None) -> None:
        """Let a widget's value be that of a setting."""

        def react(value: Any) -> None:
            self.attempt(self.experiment.change, setting, convert(value) if convert else value)

        self.controls.on_value(widget, react)

    # -- the run ---------------------------------------------------------------------------

    def tick(self) -> None:
        """Train and draw, unless the browser has not caught up; called many times a second."""
        due = self.running or self.view.stale or self.view.landscape_is_due()
        if not due or self.view.frames_behind >= IN_FLIGHT:
            return
        with self.controls.silently():  # callbacks of what is set here come with unhold
            self.document.hold("combine")
            try:
                self.advance() if self.running else self.refresh()
            except Exception:  # or the periodic callback would end, and the page freeze
                logging.getLogger(__name__).exception("a frame of the demo failed")
                self.stop()
                self.view.say("Something went wrong; the run was stopped.")
            finally:
                self.document.unhold()

    def advance(self) -> None:
        """One frame of a run: some updates, drawn."""
        now = self.clock()
        periods = round((now - self.last_frame) * 1000 / PERIOD_MS)
        self.last_frame = now
        speed = int(self.controls["speed"].value)
        complaint = self.experiment.update(speed * min(max(periods, 1), CATCH_UP))
        if complaint:
            self.stop()
            self.view.say(complaint)
        self.view.note()
        self.view.draw_frame(self.running)

    def refresh(self) -> None:
        """Draw everything after a change."""
        self.view.refresh(self.running)

    def toggle(self) -> None:
        """Run or stop."""
        if self.running:
            self.stop()
            self.refresh()
            return
        self.view.say("")
        self.running, self.last_frame = True, self.clock()
        self.controls["run"].label, self.controls["run"].button_type = "Stop", "warning"

    def stop(self) -> None:
        """Stop the run."""
        self.running = False
        self.controls["run"].label, self.controls["run"].button_type = "Run", "primary"

    def step(self) -> None:
        """Make a single update."""
        self.stop()
        self.view.say(self.experiment.update())
        self.view.note()
        self.refresh()

    # -- changes ---------------------------------------------------------------------------

    def attempt(self, action: Callable[..., Any], *arguments: Any) -> Any:
        """Do something that may be refused; say why, and show how things stand in any case."""
        try:
            result = action(*arguments)
            self.view.say("")
            return result
        except ValueError as error:
            self.view.say(f"Not done: {error}")
        finally:
            self.refresh()

    def edit_weight(self, row: int, column: int, value: Any) -> None:
        """Set one weight by hand."""
        self.attempt(self.experiment.set_weight, row, column, value)

    def load(self, name: str) -> None:
        """Take a ready data set."""
        if name:
            self.points.selected = None
            self.attempt(self.experiment.load, name)

    def drag(self, index: int, x0: float, x1: float) -> None:
        """Move a point while the mouse is down; drawn with the next frame."""
        self.points.selected = index
        self.experiment.drag(index, x0, x1)
        self._own_points()
        self.view.stale = True

    def drop(self) -> None:
        """End a drag."""
        self.experiment.drop()
        self.refresh()

    def tap(self, x0: float, x1: float) -> None:
        """Select the point there, or add one."""
        index = self.points.nearest(x0, x1)
        if index is None:
            self.add(x0, x1)
        else:
            self.select(index)

    def add(self, x0: float, x1: float) -> None:
        """Add a point of the chosen class, and select it."""
        added = self.attempt(self.experiment.add, x0, x1, self.controls["brush"].active)
        if added is not None:
            self._own_points()
            self.select(added)

    def _own_points(self) -> None:
        """Say that the points are no ready data set any more."""
        with self.controls.silently():
            self.controls["dataset"].value = ""

    def select(self, index: int) -> None:
        """Select a point by its number."""
        self.points.selected = min(max(int(index), 0), len(self.experiment.X) - 1)
        self.refresh()

    def _with_selected(self, action: Callable[..., Any], *arguments: Any) -> None:
        """Change the selected point; without one there is nothing to do."""
        if self.points.selected is not None:
            self._own_points()
            self.attempt(action, self.points.selected, *arguments)

    def place(self, x0: float | None = None, x1: float | None = None) -> None:
        """Put the selected point elsewhere."""
        index = self.points.selected
        if index is None:
            return
        place = self.experiment.X[index]
        x0, x1 = (old if new is None else new for old, new in zip(place, (x0, x1), strict=True))
        self._with_selected(self.experiment.move, x0, x1)

    def relabel(self, label: int) -> None:
        """Give the selected point another class."""
        self._with_selected(self.experiment.relabel, label)

    def delete(self) -> None:
        """Delete the selected point."""
        self._with_selected(self.experiment.delete)
