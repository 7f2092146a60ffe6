"""Models saved on the way, and training that goes on from them."""

import os
import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.callbacks import Callback, Checkpoint, EarlyStopping, History

every_class = pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
SHORT = {"max_iter": 7, "tol": None, "random_state": 0}


class Interrupt(Callback):
    """Ends the fit after so many epochs as Ctrl-C does."""

    def __init__(self, after):
        """Take the number of epochs."""
        self.after = after

    def start(self, estimator):
        """Count from 0."""
        return {"epochs": 0}

    def epoch(self, record, fitted_estimator, X, y, metadata):
        """Raise after the last one."""
        record["epochs"] += 1
        if record["epochs"] == self.after:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "params",
    [
        {"batch_size": 16},
        {"batch_size": 16, "schedule": "cosine", "precondition": "diagonal"},
        {"average": True, "optimizer": "nesterov", "schedule": "constant"},
        {"early_stopping": True, "dropout": 0.2},
    ],
    ids=str,
)
@every_class
def test_an_interrupted_fit_is_taken_up(cls, params, three_classes, tmp_path):
    """What is loaded after an interruption ends, after the epochs left, at the same model."""
    X, y = three_classes
    whole = cls(**SHORT, **params).fit(X, y)
    checkpoint = Checkpoint(tmp_path / "model", every=2)
    clf = cls(**SHORT, **params).set_callbacks(checkpoint, Interrupt(after=5))
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert not hasattr(clf, "coef_")
    saved = checkpoint.load()
    assert saved.n_iter_ == 4
    assert saved.predict(X).shape == y.shape
    saved.set_params(warm_start=True, max_iter=7 - saved.n_iter_).fit(X, y)
    assert saved.n_iter_ == 7
    if not saved.early_stopping:  # whose best epoch may lie before the interruption
        np.testing.assert_allclose(saved.coef_, whole.coef_, rtol=1e-9)
        assert saved.objective_ == pytest.approx(whole.objective_, rel=1e-12)
    np.testing.assert_allclose(saved.history_["objective"], whole.history_["objective"], rtol=1e-9)


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@every_class
def test_the_finished_model_is_saved(cls, solver, three_classes, tmp_path):
    """At the end the file holds the estimator as it is, without its callbacks."""
    checkpoint = Checkpoint(str(tmp_path / "model"), every=5)
    history = History()
    clf = cls(solver=solver, **SHORT).set_callbacks(history, checkpoint).fit(*three_classes)
    saved = checkpoint.load()
    assert saved.n_iter_ == 7
    np.testing.assert_array_equal(saved.coef_, clf.coef_)
    assert vars(saved).keys() == vars(clf.set_callbacks()).keys()
    assert os.listdir(tmp_path) == ["model"]
    assert len(pickle.dumps(saved)) < 20_000


def test_after_early_stopping_the_restored_model_is_saved(three_classes, tmp_path):
    """A checkpoint that follows EarlyStopping in the list holds its best epoch in the end."""
    scores = iter([1.0, 2.0, 1.0, 1.0])
    stop = EarlyStopping(scoring=lambda *args: next(scores), patience=2)
    checkpoint = Checkpoint(tmp_path / "model")
    SVMGDClassifier(**SHORT).set_callbacks(stop, checkpoint).fit(*three_classes)
    assert checkpoint.load().n_iter_ == 2


def test_a_failure_to_write_leaves_the_old_file(three_classes, tmp_path, monkeypatch):
    """The file is replaced in one step: what fails before leaves the old one, and nothing else."""
    checkpoint = Checkpoint(tmp_path / "model")
    clf = SVMGDClassifier(**SHORT).set_callbacks(checkpoint).fit(*three_classes)
    old = checkpoint.load().coef_

    def full(*args):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    before = dict(vars(clf))
    with pytest.raises(OSError, match="no space left"):
        clf.set_params(alpha=1.0).fit(*three_classes)
    assert vars(clf) == {**before, "alpha": 1.0}
    np.testing.assert_array_equal(checkpoint.load().coef_, old)
    assert os.listdir(tmp_path) == ["model"]


def test_logistic_regression(three_classes, tmp_path):
    """scikit-learn's LogisticRegression is saved on the way, and taken up by a warm start."""
    X, y = three_classes
    checkpoint = Checkpoint(tmp_path / "model")
    clf = LogisticRegression(warm_start=True).set_callbacks(checkpoint, Interrupt(after=3))
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    saved = checkpoint.load()
    assert saved.predict(X).shape == y.shape
    begun, whole = saved.coef_, LogisticRegression().fit(X, y).coef_
    saved.fit(X, y)
    assert np.abs(saved.coef_ - whole).max() < 1e-3 < np.abs(begun - whole).max()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"path": "no/such/folder/model"}, "path='no/such/folder/model' does not exist"),
        ({"path": "."}, "path='.' must name a file"),
        ({"path": ""}, "path='' must name a file"),
        ({"path": 3}, "Checkpoint: path=3 must name a file"),
        ({"path": "model", "every": 0}, "Checkpoint: every=0"),
    ],
    ids=str,
)
def test_bad_settings(settings, message, three_classes):
    """Each is refused before training."""
    with pytest.raises(ValueError, match=message):
        SVMGDClassifier().set_callbacks(Checkpoint(**settings)).fit(*three_classes)
