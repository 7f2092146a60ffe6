"""What is on the page, and how it is drawn: plots, widgets, numbers and texts."""

import time
from collections.abc import Callable
from html import escape
from typing import Any

from bokeh.models import Button, ColumnDataSource, CustomJS
from jinja2 import Template

from sklinear_gd.demo import tables
from sklinear_gd.demo.charts import Landscape, LossCurve
from sklinear_gd.demo.controls import OPTIMIZER_NAMES, Controls, button, text_box
from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.export import python_code
from sklinear_gd.demo.link import to_query
from sklinear_gd.demo.plane import Plane, Points
from sklinear_gd.demo.settings import PLANNED_UPDATES
from sklinear_gd.demo.style import read, widget_styles
from sklinear_gd.demo.weight_editor import WEIGHT_ROWS, WeightEditor
from sklinear_gd.losses import LOSSES
from sklinear_gd.optimizers import OPTIMIZERS

TITLE = "Gradient descent on a linear classifier"
TEXTS = ("message", "losses", "loss_hint", "optimizer_hint", "check", "table", "link", "code")
# Frames between two refreshes of what is slow to draw or to read.
CHARTS_EVERY, WEIGHTS_EVERY, TABLE_EVERY, TEXTS_EVERY = 2, 4, 8, 30
# Seconds between two landscapes while points are dragged.
LANDSCAPE_PAUSE = 0.3
COPY = """
navigator.clipboard.writeText(TEXT).then(() => {
  const label = button.label
  button.label = "Copied"
  setTimeout(() => { button.label = label }, 1200)
})
"""
ADDRESS = "location.origin + location.pathname + '?' + source.data.query[0]"


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]


class View:
    """All Bokeh models of one page, and their drawing.

    Parameters
    ----------
    experiment : callable
        Returns the current experiment.
    on_drag, on_drop, on_tap, on_weight : callables
        What the planes and the weights report; see `Plane` and `WeightEditor`.

    Attributes
    ----------
    frame : int
        Frames drawn so far.
    stale : bool
        Whether points have moved since the last frame.
    """

    def __init__(
        self,
        experiment: Callable[[], Experiment],
        on_drag: Callable[[int, float, float], None],
        on_drop: Callable[[], None],
        on_tap: Callable[[float, float], None],
        on_weight: Callable[[int, int, float], None],
    ) -> None:
        self.experiment = experiment
        self.frame, self.stale = 0, False
        # Of which state, and when.
        self.landscape_drawn: tuple[tuple[int, tuple[int, ...]] | None, float] = None, 0.0
        self.controls, self.points = Controls(experiment), Points(experiment)
        self.planes = [
            Plane(name, self.points, on_drag, on_drop, on_tap) for name in ("plane", "rival_plane")
        ]
        for plane in self.planes:
            plane.figure.styles = {"flex": "1 1 200px", "min-width": "0"}
        self.curve, self.landscape = LossCurve(), Landscape()
        self.weights = WeightEditor(self.controls, on_weight)
        self.texts = {name: text_box(name) for name in TEXTS}
        self.program = ColumnDataSource({"code": [""], "query": [""]})
        self.copy_buttons = [
            self._copy_button("copy_code", "Copy the code", "source.data.code[0]"),
            self._copy_button("copy_link", "Copy the link", ADDRESS),
        ]
        # The browser sends back the number of each frame once it has worked through it. Painting
        # is the browser's own affair: where that is slow it skips frames, and training goes on.
        self.sent, self.seen = ColumnDataSource({"frame": [0]}), ColumnDataSource({"frame": [0]})
        code = "setTimeout(() => { seen.data = {frame: [sent.data.frame[0]]} })"
        echo = CustomJS(args={"sent": self.sent, "seen": self.seen}, code=code)
        self.sent.js_on_change("data", echo)

    def _copy_button(self, name: str, label: str, text: str) -> Button:
        widget = button(name, label)
        arguments = {"source": self.program, "button": widget}
        widget.js_on_click(CustomJS(args=arguments, code=COPY.replace("TEXT", text)))
        return widget

    def add_to(self, document: Any) -> None:
        """Put everything on the page."""
        self.planes[0].figure.tags = [self.sent, self.seen]  # so that they are part of it
        widgets = [*self.controls.widgets.values(), *self.texts.values(), *self.copy_buttons]
        sheet = widget_styles()
        for widget in (*widgets, *self.weights.widgets):
            widget.stylesheets = [sheet, *widget.stylesheets]
        roots = [*widgets, *self.weights.roots, *(plane.figure for plane in self.planes)]
        with document.models.freeze():  # or every root would be counted again for every other
            for root in (*roots, self.curve.figure, self.landscape.figure):
                document.add_root(root)
        document.title = TITLE
        document.template = Template(read("page.html"))
        document.template_variables.update(
            title=TITLE,
            page_css=read("page.css"),
            weight_rows=WEIGHT_ROWS,
            planned=PLANNED_UPDATES,
        )

    @property
    def frames_behind(self) -> int:
        """Frames that the browser has not worked through yet."""
        return self.frame - self.seen.data["frame"][0]

    def note(self) -> None:
        """Enter where the models stand into curve and landscape."""
        experiment = self.experiment()
        self.curve.add(experiment.updates, [found.total for found in experiment.evaluations])
        self.landscape.add(experiment.trainers)

    def draw_frame(self, running: bool) -> None:
        """Draw what moves with each update; during a run slower things every few frames only."""
        experiment = self.experiment()
        self.frame += 1

        def due(period: int) -> bool:
            return not running or self.frame % period == 0

        if self.stale:
            self.points.refresh()
            self.stale = False
        for plane, trainer in zip(self.planes, experiment.trainers, strict=False):
            plane.refresh(trainer)
        if due(CHARTS_EVERY):
            self.texts["losses"].text = tables.losses_table(experiment)
            self.curve.flush()
            self.landscape.flush()
        if due(WEIGHTS_EVERY):
            self.weights.refresh(experiment.trainers[0], experiment.evaluations[0])
        if due(TABLE_EVERY):
            self.texts["table"].text = tables.points_table(experiment, self.points.selected)
        if due(TEXTS_EVERY):
            self._draw_texts(experiment)
        if self.landscape_is_due():
            self.draw_landscape()
        self.sent.data = {"frame": [self.frame]}

    def _draw_texts(self, experiment: Experiment) -> None:
        self.texts["check"].text = tables.gradient_check(experiment.trainers[0])
        if experiment.moving:  # such a run cannot be repeated; the next begins when it is dropped
            return
        code, query = python_code(experiment), to_query(experiment)
        self.program.data = {"code": [code], "query": [query]}
        self.texts["code"].text = f"<pre>{escape(code)}</pre>"
        address = f'<a href="?{escape(query)}">Open this state as a link</a>'
        self.texts["link"].text = f"<p>{address}</p>"

    def _landscape_key(self) -> tuple[int, tuple[int, ...]]:
        experiment = self.experiment()
        return experiment.version, tuple(map(id, experiment.start))

    def landscape_is_due(self) -> bool:
        """Whether points, loss or start have changed, and the last drawing is some time ago."""
        key, when = self.landscape_drawn
        return key != self._landscape_key() and time.monotonic() - when > LANDSCAPE_PAUSE

    def draw_landscape(self) -> None:
        """Draw the slice for the points, the loss and the start of now."""
        self.landscape.renew(self.experiment())
        self.landscape_drawn = self._landscape_key(), time.monotonic()

    def refresh(self, running: bool = False) -> None:
        """Draw everything after a change."""
        experiment = self.experiment()
        settings = experiment.settings
        experiment.evaluate()
        self.points.refresh()
        if experiment.updates == 0:
            self.curve.clear()
            self.landscape.clear()
            self.note()
        self.planes[1].figure.visible = settings.race
        for name, plane, racer in zip("AB", self.planes, settings.racers, strict=False):
            title = f"{name}: {OPTIMIZER_NAMES[racer.optimizer]}" if settings.race else ""
            plane.figure.title.text = title
        self.texts["loss_hint"].text = f"<p>{_first_line(LOSSES[settings.loss])}</p>"
        optimizer = OPTIMIZERS[settings.first.optimizer]
        self.texts["optimizer_hint"].text = f"<p>{_first_line(optimizer)}</p>"
        self.controls.refresh(self.points.selected)
        self.draw_frame(running)

    def say(self, text: str) -> None:
        """Show a message above everything, or none."""
        box = f'<div class="message">{escape(text)}</div>' if text else ""
        self.texts["message"].text = box
