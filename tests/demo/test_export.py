"""The exported code, run as it stands, ends with the weights of the page."""

import numpy as np
import pytest

from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.export import python_code
from sklinear_gd.demo.settings import LOSS_NAMES, SCHEDULE_CLASSES


def assert_reproduced(experiment):
    """Run the code and compare both models to the last bit."""
    namespace = {}
    exec(python_code(experiment), namespace)
    for name, trainer in zip(("clf", "rival"), experiment.trainers, strict=False):
        np.testing.assert_array_equal(namespace[name].coef_, trainer.coef)
        np.testing.assert_array_equal(namespace[name].intercept_, trainer.intercept)
    assert ("rival" in namespace) == experiment.settings.race
    clf = namespace["clf"]
    assert clf.predict(experiment.X).shape == experiment.y.shape
    np.testing.assert_array_equal(namespace["X"], experiment.X)


@pytest.mark.parametrize("updates", [0, 1, 12])
@pytest.mark.parametrize("batch", ["full", "4", "32"])
@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_a_run_is_repeated(loss, batch, updates):
    """For each loss and kind of batch, before and after training."""
    experiment = Experiment()
    experiment.load("iris")
    experiment.change("loss", loss)
    experiment.change("batch", batch)
    if updates:
        experiment.update(updates)
    assert_reproduced(experiment)


@pytest.mark.parametrize("schedule", SCHEDULE_CLASSES)
def test_a_race_is_repeated(schedule):
    """Two models, each with its optimizer, schedule and rate, after a change on the way."""
    experiment = Experiment()
    experiment.change("race", True)
    experiment.change("second.optimizer", "adam")
    experiment.change("second.schedule", schedule)
    experiment.update(5)
    experiment.change("second.rate", 0.03)
    experiment.update(25)
    assert_reproduced(experiment)


@pytest.mark.parametrize("classes", [2, 5])
def test_a_drag_is_followed_by_a_run_that_is_repeated(classes):
    """Points that moved during training are where the code has them."""
    experiment = Experiment()
    experiment.change("classes", classes)
    experiment.change("penalty", "none")
    experiment.update(3)
    experiment.drag(0, 0.123, -0.7)
    experiment.update(2)
    experiment.drop()
    experiment.update(4)
    assert_reproduced(experiment)
