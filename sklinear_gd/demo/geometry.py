"""Class regions, zero lines and arrows of a linear model in the plane's square."""

from dataclasses import dataclass

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.demo.settings import PLANE

SQUARE = np.array([[-PLANE, -PLANE], [PLANE, -PLANE], [PLANE, PLANE], [-PLANE, PLANE]])
# Length of an arrow for weights of norm 1, and the limits of all arrows.
ARROW_SCALE, ARROW_LIMITS = 0.4, (0.12, 1.0)


def clip(polygon: Array, normal: Array, offset: float) -> Array:
    """The part of a convex polygon where ``normal · x + offset >= 0``.

    Sutherland and Hodgman (1974), "Reentrant polygon clipping", for one edge.

    Parameters
    ----------
    polygon : ndarray of shape (n_corners, 2)
    normal : ndarray of shape (2,)
    offset : float

    Returns
    -------
    polygon : ndarray of shape (m, 2)
        m is 0 where nothing is left.
    """
    heights = polygon @ normal + offset
    corners = []
    for k in range(len(polygon)):
        before, after = heights[k - 1], heights[k]
        if (before >= 0) != (after >= 0):
            share = before / (before - after)
            corners.append(polygon[k - 1] + share * (polygon[k] - polygon[k - 1]))
        if after >= 0:
            corners.append(polygon[k])
    return np.array(corners).reshape(-1, 2)


def regions(coef: Array, intercept: Array) -> list[Array]:
    """Where each class has the highest score.

    Parameters
    ----------
    coef : ndarray of shape (n_scores, 2)
    intercept : ndarray of shape (n_scores,)

    Returns
    -------
    polygons : list of n_classes ndarrays of shape (n_corners, 2)
    """
    if len(coef) == 1:  # the one score is that of class 1 against 0
        coef = np.vstack([np.zeros_like(coef), coef])
        intercept = np.append(0.0, intercept)
    polygons = []
    for k in range(len(coef)):
        polygon = SQUARE
        for j in range(len(coef)):
            normal, offset = coef[k] - coef[j], intercept[k] - intercept[j]
            tie = not normal.any() and offset == 0
            if tie and j < k:  # the first of equal scores wins
                polygon = polygon[:0]
            elif j != k and len(polygon):
                polygon = clip(polygon, normal, offset)
        polygons.append(polygon)
    return polygons


@dataclass(frozen=True)
class ZeroLine:
    """Where a score is zero, and the direction in which it rises.

    Attributes
    ----------
    ends : ndarray of shape (2, 2)
        The line's two ends on the square's border; NaN where it does not cross the square.
    arrow : ndarray of shape (2, 2)
        From the line's middle along W[:, k], the longer, the steeper the score.
    """

    ends: np.ndarray
    arrow: np.ndarray


def zero_lines(coef: Array, intercept: Array) -> list[ZeroLine]:
    """The zero line of each score; see `ZeroLine`."""
    return [_zero_line(w, b) for w, b in zip(coef, intercept, strict=True)]


def _zero_line(w: Array, b: float) -> ZeroLine:
    nowhere = np.full((2, 2), np.nan)
    heights = SQUARE @ w + b
    crossings = []
    for k in range(4):
        before, after = heights[k - 1], heights[k]
        if (before >= 0) != (after >= 0):
            share = before / (before - after)
            crossings.append(SQUARE[k - 1] + share * (SQUARE[k] - SQUARE[k - 1]))
    if len(crossings) != 2:
        return ZeroLine(nowhere, nowhere)
    ends = np.array(crossings)
    norm = np.hypot(*w)
    length = np.clip(ARROW_SCALE * norm, *ARROW_LIMITS)
    middle = ends.mean(axis=0)
    return ZeroLine(ends, np.array([middle, middle + length * w / norm]))
