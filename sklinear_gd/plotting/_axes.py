"""Where a display draws: the caller's axes, or new ones."""

from typing import Any

import numpy as np


def pyplot(owner: str) -> Any:
    """Return matplotlib.pyplot, or raise ImportError naming the extra."""
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{owner} needs matplotlib: python -m pip install 'sklinear-gd[plot]'"
        ) from error
    return plt


def one_axes(owner: str, ax: Any) -> Any:
    """Return `ax`, or new axes in a new figure."""
    plt = pyplot(owner)
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def several_axes(owner: str, ax: Any, n: int, columns: int, size: tuple[float, float]) -> Any:
    """Return an array of n axes: those given, or a new grid of so many columns.

    Parameters
    ----------
    owner : str
        The display's name, for messages.
    ax : array-like of Axes, Axes or None
    n, columns : int
    size : tuple of float
        Width and height of one of the new axes, in inches.

    Returns
    -------
    axes : ndarray of Axes, shape (n,)
    """
    plt = pyplot(owner)
    if ax is not None:
        axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
        if len(axes) < n:
            raise ValueError(f"{owner}: ax has {len(axes)} axes and {n} are needed; give more.")
        return axes[:n]
    columns = min(columns, n)
    n_rows = -(-n // columns)
    figure, axes = plt.subplots(
        n_rows,
        columns,
        figsize=(size[0] * columns, size[1] * n_rows),
        squeeze=False,
        layout="constrained",
    )
    for spare in axes.ravel()[n:]:
        figure.delaxes(spare)
    return axes.ravel()[:n]
