"""The experiment with rules that need no schedule."""

import numpy as np
import pytest

from benchmarks import step_rules


def test_distance_over_gradients():
    """The rate is the largest distance so far over the root of the sum of squared gradients."""
    rule, x = step_rules.DistanceOverGradients(steps=3), np.array([[3.0, 4.0]])
    state, path, squares, far = rule.init(x), [x.copy()], 0.0, 1e-6 * (1 + 5.0)
    gradients = [np.array([[1.0, -2.0]]), np.array([[0.5, 0.5]]), np.array([[2.0, 0.0]])]
    for gradient in gradients:
        far = max(far, np.linalg.norm(path[-1] - path[0]))
        squares += np.sum(gradient**2)
        path.append(path[-1] - far / np.sqrt(squares) * gradient)
        rule.step(x, gradient, state, 1.0)
        if len(path) < 4:
            np.testing.assert_allclose(x, path[-1], rtol=1e-14)
    mean = path[0]
    for t, point in enumerate(path[1:], start=1):
        mean = mean + 9 / (t + 8) * (point - mean)
    np.testing.assert_allclose(x, mean, rtol=1e-14)


def test_the_row_of_iris(monkeypatch):
    """A row has a distance for each kind of rule; those that beat the schedules are bold."""
    monkeypatch.setattr(step_rules, "EPOCHS", 8)
    monkeypatch.setattr(step_rules, "MULTIPLES", (1.0, 10.0))
    (row,) = step_rules.rows(["iris"], [1e-2])
    assert row[:2] == ["iris", "0.01"]
    distances = [float(cell.strip("*").split(" ")[0]) for cell in row[3:]]
    assert all(distance > 0 for distance in distances)
    for cell, distance in zip(row[3:], distances, strict=True):
        if distance != pytest.approx(distances[0]):
            assert cell.startswith("**") == (distance < distances[0])
