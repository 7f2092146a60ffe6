"""The page: widgets, plots and numbers around an experiment, and what each action does."""

import logging
import time
from html import escape

from bokeh.models import Column, ColumnDataSource, CustomJS, Div, Row
from jinja2 import Template

from sklinear_gd.demo import tables
from sklinear_gd.demo.charts import Landscape, LossCurve
from sklinear_gd.demo.controls import OPTIMIZER_NAMES, WIDE, Controls, button, spinner
from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.export import python_code
from sklinear_gd.demo.link import from_query, to_query
from sklinear_gd.demo.plane import Plane, Points
from sklinear_gd.demo.settings import CLASSES, MAX_WEIGHT, PLANNED_UPDATES
from sklinear_gd.demo.style import read, widget_styles
from sklinear_gd.losses import LOSSES
from sklinear_gd.optimizers import OPTIMIZERS

PERIOD_MS = 33
# Frames that the browser may lag behind before training waits for it.
IN_FLIGHT = 3
# Frames between two refreshes of what is slow to draw or to read.
CHARTS_EVERY, WEIGHTS_EVERY, TABLE_EVERY, TEXTS_EVERY = 2, 4, 8, 30
LANDSCAPE_PAUSE = 0.3
WEIGHT_ROWS = [f"weights_{k}" for k in range(CLASSES[1])]
COPY = """
navigator.clipboard.writeText(TEXT).then(() => {
  const label = button.label
  button.label = "Copied"
  setTimeout(() => { button.label = label }, 1200)
})
"""


def _div(name, text=""):
    return Div(name=name, text=text, stylesheets=[widget_styles()], **WIDE)


def _first_line(cls):
    return cls.__doc__.strip().splitlines()[0]


class WeightEditor:
    """A row of fields for each class: W[0], W[1], b, and their gradient below.

    Parameters
    ----------
    controls : Controls
        Says whether the program itself sets values.
    on_edit : callable (row, column, value)
    """

    def __init__(self, controls, on_edit):
        self.controls, self.on_edit = controls, on_edit
        self.fields, self.gradients, self.signs, self.roots = [], [], [], []
        for row, name in enumerate(WEIGHT_ROWS):
            fields = [self._field(row, column) for column in range(3)]
            label = Div(
                width=34, margin=0, stylesheets=[widget_styles()], styles={"padding-top": "8px"}
            )
            gradient = _div(None)
            top = Row(label, *fields, spacing=8, **WIDE)
            self.roots.append(Column(top, gradient, name=name, **WIDE))
            self.fields.append(fields)
            self.gradients.append(gradient)
            self.signs.append(label)

    def _field(self, row, column):
        field = spinner(
            f"weight_{row}_{column}", "", -MAX_WEIGHT, MAX_WEIGHT, 0.1, format="0.000", min_width=60
        )

        def changed(attr, old, new):
            if not self.controls.quiet and new is not None:
                self.on_edit(row, column, new)

        field.on_change("value", changed)
        return field

    def refresh(self, trainer, evaluation):
        """Show the trainer's weights and their gradient."""
        n_scores = len(trainer.coef)
        with self.controls.silently():
            for row, root in enumerate(self.roots):
                root.visible = row < n_scores
            for row in range(n_scores):
                self._refresh_row(row, n_scores, trainer, evaluation)

    def _refresh_row(self, row, n_scores, trainer, evaluation):
        self.signs[row].text = tables.sign(row if n_scores > 1 else 1)
        weights = (*trainer.coef[row], trainer.intercept[row])
        for field, value in zip(self.fields[row], weights, strict=True):
            field.value = round(float(value), 3)
        self.gradients[row].text = tables.gradient_cells(
            evaluation.coef_gradient[row], evaluation.intercept_gradient[row]
        )


class Page:
    """One visitor's page.

    Parameters
    ----------
    document : bokeh.document.Document
    arguments : dict of str to list of bytes
        The query of the address, which may carry a state.
    """

    def __init__(self, document, arguments):
        self.document, self.running, self.frame = document, False, 0
        self.stale, self.drawn = False, (None, 0.0)
        complaint = ""
        try:
            self.experiment = from_query(arguments)
        except ValueError as error:
            complaint = f"{error} The page shows its default state instead."
            self.experiment = Experiment()
        self.controls = Controls(lambda: self.experiment)
        self.points = Points(lambda: self.experiment)
        reactions = (self.drag, self.drop, self.tap)
        self.planes = [Plane(name, self.points, *reactions) for name in ("plane", "rival_plane")]
        for plane in self.planes:
            plane.figure.styles = {"flex": "1 1 200px", "min-width": "0"}
        self.curve, self.landscape = LossCurve(), Landscape()
        self.weights = WeightEditor(self.controls, self.edit_weight)
        names = ("message", "losses", "loss_hint", "optimizer_hint", "check", "table", "link")
        self.texts = {name: _div(name) for name in names}
        self.code = _div("code")
        self._make_copy_buttons()
        self._make_pulse()
        self._connect()
        self._add_to_document()
        if "points" not in arguments or complaint:
            self.controls["dataset"].value = "stanford"
        self.say(complaint)
        self.refresh()

    # -- making ----------------------------------------------------------------------------

    def _make_copy_buttons(self):
        self.program = ColumnDataSource({"code": [""], "query": [""]})
        self.copy_code = button("copy_code", "Copy the code")
        self.copy_link = button("copy_link", "Copy the link")
        address = "location.origin + location.pathname + '?' + source.data.query[0]"
        for widget, text in [
            (self.copy_code, "source.data.code[0]"),
            (self.copy_link, address),
        ]:
            arguments = {"source": self.program, "button": widget}
            widget.js_on_click(CustomJS(args=arguments, code=COPY.replace("TEXT", text)))

    def _make_pulse(self):
        """The browser sends back the number of each frame that it has drawn."""
        self.sent, self.seen = ColumnDataSource({"frame": [0]}), ColumnDataSource({"frame": [0]})
        code = "requestAnimationFrame(() => { seen.data = {frame: [sent.data.frame[0]]} })"
        arguments = {"sent": self.sent, "seen": self.seen}
        self.sent.js_on_change("data", CustomJS(args=arguments, code=code))

    def _connect(self):
        for name, reaction in [
            ("run", self.toggle),
            ("step", self.step),
            ("restart", self.restart),
            ("randomize", self.randomize),
            ("add", self.add),
            ("delete", self.delete),
        ]:
            self.controls[name].on_click(reaction)
        settings = ["loss", "penalty", "batch", "race"]
        settings += [
            f"{who}_{part}" for who in ("first", "second") for part in ("optimizer", "schedule")
        ]
        for name in settings:
            self.controls.on_value(name, self._setter(name))
        for name in ("alpha", "first_rate", "second_rate"):
            self.controls.on_value(
                name, self._setter(name, lambda power: float(f"{10**power:.2g}"))
            )
        self.controls.on_value(
            "classes", self._setter("classes", lambda active: active + CLASSES[0])
        )
        self.controls.on_value("dataset", self.load)
        self.controls.on_value("point", self.select)
        self.controls.on_value("point_x", lambda x0: self.place(x0=x0))
        self.controls.on_value("point_y", lambda x1: self.place(x1=x1))
        self.controls.on_value("label", self.relabel)

    def _setter(self, name, convert=lambda value: value):
        setting = name.replace("_", ".")

        def react(value):
            self.attempt(self.experiment.change, setting, convert(value))

        return react

    def _add_to_document(self):
        roots = [plane.figure for plane in self.planes]
        roots += [self.curve.figure, self.landscape.figure, self.code]
        roots += [self.copy_code, self.copy_link]
        roots += [*self.controls.widgets.values(), *self.texts.values(), *self.weights.roots]
        self.planes[0].figure.tags = [self.sent, self.seen]
        for root in roots:
            self.document.add_root(root)
        self.document.title = "Gradient descent on a linear classifier"
        self.document.template = Template(read("page.html"))
        self.document.template_variables.update(
            page_css=read("page.css"), weight_rows=WEIGHT_ROWS, planned=PLANNED_UPDATES
        )
        self.document.add_periodic_callback(self.tick, PERIOD_MS)

    # -- time ------------------------------------------------------------------------------

    def tick(self):
        """Train and draw, unless the browser has not caught up; called many times a second."""
        waiting = self.frame - self.seen.data["frame"][0] >= IN_FLIGHT
        if waiting or not (self.running or self.stale or self._landscape_is_due()):
            return
        with self.controls.silently():  # callbacks of what is set here come with unhold
            self.document.hold("combine")
            try:
                self.advance() if self.running else self.refresh()
            except Exception:  # or the periodic callback would end, and the page freeze
                logging.getLogger(__name__).exception("a frame of the demo failed")
                self.stop()
                self.say("Something went wrong; the run was stopped.")
            finally:
                self.document.unhold()

    def advance(self):
        """One frame of a run: some updates, drawn."""
        complaint = self.experiment.update(int(self.controls["speed"].value))
        if complaint:
            self.stop()
            self.say(complaint)
        self.note()
        self.draw_frame()

    def note(self):
        """Enter where the models stand into curve and landscape."""
        experiment = self.experiment
        self.curve.add(experiment.updates, [found.total for found in experiment.evaluations])
        self.landscape.add(experiment.trainers)

    def draw_frame(self):
        """Draw what moves with each update; slower things every few frames only."""
        experiment = self.experiment
        self.frame += 1
        if self.stale:
            self.points.refresh()
        self.stale = False
        for plane, trainer in zip(self.planes, experiment.trainers, strict=False):
            plane.refresh(trainer)
        still = not self.running
        if still or self.frame % CHARTS_EVERY == 0:
            self.texts["losses"].text = tables.losses_table(experiment)
            self.curve.flush()
            self.landscape.flush()
        if still or self.frame % WEIGHTS_EVERY == 0:
            self.weights.refresh(experiment.trainers[0], experiment.evaluations[0])
        if still or self.frame % TABLE_EVERY == 0:
            self.texts["table"].text = tables.points_table(experiment, self.points.selected)
        if still or self.frame % TEXTS_EVERY == 0:
            self._draw_texts()
        if self._landscape_is_due():
            self.draw_landscape()
        self.sent.data = {"frame": [self.frame]}

    def _draw_texts(self):
        experiment = self.experiment
        self.texts["check"].text = tables.gradient_check(experiment.trainers[0])
        if experiment.moving:
            return
        code, query = python_code(experiment), to_query(experiment)
        self.program.data = {"code": [code], "query": [query]}
        self.code.text = f"<pre>{escape(code)}</pre>"
        self.texts["link"].text = f'<p><a href="?{escape(query)}">Open this state as a link</a></p>'

    def _landscape_key(self):
        return self.experiment.version, tuple(map(id, self.experiment.start))

    def _landscape_is_due(self):
        key, when = self.drawn
        return key != self._landscape_key() and time.monotonic() - when > LANDSCAPE_PAUSE

    def draw_landscape(self):
        """Draw the slice for the points, the loss and the start of now."""
        self.landscape.renew(self.experiment)
        self.drawn = self._landscape_key(), time.monotonic()

    def refresh(self):
        """Draw everything after a change."""
        settings = self.experiment.settings
        self.experiment.evaluate()
        self.points.refresh()
        if self.experiment.updates == 0:
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
        self.draw_frame()

    # -- actions ---------------------------------------------------------------------------

    def say(self, text):
        """Show a message above everything, or none."""
        self.texts["message"].text = f'<div class="message">{escape(text)}</div>' if text else ""

    def attempt(self, action, *arguments):
        """Do something that may be refused; say why, and show how things stand in any case."""
        try:
            result = action(*arguments)
            self.say("")
            return result
        except ValueError as error:
            self.say(f"Not done: {error}")
        finally:
            self.refresh()

    def toggle(self):
        """Run or stop."""
        if self.running:
            self.stop()
            self.refresh()
            return
        self.say("")
        self.running = True
        self.controls["run"].label, self.controls["run"].button_type = "Stop", "warning"

    def stop(self):
        """Stop the run."""
        self.running = False
        self.controls["run"].label, self.controls["run"].button_type = "Run", "primary"

    def step(self):
        """Make a single update."""
        self.stop()
        self.say(self.experiment.update())
        self.note()
        self.refresh()

    def restart(self):
        """Go back to where training started."""
        self.attempt(self.experiment.restart)

    def randomize(self):
        """Draw new weights."""
        self.attempt(self.experiment.randomize)

    def edit_weight(self, row, column, value):
        """Set one weight by hand."""
        self.attempt(self.experiment.set_weight, row, column, value)

    def load(self, name):
        """Take a ready data set."""
        if name:
            self.points.selected = None
            self.attempt(self.experiment.load, name)

    def drag(self, index, x0, x1):
        """Move a point while the mouse is down; drawn with the next frame."""
        self.points.selected = index
        self.experiment.drag(index, x0, x1)
        self._own_points()
        self.stale = True

    def drop(self):
        """End a drag."""
        self.experiment.drop()
        self.refresh()

    def tap(self, x0, x1):
        """Select the point there, or add one."""
        index = self.points.nearest(x0, x1)
        if index is None:
            self._add_at(x0, x1)
        else:
            self.select(index)

    def _add_at(self, x0, x1):
        added = self.attempt(self.experiment.add, x0, x1, self.controls["brush"].active)
        if added is not None:
            self._own_points()
            self.select(added)

    def _own_points(self):
        with self.controls.silently():
            self.controls["dataset"].value = ""

    def add(self):
        """Add a point in the middle, for those who do not use a mouse."""
        self._add_at(0.0, 0.0)

    def select(self, index):
        """Select a point by its number."""
        self.points.selected = min(max(int(index), 0), len(self.experiment.X) - 1)
        self.refresh()

    def place(self, x0=None, x1=None):
        """Put the selected point elsewhere."""
        index = self.points.selected
        if index is None:
            return
        place = self.experiment.X[index]
        x0, x1 = (old if new is None else new for old, new in zip(place, (x0, x1), strict=True))
        self._own_points()
        self.attempt(self.experiment.move, index, x0, x1)

    def relabel(self, label):
        """Give the selected point another class."""
        if self.points.selected is not None:
            self._own_points()
            self.attempt(self.experiment.relabel, self.points.selected, label)

    def delete(self):
        """Delete the selected point."""
        if self.points.selected is not None:
            self._own_points()
            self.attempt(self.experiment.delete, self.points.selected)
