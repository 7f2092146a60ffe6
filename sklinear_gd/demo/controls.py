"""The widgets: what they offer, and how they are kept in step with the experiment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import log10
from typing import Any

from bokeh.models import (
    Button,
    CustomJSTickFormatter,
    Div,
    RadioButtonGroup,
    Select,
    Slider,
    Spinner,
    Switch,
)

from sklinear_gd.demo.data_sets import DATA_SETS
from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.settings import (
    ALPHAS,
    BATCH_SIZES,
    CLASSES,
    LOSS_NAMES,
    MAX_POINTS,
    OPTIMIZER_CLASSES,
    PENALTY_NAMES,
    PLANE,
    RACER_FIELDS,
    RATES,
    SCHEDULE_CLASSES,
)
from sklinear_gd.demo.style import CLASS_SIGNS, class_styles

# Updates in each of the 30 frames of a second.
SPEEDS = {"1": "30 a second", "5": "150 a second", "25": "750 a second"}
OPTIMIZER_NAMES = {name: cls.__name__ for name, cls in OPTIMIZER_CLASSES.items()}
SCHEDULE_NAMES = {
    name: name.replace("_", " ").replace("invscaling", "inverse scaling").capitalize()
    for name in SCHEDULE_CLASSES
}
BATCH_NAMES = {
    size: "All points" if size == "full" else f"{size} point{'s' * (size != '1')}"
    for size in BATCH_SIZES
}
LABELS = [f"{sign} {k}" for k, sign in enumerate(CLASS_SIGNS)]
WIDE = {"sizing_mode": "stretch_width", "margin": 0}


def text_box(name: str) -> Div:
    """A place for text and numbers as HTML."""
    return Div(name=name, text="", **WIDE)


def button(name: str, label: str, kind: str = "default", **more: Any) -> Button:
    """A button of the page."""
    return Button(name=name, label=label, button_type=kind, **WIDE, **more)


def _select(name: str, title: str, options: dict[str, str]) -> Select:
    return Select(name=name, title=title, options=list(options.items()), **WIDE)


def _log_slider(name: str, title: str, limits: tuple[float, float]) -> Slider:
    """A slider whose value is the exponent of ten."""
    start, end = map(log10, limits)
    formatter = CustomJSTickFormatter(code="return String(Number((10 ** tick).toPrecision(2)))")
    return Slider(
        name=name,
        title=title,
        start=start,
        end=end,
        value=start,
        step=0.05,
        format=formatter,
        **WIDE,
    )


def _choice(name: str, labels: list[str], *sheets: Any) -> RadioButtonGroup:
    return RadioButtonGroup(name=name, labels=labels, stylesheets=list(sheets), **WIDE)


def spinner(name: str, title: str, low: float, high: float, step: float, **more: Any) -> Spinner:
    """A field for a number, which the arrow keys nudge."""
    return Spinner(
        name=name,
        title=title,
        low=low,
        high=high,
        step=step,
        **WIDE,
        **more,
    )


class Controls:
    """Every widget of the page, by name.

    Parameters
    ----------
    experiment : callable
        Returns the current experiment.

    Attributes
    ----------
    widgets : dict of str to bokeh model
    quiet : bool
        True while the program itself sets values, which must not be taken for the user's.
    """

    def __init__(self, experiment: Callable[[], Experiment]) -> None:
        self.experiment, self.quiet = experiment, False
        racer = {
            "optimizer": ("Optimizer", OPTIMIZER_NAMES),
            "schedule": ("Schedule of the step size", SCHEDULE_NAMES),
        }
        widgets = [
            button("run", "Run", "primary"),
            button("step", "Single step"),
            button("restart", "Back to start"),
            button("randomize", "Randomize"),
            _select("speed", "Updates", SPEEDS),
            _select("dataset", "Ready data", {"": "Own points"} | _titles(DATA_SETS)),
            _choice("classes", [str(k) for k in range(CLASSES[0], CLASSES[1] + 1)]),
            _choice("brush", LABELS, class_styles()),
            spinner("point", "Selected point", 0, MAX_POINTS - 1, 1, placeholder="none"),
            spinner("point_x", "x[0]", -PLANE, PLANE, 0.05, format="0.00"),
            spinner("point_y", "x[1]", -PLANE, PLANE, 0.05, format="0.00"),
            _choice("label", LABELS, class_styles()),
            button("add", "Add a point"),
            button("delete", "Delete it"),
            _select("loss", "Loss", LOSS_NAMES),
            _select("penalty", "Penalty", PENALTY_NAMES),
            _log_slider("alpha", "Strength of the penalty", ALPHAS),
            _select("batch", "Batch: points in each update", BATCH_NAMES),
            Switch(name="race"),
        ]
        for owner in ("first", "second"):
            for part, (title, options) in racer.items():
                widgets.append(_select(f"{owner}_{part}", title, options))
            widgets.append(_log_slider(f"{owner}_rate", "Step size", RATES))
        self.widgets = {widget.name: widget for widget in widgets}
        self.widgets["speed"].value = "1"
        self.widgets["dataset"].value = ""
        self.widgets["brush"].active = 0

    def __getitem__(self, name: str) -> Any:
        """The widget of a name."""
        return self.widgets[name]

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Within the block values that are set call nothing."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    def on_value(self, name: str, reaction: Callable[[Any], Any]) -> None:
        """Call ``reaction(value)`` when the user changes a widget's value."""
        widget = self.widgets[name]
        attribute = "value" if "value" in widget.properties() else "active"

        def changed(attr: str, old: Any, new: Any) -> None:
            if not self.quiet and new is not None:
                reaction(new)

        widget.on_change(attribute, changed)

    def refresh(self, selected: int | None) -> None:
        """Show the experiment's settings, and the selected point."""
        experiment = self.experiment()
        settings, widgets = experiment.settings, self.widgets
        with self.silently():
            for name in ("loss", "penalty", "batch"):
                widgets[name].value = getattr(settings, name)
            widgets["alpha"].value = log10(settings.alpha)
            widgets["classes"].active = settings.classes - CLASSES[0]
            widgets["race"].active = settings.race
            for owner in ("first", "second"):
                racer = getattr(settings, owner)
                widgets[f"{owner}_optimizer"].value = racer.optimizer
                widgets[f"{owner}_schedule"].value = racer.schedule
                widgets[f"{owner}_rate"].value = log10(racer.rate)
                for part in RACER_FIELDS:
                    widgets[f"{owner}_{part}"].visible = owner == "first" or settings.race
            labels = LABELS[: settings.classes]
            widgets["brush"].labels = widgets["label"].labels = labels
            widgets["brush"].active = min(widgets["brush"].active, settings.classes - 1)
            self._show_point(experiment, selected)

    def _show_point(self, experiment: Experiment, selected: int | None) -> None:
        widgets = self.widgets
        widgets["point"].high = len(experiment.X) - 1
        widgets["point"].value = selected
        missing = selected is None
        widgets["point_x"].value = None if missing else float(experiment.X[selected, 0])
        widgets["point_y"].value = None if missing else float(experiment.X[selected, 1])
        widgets["label"].active = None if missing else int(experiment.y[selected])
        for name in ("point_x", "point_y", "label", "delete"):
            widgets[name].disabled = missing
        widgets["add"].disabled = len(experiment.X) >= MAX_POINTS


def _titles(data_sets: dict[str, tuple[str, Any]]) -> dict[str, str]:
    return {name: title for name, (title, _) in data_sets.items()}
