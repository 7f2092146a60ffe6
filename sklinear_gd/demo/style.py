"""Colours, markers and style sheets: one look for plots, widgets and page."""

from pathlib import Path
from typing import Any

from bokeh.models import InlineStyleSheet

# Five colours of Okabe and Ito (2008), told apart with every common colour blindness; the markers
# tell the classes apart without colours.
CLASS_COLORS = ("#0072b2", "#d55e00", "#009e73", "#b35c96", "#c28a00")
CLASS_MARKERS = ("circle", "square", "triangle", "diamond", "inverted_triangle")
CLASS_SIGNS = ("●", "■", "▲", "◆", "▼")
RACER_COLORS = ("#111827", "#c2185b")
RACER_DASHES = ("solid", "dashed")
INK, MUTED, RULE, PAPER = "#1f2933", "#52606d", "#d5dbe1", "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Low losses light, high ones dark.
LANDSCAPE = (
    "#fbfdfe",
    "#eef4f8",
    "#dfeaf1",
    "#cedfea",
    "#bcd3e2",
    "#a9c6d9",
    "#95b8cf",
    "#81a9c4",
    "#6d9ab9",
    "#5a8bad",
    "#487ba0",
    "#386b92",
)

FOLDER = Path(__file__).parent


def read(name: str) -> str:
    """The text of a file beside this one."""
    return (FOLDER / name).read_text(encoding="utf-8")


def widget_styles() -> InlineStyleSheet:
    """A new style sheet for the inside of widgets, which the page's own does not reach."""
    return InlineStyleSheet(css=read("widgets.css"))


def class_styles() -> InlineStyleSheet:
    """A style sheet that colours a row of buttons like the classes that they stand for."""
    rules = [
        f".bk-btn:nth-child({k + 1}) {{ color: {color}; }}" for k, color in enumerate(CLASS_COLORS)
    ]
    return InlineStyleSheet(css="\n".join(rules))


def dress(figure: Any) -> Any:
    """Give a figure the page's fonts and rules; returns it."""
    figure.toolbar_location = None
    figure.background_fill_color = figure.border_fill_color = PAPER
    figure.outline_line_color = RULE
    for axis in figure.axis:
        axis.axis_line_color = axis.major_tick_line_color = RULE
        axis.minor_tick_line_color = None
        axis.major_label_text_color = axis.axis_label_text_color = MUTED
        axis.major_label_text_font = axis.axis_label_text_font = FONT
        axis.major_label_text_font_size = "11px"
        axis.axis_label_text_font_size = "12px"
        axis.axis_label_text_font_style = "normal"
    figure.grid.grid_line_color = "#eef1f4"
    return figure
