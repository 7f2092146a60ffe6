"""One model in training: the same as the estimators' own fit, update by update."""

import numpy as np
import pytest

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.demo.data_sets import load
from sklinear_gd.demo.settings import LOSS_NAMES, Racer, Settings
from sklinear_gd.demo.trainer import Trainer, batches
from sklinear_gd.losses import LOSSES

# Fits of an epoch or two, on purpose: that such a model knows little is no news.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
START = np.array([[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]]), np.array([0.1, 0.0, -0.2])


def trainer_of(loss="weston_watkins", optimizer="adam", name="blobs", **settings):
    """Return a trainer on a ready data set of three classes."""
    X, y = load(name)
    return Trainer(Settings(loss=loss, **settings), Racer(optimizer, 0.05), X, y, *START)


@pytest.mark.parametrize("optimizer", ["sgd", "nesterov", "adam"])
@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_updates_are_epochs_of_a_full_batch(loss, optimizer):
    """Full batches: n updates are n epochs of fit from the same start."""
    trainer = trainer_of(loss, optimizer)
    for _ in range(7):
        trainer.update()
    cls = SoftmaxGDClassifier if loss == "softmax" else SVMGDClassifier
    more = {} if loss == "softmax" else {"multi_class": loss}
    other = cls(
        alpha=0.1,
        optimizer=optimizer,
        learning_rate=0.05,
        schedule="constant",
        batch_size="full",
        max_iter=7,
        tol=None,
        **more,
    ).fit(trainer.X, trainer.y, coef_init=START[0], intercept_init=START[1])
    # Where a gradient is 0 but for rounding, Adam divides that rounding by its own size.
    np.testing.assert_allclose(trainer.coef, other.coef_, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(trainer.intercept, other.intercept_, rtol=1e-6, atol=1e-8)


def test_each_pass_takes_every_row_once():
    """The batches of a pass are a permutation of the rows, in another order each pass."""
    rows = batches(10, 4, seed=0)
    passes = [[next(rows) for _ in range(3)] for _ in range(2)]
    for one in passes:
        assert [len(batch) for batch in one] == [4, 4, 2]
        assert sorted(np.concatenate(one)) == list(range(10))
    assert any((a != b).any() for a, b in zip(*passes, strict=True))


@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_the_numbers_of_the_page(loss):
    """Scores, losses and their sums are those of the formulas; the gradient that of differences."""
    trainer = trainer_of(loss)
    found = trainer.evaluate()
    scores = trainer.X @ START[0].T + START[1]
    values, _ = LOSSES[loss]().formula(scores, trainer.y)
    np.testing.assert_allclose(found.scores, scores)
    np.testing.assert_allclose(found.losses, values)
    assert found.data_loss == pytest.approx(values.mean())
    assert found.penalty == pytest.approx(0.1 * 0.5 * (START[0] ** 2).sum())
    assert found.total == pytest.approx(found.data_loss + found.penalty)
    assert found.accuracy == np.mean(scores.argmax(axis=1) == trainer.y)
    for place in np.ndindex(3, 2):
        step = np.zeros((3, 2))
        step[place] = 1e-6
        ends = []
        for side in (step, -step):
            W = START[0] + side
            there, _ = LOSSES[loss]().formula(trainer.X @ W.T + START[1], trainer.y)
            ends.append(there.mean() + 0.05 * (W**2).sum())
        slope = (ends[0] - ends[1]) / 2e-6
        assert found.coef_gradient[place] == pytest.approx(slope, abs=1e-6)


def test_points_may_move_under_a_run():
    """The optimizer goes on when points move; the run can then no longer be repeated."""
    trainer = trainer_of(optimizer="momentum")
    trainer.update()
    before = trainer.coef.copy()
    trainer.move_points(trainer.X + 0.5)
    trainer.update()
    assert not trainer.exact
    assert trainer.updates == trainer.estimator.t_ == 2
    assert (trainer.coef != before).any()


def test_history_does_not_grow():
    """A long run keeps one entry of the history, so that no update is slower than the first."""
    trainer = trainer_of()
    for _ in range(20):
        trainer.update()
    assert len(trainer.estimator.history_["objective"]) <= 2
    assert trainer.rate == 0.05
