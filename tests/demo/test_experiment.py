"""The demo's state: every change, and what it leaves alone."""

import numpy as np
import pytest

from sklinear_gd.demo.experiment import DIVERGED, Experiment
from sklinear_gd.demo.settings import MAX_POINTS, MAX_WEIGHT, PLANE


@pytest.fixture
def experiment():
    """Return the experiment that the page opens with."""
    return Experiment()


def weights(experiment):
    """Return the weights of every racer in one list."""
    return [np.append(trainer.coef, trainer.intercept) for trainer in experiment.trainers]


def test_training_lowers_the_loss(experiment):
    """After some updates the loss is lower, and the points are all classified right."""
    experiment.evaluate()
    before = experiment.evaluations[0].total
    assert experiment.update(200) == ""
    assert experiment.updates == 200
    assert experiment.evaluations[0].total < 0.2 * before
    assert experiment.evaluations[0].accuracy == 1


def test_racers_start_together(experiment):
    """A second racer starts where the first one started, and both go their own way."""
    experiment.update(3)
    experiment.change("race", True)
    experiment.restart()
    first, second = weights(experiment)
    np.testing.assert_array_equal(first, second)
    experiment.update(3)
    first, second = weights(experiment)
    assert (first != second).any()
    experiment.change("race", False)
    np.testing.assert_array_equal(weights(experiment), [first])


def test_restart_leads_back(experiment):
    """Back to the start means the weights that were drawn, whatever changed in between."""
    start = weights(experiment)[0]
    experiment.update(2)
    experiment.change("alpha", 0.5)
    experiment.update(2)
    experiment.restart()
    np.testing.assert_array_equal(weights(experiment)[0], start)
    assert experiment.updates == 0


def test_randomize_draws_anew(experiment):
    """Each draw has other weights; the first of a page is always the same."""
    first = weights(experiment)[0]
    np.testing.assert_array_equal(first, weights(Experiment())[0])
    experiment.randomize()
    assert (weights(experiment)[0] != first).any()


@pytest.mark.parametrize(
    ("name", "value"), [("alpha", 0.5), ("loss", "softmax"), ("first.rate", 0.01), ("batch", "2")]
)
def test_settings_keep_the_weights(experiment, name, value):
    """A change of settings goes on from the weights that stand."""
    experiment.update(4)
    before = weights(experiment)[0]
    experiment.change(name, value)
    np.testing.assert_array_equal(weights(experiment)[0], before)
    assert experiment.trainers[0].updates == 0
    assert experiment.updates == 4


def test_fewer_classes_drop_their_points(experiment):
    """Points of classes that are no more are gone; more classes keep all points."""
    experiment.change("classes", 2)
    assert experiment.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert experiment.trainers[0].coef.shape == (1, 2)
    experiment.update(3)
    experiment.change("classes", 5)
    assert len(experiment.X) == 6
    assert experiment.trainers[0].coef.shape == (5, 2)
    experiment.update(3)


def test_a_refused_change_changes_nothing():
    """If no point would be left, points and settings stay."""
    experiment = Experiment()
    experiment.X, experiment.y = experiment.X[6:], experiment.y[6:]
    with pytest.raises(ValueError, match="no point would be left"):
        experiment.change("classes", 2)
    assert experiment.settings.classes == 3
    assert len(experiment.X) == 3


def test_points_are_added_moved_relabelled_and_deleted(experiment):
    """Each action changes the one point; places are kept in the square."""
    assert experiment.add(0.123456, 5.0, 2) == 9
    assert experiment.X[9].tolist() == [0.12, PLANE]
    experiment.move(9, -7, 0.5)
    assert experiment.X[9].tolist() == [-PLANE, 0.5]
    experiment.relabel(9, 1)
    assert experiment.y[9] == 1
    experiment.delete(9)
    assert len(experiment.X) == len(experiment.y) == 9
    with pytest.raises(ValueError, match="class 3"):
        experiment.relabel(0, 3)


def test_the_number_of_points_has_limits(experiment):
    """There are at most MAX_POINTS, and at least one."""
    while len(experiment.X) < MAX_POINTS:
        experiment.add(0, 0, 0)
    with pytest.raises(ValueError, match="delete one first"):
        experiment.add(0, 0, 0)
    while len(experiment.X) > 1:
        experiment.delete(0)
    with pytest.raises(ValueError, match="has to stay"):
        experiment.delete(0)


def test_a_drag_goes_on_with_the_run(experiment):
    """While a point is dragged the optimizer remembers; a new run begins when it is dropped."""
    experiment.change("first.optimizer", "momentum")
    experiment.update(3)
    experiment.drag(0, -1.0, -1.0)
    experiment.update(2)
    assert experiment.trainers[0].updates == 5
    assert experiment.moving
    before = weights(experiment)[0]
    experiment.drop()
    assert experiment.trainers[0].updates == 0
    np.testing.assert_array_equal(weights(experiment)[0], before)
    np.testing.assert_array_equal(experiment.trainers[0].X[0], [-1, -1])


def test_weights_are_set_by_hand(experiment):
    """An edited weight is the new start of both racers; the others stay."""
    experiment.change("race", True)
    experiment.update(2)
    before = weights(experiment)[0]
    experiment.set_weight(1, 0, 2.5)
    experiment.set_weight(2, 2, -1)
    expected = before.copy()
    expected[2], expected[8] = 2.5, -1
    np.testing.assert_array_equal(weights(experiment), [expected, expected])
    with pytest.raises(ValueError, match="a weight must lie"):
        experiment.set_weight(0, 0, float("nan"))


def test_divergence_is_said(experiment):
    """A step size that is far too large ends with a message and finite weights."""
    experiment.change("alpha", 10.0)
    experiment.change("first.rate", 10.0)
    messages = [experiment.update() for _ in range(20)]
    found = next(message for message in messages if message)
    assert found.startswith("Optimizer A diverged")
    assert f"{DIVERGED:,.0f}" in found
    assert np.abs(weights(experiment)[0]).max() <= MAX_WEIGHT
