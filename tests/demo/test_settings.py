"""The demo's settings: limits, and estimators for every choice."""

from itertools import product

import numpy as np
import pytest

from sklinear_gd.demo.settings import (
    BATCH_SIZES,
    LOSS_NAMES,
    OPTIMIZER_CLASSES,
    PENALTY_NAMES,
    SCHEDULE_CLASSES,
    Racer,
    Settings,
    estimator_parameters,
)
from sklinear_gd.demo.trainer import Trainer

X = np.array([[1.0, 0.5], [-1.0, 0.3], [0.2, -0.8], [0.9, 0.1]])
Y = np.array([0, 1, 2, 0])


def trained(settings, racer, updates=40):
    """Return a trainer after some updates from zero weights."""
    n_scores = settings.n_scores
    y = np.minimum(Y, settings.classes - 1)
    trainer = Trainer(settings, racer, X, y, np.zeros((n_scores, 2)), np.zeros(n_scores))
    for _ in range(updates):
        trainer.update()
    return trainer


# No optimizer knows of a schedule: each with one of the other kind.
MOVES = [(name, "constant") for name in OPTIMIZER_CLASSES]
MOVES += [("sgd", name) for name in SCHEDULE_CLASSES if name != "constant"]


@pytest.mark.parametrize(("optimizer", "schedule"), MOVES)
def test_every_optimizer_and_schedule_lowers_the_loss(optimizer, schedule):
    """Each choice of optimizer and schedule trains."""
    trainer = trained(Settings(), Racer(optimizer, 0.05, schedule))
    assert trainer.evaluate().total < trainer.objective()[0].zero_value()


@pytest.mark.parametrize(("loss", "penalty"), [*product(LOSS_NAMES, PENALTY_NAMES)])
def test_every_loss_and_penalty_lowers_the_loss(loss, penalty):
    """Each choice of loss, penalty and number of classes trains, classes without points too."""
    place = list(LOSS_NAMES).index(loss) + list(PENALTY_NAMES).index(penalty)
    classes = [2, 3, 5][place % 3]  # every loss and every penalty meets all three
    settings = Settings(loss=loss, penalty=penalty, classes=classes, alpha=0.01)
    trainer = trained(settings, Racer())
    assert trainer.coef.shape == (settings.n_scores, 2)
    assert trainer.evaluate().total < trainer.objective()[0].zero_value()


@pytest.mark.parametrize("batch", BATCH_SIZES)
def test_batches_have_the_chosen_size(batch):
    """A batch is never larger than all points together."""
    settings = Settings(batch=batch)
    trainer = trained(settings, Racer(), updates=5)
    assert trainer.estimator.t_ == 5
    assert trainer.batch_size == (4 if batch == "full" else int(batch))


def test_the_penalty_none_is_no_penalty():
    """The name "none" becomes the estimator's None."""
    assert estimator_parameters(Settings(penalty="none"), Racer())[1]["penalty"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loss", "hinge"),
        ("penalty", "l3"),
        ("alpha", 0.0),
        ("alpha", float("nan")),
        ("classes", 6),
        ("classes", 2.5),
        ("batch", "3"),
        ("race", 1),
        ("first.optimizer", "adamw"),
        ("first.rate", 11.0),
        ("second.schedule", "never"),
    ],
)
def test_values_out_of_range_are_refused(name, value):
    """A refused value is named in the message."""
    with pytest.raises(ValueError, match=name.rpartition(".")[2]):
        Settings().changed(name, value)


def test_a_change_leaves_the_rest():
    """A change makes new settings and leaves the old ones."""
    old = Settings()
    new = old.changed("second.rate", 0.5)
    assert (old.second.rate, new.second.rate) == (0.1, 0.5)
    assert new.first == old.first
    assert len(old.racers) == 1
    assert len(new.changed("race", True).racers) == 2
