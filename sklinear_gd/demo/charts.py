"""The loss over the updates, and the slice through the loss landscape."""

from collections import deque

import numpy as np
from bokeh.models import ColumnDataSource, NumeralTickFormatter
from bokeh.plotting import figure
from bokeh.plotting.contour import contour_data

from sklinear_gd.demo.landscape import ACROSS, ASIDE, Slice
from sklinear_gd.demo.style import INK, LANDSCAPE, RACER_COLORS, RACER_DASHES, dress

# Updates that the curve and the path remember.
MEMORY = 3000


class LossCurve:
    """The total loss of each racer over the updates."""

    def __init__(self):
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
        self.sources = [ColumnDataSource({"t": [], "loss": []}) for _ in RACER_COLORS]
        self.news = [[] for _ in RACER_COLORS]
        for name, source, color, dash in zip(
            "AB", self.sources, RACER_COLORS, RACER_DASHES, strict=True
        ):
            self.figure.line(
                "t", "loss", source=source, color=color, line_dash=dash, line_width=2, name=name
            )

    def clear(self):
        """Forget the past."""
        for source, news in zip(self.sources, self.news, strict=True):
            source.data = {"t": [], "loss": []}
            news.clear()

    def add(self, updates, losses):
        """Note the loss of each racer after so many updates, to be drawn by `flush`."""
        for news, loss in zip(self.news, losses, strict=False):
            news.append((updates, loss))

    def flush(self):
        """Draw what is new."""
        for source, news in zip(self.sources, self.news, strict=True):
            if news:
                t, loss = zip(*news, strict=True)
                source.stream({"t": t, "loss": loss}, MEMORY)
                news.clear()


class Landscape:
    """The objective over the slice, with the way that each racer has taken on it."""

    def __init__(self):
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
        self.paths = [ColumnDataSource({"u": [], "v": []}) for _ in RACER_COLORS]
        self.heads = [ColumnDataSource({"u": [], "v": []}) for _ in RACER_COLORS]
        for path, head, color, dash in zip(
            self.paths, self.heads, RACER_COLORS, RACER_DASHES, strict=True
        ):
            self.figure.line("u", "v", source=path, color=color, line_dash=dash, line_width=2)
            self.figure.scatter("u", "v", source=head, color=color, size=10, line_color="white")
        self.figure.scatter([0], [0], marker="x", size=11, color=INK, line_width=2)
        self.figure.scatter([1], [0], marker="star", size=15, color=INK, line_color="white")
        # The weights on each way: another slice shows them in other places.
        self.tracks = [deque(maxlen=MEMORY) for _ in RACER_COLORS]
        self.news = {path.id: [] for path in self.paths}
        self.slice = None

    def renew(self, experiment):
        """Choose a new slice: for another start, or for other points or losses."""
        self.slice = Slice(experiment.trainers[0], experiment.start)
        values = self.slice.values(experiment.trainers[0])
        low, high = values.min(), values.max()
        # Levels that come closer to each other near the minimum.
        levels = low + (high - low + 1e-9) * np.linspace(0, 1, len(LANDSCAPE) + 1) ** 2
        levels[0] -= 1e-9 * max(1.0, abs(low))
        self.contour.set_data(contour_data(self.slice.u, self.slice.v, values, levels))
        for track, path in zip(self.tracks, self.paths, strict=True):
            path.data = {"u": [], "v": []}
            self.news[path.id] = list(track)
        self.flush()

    def clear(self):
        """Forget the ways."""
        for track, path, head in zip(self.tracks, self.paths, self.heads, strict=True):
            track.clear()
            self.news[path.id] = []
            path.data, head.data = {"u": [], "v": []}, {"u": [], "v": []}

    def add(self, trainers):
        """Note where each racer stands, to be drawn by `flush`."""
        for track, path, trainer in zip(self.tracks, self.paths, trainers, strict=False):
            weights = trainer.coef.copy(), trainer.intercept.copy()
            track.append(weights)
            self.news[path.id].append(weights)

    def flush(self):
        """Draw what is new; before there is a slice of these weights it waits."""
        for path, head in zip(self.paths, self.heads, strict=True):
            news = self.news[path.id]
            if not news or self.slice is None or news[0][0].shape != self.slice.shape:
                continue
            u, v = zip(*(self.slice.project(*weights) for weights in news), strict=True)
            path.stream({"u": u, "v": v}, MEMORY)
            head.data = {"u": u[-1:], "v": v[-1:]}
            self.news[path.id] = []
