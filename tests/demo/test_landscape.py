"""The slice through the objective."""

import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.landscape import Slice, flatten, minimum
from sklinear_gd.demo.settings import LOSS_NAMES

# Fits of an epoch or two, on purpose: that such a model knows little is no news.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def value_at(trainer, coef, intercept):
    """Return the estimator's own objective at some weights."""
    estimator = clone(trainer.estimator).set_params(max_iter=1, tol=None)
    estimator.fit(trainer.X, trainer.y)
    estimator.coef_, estimator.intercept_ = coef, intercept
    return estimator.objective(trainer.X, trainer.y)


@pytest.fixture(params=LOSS_NAMES)
def experiment(request):
    """Return an experiment with each loss."""
    experiment = Experiment()
    experiment.change("loss", request.param)
    return experiment


def test_the_star_is_close_to_the_minimum(experiment):
    """Long training ends hardly below the weights that the search finds."""
    coef, intercept = minimum(experiment.trainers[0])
    experiment.change("first.optimizer", "adam")
    experiment.change("first.schedule", "invscaling")
    experiment.update(300)
    reached = experiment.evaluations[0].total
    assert value_at(experiment.trainers[0], coef, intercept) <= 1.1 * reached


def test_places_and_weights_are_the_same(experiment):
    """The start is (0, 0), the minimum (1, 0), and a place leads to weights and back."""
    trainer = experiment.trainers[0]
    found = Slice(trainer, experiment.start)
    assert found.project(*experiment.start) == pytest.approx((0, 0), abs=1e-9)
    assert found.project(*minimum(trainer)) == pytest.approx((1, 0), abs=1e-9)
    assert found.project(*found.place(0.3, -0.4)) == pytest.approx((0.3, -0.4))
    assert found.direction @ found.other == pytest.approx(0, abs=1e-9)


def test_values_are_those_of_the_objective(experiment):
    """The values over the slice are the objective at its places, and lowest near the minimum."""
    trainer = experiment.trainers[0]
    found = Slice(trainer, experiment.start)
    values = found.values(trainer)
    for row, column in [(0, 0), (3, 20), (24, 24)]:
        place = found.place(found.u[column], found.v[row])
        assert values[row, column] == pytest.approx(value_at(trainer, *place))
    row, column = np.unravel_index(values.argmin(), values.shape)
    assert found.u[column] == pytest.approx(1, abs=0.25)
    assert found.v[row] == pytest.approx(0, abs=0.25)


def test_a_start_at_the_minimum_has_a_slice():
    """Where there is no way to go the slice takes an axis."""
    experiment = Experiment()
    start = minimum(experiment.trainers[0])
    found = Slice(experiment.trainers[0], start)
    assert np.linalg.norm(found.direction) == pytest.approx(np.linalg.norm(found.other))
    assert np.linalg.norm(found.direction) > 0


def test_a_class_without_points_takes_part():
    """The minimum has weights for classes that no point belongs to."""
    experiment = Experiment()
    experiment.change("classes", 5)
    coef, intercept = minimum(experiment.trainers[0])
    assert flatten(coef, intercept).shape == (15,)
