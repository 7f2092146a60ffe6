"""The best model beside dual steps: where F is least on each segment, known from scores alone."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SVMGDClassifier
from sklinear_gd._rows import Rows
from sklinear_gd.solvers import segments
from sklinear_gd.solvers.segments import GRID, BestOfSegments


def problem(multi_class="weston_watkins", n_classes=3, fit_intercept=True, matrix=np.asarray):
    """An objective with weights, and two sets of parameters."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 4)), np.arange(50) % n_classes
    clf = SVMGDClassifier(alpha=0.1, multi_class=multi_class, fit_intercept=fit_intercept)
    rows = Rows(matrix(X), y, rng.uniform(0.2, 3.0, size=50))
    objective = clf._objective(rows, np.unique(y))
    near, far = objective.zeros(), objective.zeros()
    near[:, : objective.n_scores] = 0.3 * rng.normal(size=(len(near), objective.n_scores))
    far[:, : objective.n_scores] = rng.normal(size=(len(near), objective.n_scores))
    return objective, near, far


@pytest.mark.parametrize("matrix", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(
    ("multi_class", "n_classes"),
    [("weston_watkins", 2), ("weston_watkins", 3), ("crammer_singer", 3), ("ovr", 3)],
)
def test_it_goes_to_the_best_place(multi_class, n_classes, fit_intercept, matrix):
    """It is that of the grid where F, taken from X, is least, or next to it; F is known there."""
    objective, near, far = problem(multi_class, n_classes, fit_intercept, matrix)
    for start, end in ((near, far), (far, near), (near, near)):
        best = BestOfSegments(objective, start.copy())
        assert best.value == pytest.approx(objective.value(start), rel=1e-12)
        assert best.move(end)
        values = [objective.value(start + share * (end - start)) for share in GRID]
        place = np.argmin(values)
        assert min(abs(np.array(values[max(0, place - 1) : place + 2]) - best.value)) < 1e-12
        assert objective.value(best.best) == pytest.approx(best.value, rel=1e-12)
        np.testing.assert_allclose(best.scores, objective.scores(best.best, np.arange(50)), 1e-10)


def test_what_some_rows_tell_cannot_raise_the_objective(monkeypatch):
    """Where few rows are searched, F of all of them still decides."""
    objective, near, far = problem()
    monkeypatch.setattr(segments, "SEARCHED", 6)
    best = BestOfSegments(objective, near.copy())
    values = [best.value]
    for share in (1.0, -1.0, 0.5, 3.0):
        best.move(near + share * (far - near))
        values.append(best.value)
        assert objective.value(best.best) == pytest.approx(best.value, rel=1e-12)
    assert (np.diff(values) <= 0).all()


def test_weights_out_of_range_change_nothing():
    """Weights whose scores overflow are told, and left alone."""
    objective, near, far = problem()
    best = BestOfSegments(objective, near.copy())
    with np.errstate(over="ignore", invalid="ignore"):
        far[:-1] *= 1e308
        assert not best.move(far)
    np.testing.assert_array_equal(best.best, near)
    assert best.value == pytest.approx(objective.value(near), rel=1e-12)


def test_scores_of_an_earlier_fit():
    """They serve to the bit for the same rows and weights, and not for others."""
    objective, near, far = problem()
    first = BestOfSegments(objective, near.copy())
    kept = first.scores * (1 + 1e-15)
    np.testing.assert_array_equal(BestOfSegments(objective, near.copy(), kept).scores, kept)
    np.testing.assert_array_equal(
        BestOfSegments(objective, far.copy(), kept).scores,
        BestOfSegments(objective, far.copy()).scores,
    )
