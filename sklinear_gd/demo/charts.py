"""The loss over the updates, and the slice through the loss landscape."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from bokeh.models import ColumnDataSource, NumeralTickFormatter
from bokeh.plotting import figure
from bokeh.plotting.contour import contour_data

from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.landscape import ACROSS, ASIDE, Slice
from sklinear_gd.demo.style import INK, LANDSCAPE, RACER_COLORS, RACER_DASHES, dress
from sklinear_gd.demo.trainer import Trainer, Weights

# Updates that the curve and the path remember.
MEMORY = 3000


class Series:
    """Columns that grow: what is new is sent to the browser, after a `clear` all that there is.

    A change of ``data`` is sent with the columns as they are at the end of the callback. What was
    appended to them since would be sent twice, so nothing is.

    Parameters
    ----------
    *columns : str
        Their names.
    """

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        self.source = ColumnDataSource({name: [] for name in columns})
        self.clear()

    def clear(self) -> None:
        """Forget the past; the browser is told by `extend`."""
        self.whole = True

    def extend(self, rows: Sequence[tuple[float, ...]]) -> None:
        """Append rows, each a tuple of numbers."""
        columns = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        news = {name: list(column) for name, column in zip(self.columns, columns, strict=True)}
        if self.whole:
            self.source.data = {name: column[-MEMORY:] for name, column in news.items()}
            self.whole = False
        elif rows:
            self.source.stream(news, MEMORY)


class LossCurve:
    """The total loss of each racer over the updates."""

    def __init__(self) -> None:
        self.figure = dress(
            figure(
                name="curve",
                height=210,
                sizing_mode="stretch_width",
                tools="",
                min_border=4,
                x_axis_label="update",
                y_axis_label="total loss",
            )
        )
        self.figure.x_range.start = 0
        self.figure.x_range.range_padding = 0
        self.figure.y_range.start = 0
        self.figure.yaxis.formatter = NumeralTickFormatter(format="0.[000]")
        self.figure.yaxis.ticker.desired_num_ticks = 5
        self.series = [Series("t", "loss") for _ in RACER_COLORS]
        self.sources = [series.source for series in self.series]
        self.news: list[list[tuple[float, ...]]] = [[] for _ in RACER_COLORS]
        for name, source, color, dash in zip(
            "AB", self.sources, RACER_COLORS, RACER_DASHES, strict=True
        ):
            self.figure.line(
                "t", "loss", source=source, color=color, line_dash=dash, line_width=2, name=name
            )

    def clear(self) -> None:
        """Forget the past; drawn by `flush`."""
        for series, news in zip(self.series, self.news, strict=True):
            series.clear()
            news.clear()

    def add(self, updates: int, losses: Sequence[float]) -> None:
        """Note the loss of each racer after so many updates, to be drawn by `flush`."""
        for news, loss in zip(self.news, losses, strict=False):
            news.append((updates, loss))

    def flush(self) -> None:
        """Draw what is new."""
        for series, news in zip(self.series, self.news, strict=True):
            series.extend(news)
            news.clear()


class Landscape:
    """The objective over the slice, with the way that each racer has taken on it."""

    def __init__(self) -> None:
        self.figure = dress(
            figure(
                name="landscape",
                height=290,
                sizing_mode="stretch_width",
                x_range=ACROSS,
                y_range=ASIDE,
                tools="",
                min_border=4,
                x_axis_label="towards the minimum",
                y_axis_label="across",
            )
        )
        self.figure.grid.visible = False
        flat = np.add.outer([0.0, 1.0], [0.0, 1.0])
        self.contour = self.figure.contour(
            [0, 1],
            [0, 1],
            flat,
            np.linspace(0, 3, len(LANDSCAPE) + 1),
            fill_color=LANDSCAPE,
            line_color=LANDSCAPE[5],
            line_width=0.7,
        )
        self.ways = [Series("u", "v") for _ in RACER_COLORS]
        self.paths = [way.source for way in self.ways]
        self.heads = [ColumnDataSource({"u": [], "v": []}) for _ in RACER_COLORS]
        for path, head, color, dash in zip(
            self.paths, self.heads, RACER_COLORS, RACER_DASHES, strict=True
        ):
            self.figure.line("u", "v", source=path, color=color, line_dash=dash, line_width=2)
            self.figure.scatter("u", "v", source=head, color=color, size=10, line_color="white")
        self.figure.scatter([0], [0], marker="x", size=11, color=INK, line_width=2)
        self.figure.scatter([1], [0], marker="star", size=15, color=INK, line_color="white")
        # The weights on each way: another slice shows them in other places.
        self.tracks: list[deque[Weights]] = [deque(maxlen=MEMORY) for _ in RACER_COLORS]
        self.news: list[list[Weights]] = [[] for _ in RACER_COLORS]
        self.slice: Slice | None = None

    def renew(self, experiment: Experiment) -> None:
        """Choose a new slice: for another start, or for other points or losses."""
        self.slice = Slice(experiment.trainers[0], experiment.start)
        values = self.slice.values(experiment.trainers[0])
        low, high = values.min(), values.max()
        # Levels that come closer to each other near the minimum.
        levels = low + (high - low + 1e-9) * np.linspace(0, 1, len(LANDSCAPE) + 1) ** 2
        levels[0] -= 1e-9 * max(1.0, abs(low))
        self.contour.set_data(contour_data(self.slice.u, self.slice.v, values, levels))
        for way in self.ways:
            way.clear()
        self.news = [list(track) for track in self.tracks]
        self.flush()

    def clear(self) -> None:
        """Forget the ways; drawn by `flush`."""
        for track, way, news in zip(self.tracks, self.ways, self.news, strict=True):
            track.clear()
            way.clear()
            news.clear()

    def add(self, trainers: Sequence[Trainer]) -> None:
        """Note where each racer stands, to be drawn by `flush`."""
        for track, news, trainer in zip(self.tracks, self.news, trainers, strict=False):
            weights = trainer.coef.copy(), trainer.intercept.copy()
            track.append(weights)
            news.append(weights)

    def flush(self) -> None:
        """Draw what is new; what no slice shows yet, for want of one of these weights, waits."""
        for way, head, news in zip(self.ways, self.heads, self.news, strict=True):
            places = []
            if self.slice is not None and all(W.shape == self.slice.shape for W, _ in news[:1]):
                places = [self.slice.project(*weights) for weights in news]
                news.clear()
            way.extend(places)
            if places or not way.source.data["u"]:
                head.data = {name: list(way.source.data[name][-1:]) for name in ("u", "v")}
