"""The plane: points to drag, class regions, zero lines and gradient arrows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.events import DoubleTap, MouseMove, Pan, PanEnd, PanStart, Press, PressUp, Tap
from bokeh.models import ColumnDataSource, Range1d
from bokeh.plotting import figure

from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.geometry import regions, zero_lines
from sklinear_gd.demo.settings import PLANE
from sklinear_gd.demo.style import CLASS_COLORS, CLASS_MARKERS, INK, dress
from sklinear_gd.demo.trainer import Trainer

# How far from a point, in units of the plane, a finger or a mouse still means it.
REACH = 0.16


class Points:
    """The points as both planes show them.

    Parameters
    ----------
    experiment : callable
        Returns the current experiment.
    """

    def __init__(self, experiment: Callable[[], Experiment]) -> None:
        self.experiment = experiment
        columns: dict[str, list[Any]] = {name: [] for name in ("x", "y", "color", "marker")}
        self.source = ColumnDataSource(columns, name="points")
        self.halo = ColumnDataSource({"x": [], "y": []})
        self.selected: int | None = None

    def refresh(self) -> None:
        """Draw the points, and a ring around the selected one."""
        experiment = self.experiment()
        labels = experiment.y.tolist()
        self.source.data = {
            "x": experiment.X[:, 0].copy(),
            "y": experiment.X[:, 1].copy(),
            "color": [CLASS_COLORS[label] for label in labels],
            "marker": [CLASS_MARKERS[label] for label in labels],
        }
        if self.selected is not None and self.selected >= len(labels):
            self.selected = len(labels) - 1
        ringed = [] if self.selected is None else [self.selected]
        place = experiment.X[ringed]
        self.halo.data = {"x": place[:, 0].copy(), "y": place[:, 1].copy()}

    def nearest(self, x0: float, x1: float) -> int | None:
        """The number of the point closest to a place, or None if it is out of reach."""
        distances = np.hypot(*(self.experiment().X - [x0, x1]).T)
        index = int(distances.argmin())
        return index if distances[index] <= REACH else None


class Plane:
    """One model's view of the plane.

    Parameters
    ----------
    name : str
        The name of the figure on the page.
    points : Points
    on_drag, on_drop, on_tap : callables
        ``on_drag(index, x0, x1)``, ``on_drop()``, ``on_tap(x0, x1)``.
    """

    def __init__(
        self,
        name: str,
        points: Points,
        on_drag: Callable[[int, float, float], None],
        on_drop: Callable[[], None],
        on_tap: Callable[[float, float], None],
    ) -> None:
        self.points, self.on_drag, self.on_drop, self.on_tap = points, on_drag, on_drop, on_tap
        self.held: int | None = None
        self.pressed, self.moved = False, False
        self.areas = ColumnDataSource({"xs": [], "ys": [], "color": []})
        self.lines = ColumnDataSource({"xs": [], "ys": [], "color": []})
        self.arrows = ColumnDataSource(
            {name: [] for name in ("x0", "y0", "x1", "y1", "angle", "color")}
        )
        self.figure = self._draw(name)
        for event, reaction in [
            (PanStart, self._grab),
            (Pan, self._drag),
            (PanEnd, self._drop),
            # Who holds the button still for a moment gets these in place of the three above.
            (Press, self._press),
            (MouseMove, self._move),
            (PressUp, self._release),
            (Tap, lambda event: self.on_tap(event.x, event.y)),
            # Two quick clicks in different places come as one of these.
            (DoubleTap, lambda event: self.on_tap(event.x, event.y)),
        ]:
            self.figure.on_event(event, reaction)

    def _draw(self, name: str) -> Any:
        limits = {"start": -PLANE, "end": PLANE}
        plot = dress(
            figure(
                name=name,
                x_range=Range1d(**limits),
                y_range=Range1d(**limits),
                aspect_ratio=1,
                sizing_mode="scale_width",
                tools="",
                min_border=4,
                x_axis_label="x[0]",
                y_axis_label="x[1]",
            )
        )
        plot.grid.visible = False
        for axis in plot.axis:  # each label costs time in each frame
            axis.ticker = [-2, -1, 0, 1, 2]
        plot.patches("xs", "ys", source=self.areas, color="color", alpha=0.2, line_width=0)
        plot.multi_line("xs", "ys", source=self.lines, color="color", line_width=2.5)
        plot.segment("x0", "y0", "x1", "y1", source=self.arrows, color="color", line_width=2.5)
        plot.scatter(
            "x1", "y1", angle="angle", size=11, marker="triangle", source=self.arrows, color="color"
        )
        plot.scatter(
            "x",
            "y",
            source=self.points.halo,
            size=25,
            fill_color=None,
            line_color=INK,
            line_width=2.5,
        )
        plot.scatter(
            "x",
            "y",
            source=self.points.source,
            marker="marker",
            size=14,
            fill_color="color",
            line_color="white",
            line_width=1.5,
        )
        return plot

    def refresh(self, trainer: Trainer) -> None:
        """Draw the trainer's regions, lines and arrows."""
        coef, intercept = trainer.coef, trainer.intercept
        kept = [(k, area) for k, area in enumerate(regions(coef, intercept)) if len(area)]
        self.areas.data = {
            "xs": [area[:, 0].tolist() for _, area in kept],
            "ys": [area[:, 1].tolist() for _, area in kept],
            "color": [CLASS_COLORS[k] for k, _ in kept],
        }
        # The one line of two classes is that of class 1.
        colors = CLASS_COLORS[1:] if len(coef) == 1 else CLASS_COLORS
        found = [
            (line, color)
            for line, color in zip(zero_lines(coef, intercept), colors, strict=False)
            if np.isfinite(line.ends).all()
        ]
        self.lines.data = {
            "xs": [line.ends[:, 0].tolist() for line, _ in found],
            "ys": [line.ends[:, 1].tolist() for line, _ in found],
            "color": [color for _, color in found],
        }
        arrows = np.array([line.arrow for line, _ in found]).reshape(-1, 2, 2)
        run = arrows[:, 1] - arrows[:, 0]
        self.arrows.data = {
            "x0": arrows[:, 0, 0],
            "y0": arrows[:, 0, 1],
            "x1": arrows[:, 1, 0],
            "y1": arrows[:, 1, 1],
            "angle": np.arctan2(run[:, 1], run[:, 0]) - np.pi / 2,
            "color": [color for _, color in found],
        }

    def _grab(self, event: Any) -> None:
        self.held, self.moved = self.points.nearest(event.x, event.y), False

    def _drag(self, event: Any) -> None:
        if self.held is not None and event.x is not None:
            self.moved = True
            self.on_drag(self.held, event.x, event.y)

    def _drop(self, event: Any) -> None:
        if self.held is not None:
            self.held = None
            self.on_drop()

    def _press(self, event: Any) -> None:
        self._grab(event)
        self.pressed = True

    def _move(self, event: Any) -> None:
        if self.pressed:
            self._drag(event)

    def _release(self, event: Any) -> None:
        self.pressed = False
        if self.moved:
            self._drop(event)
        else:  # a slow click
            self.held = None
            self.on_tap(event.x, event.y)
