"""What all callbacks share: records of fits, pickles, docstrings."""

import doctest
import importlib
import pickle

import joblib
import pytest
from sklearn.base import clone
from sklearn.callback import FitCallback
from sklearn.model_selection import GridSearchCV

from sklinear_gd import SVMGDClassifier
from sklinear_gd.callbacks import Callback, Checkpoint, EarlyStopping, History

CALLBACKS = [Checkpoint("model.pickle"), EarlyStopping(), History()]
SHORT = {"max_iter": 6, "tol": None, "random_state": 0}


class Count(Callback):
    """Counts the epochs of every fit."""

    def __init__(self):
        """Begin without a fit."""
        self.fits = []

    def start(self, estimator):
        """Count from 0."""
        return {"alpha": estimator.alpha, "epochs": 0}

    def epoch(self, record, fitted_estimator, X, y, metadata):
        """Count one."""
        record["epochs"] += 1
        assert fitted_estimator.alpha == record["alpha"]

    def end(self, record, estimator, completed):
        """Note the fit."""
        self.fits.append((record["epochs"], completed))


@pytest.mark.parametrize("callback", CALLBACKS, ids=lambda callback: type(callback).__name__)
def test_they_follow_the_protocol(callback):
    """scikit-learn knows them as callbacks; they are cloned and printed like estimators."""
    assert isinstance(callback, FitCallback)
    assert repr(clone(callback)) == repr(callback)
    assert type(callback).__name__ in repr(callback)


def test_fits_in_threads_do_not_mix(three_classes):
    """Each of several fits at a time has its own record."""
    count = Count()
    search = GridSearchCV(SVMGDClassifier(**SHORT).set_callbacks(count), {"alpha": [0.1, 0.2]})
    with joblib.parallel_config("threading", n_jobs=4):
        search.fit(*three_classes)
    assert count.fits == [(6, True)] * 11


def test_fits_in_other_processes(three_classes):
    """Workers have copies of the callback; the last fit is in this process, and is seen."""
    history = History()
    clf = SVMGDClassifier(**SHORT).set_callbacks(history)
    GridSearchCV(clf, {"alpha": [0.1, 0.2]}, cv=2, n_jobs=2).fit(*three_classes)
    assert len(history.history_["train_score"]) == 6


def test_a_copy_knows_nothing_of_the_fits_of_the_original(three_classes):
    """A callback that is pickled during a fit leaves the fit behind, and hooks pass it by."""
    copies = []

    class Pickled(History):
        def epoch(self, record, fitted_estimator, X, y, metadata):
            assert self._runs
            copies.append(pickle.loads(pickle.dumps(History.__getstate__(self))))

    SVMGDClassifier(**SHORT).set_callbacks(Pickled()).fit(*three_classes)
    assert len(copies) == 6
    assert not any("_runs" in state for state in copies)
    assert History().on_fit_task_end(SVMGDClassifier(), None) is False


def test_an_unfinished_fit_is_told(three_classes):
    """After an error ``end`` is called all the same, and knows of it."""
    X, y = three_classes

    class Fail(Count):
        def epoch(self, record, fitted_estimator, X, y, metadata):
            raise RuntimeError("in an epoch")

    fail = Fail()
    with pytest.raises(RuntimeError, match="in an epoch"):
        SVMGDClassifier(**SHORT).set_callbacks(fail).fit(X, y)
    assert fail.fits == [(0, False)]


@pytest.mark.parametrize("module", ["checkpoint", "early_stopping", "history"])
def test_docstrings(module):
    """The examples do what they say."""
    module = importlib.import_module(f"sklinear_gd.callbacks.{module}")
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
