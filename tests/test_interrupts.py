"""Ctrl-C: it gets through in every solver, and the estimator is what it was before."""

import _thread
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, kernels
from sklinear_gd.objective import scores

pytestmark = pytest.mark.usefixtures("heeds_ctrl_c")

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
ENDLESS = {"max_iter": 10**7, "tol": None, "random_state": 0}
SETTINGS = {
    "batches": {"batch_size": 20},
    "full batch": {"batch_size": "full"},
    "sparse-like SGD": {"batch_size": 1, "optimizer": "sgd"},
    "formulas": {"batch_size": 20, "dropout": 0.3},
    # The weaker the penalty, the longer it goes on.
    "lbfgs": {"solver": "lbfgs", "alpha": 1e-12},
}


@contextmanager
def ctrl_c_until_it_is_heard():
    """Signals as from Ctrl-C, the first one soon."""
    heard = threading.Event()

    def press():
        pause = 0.05
        while not heard.wait(pause):
            _thread.interrupt_main()
            pause = 2.0

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        heard.set()
        thread.join()


# Python drops a KeyboardInterrupt that falls into a finalizer; who presses again is heard.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("params", SETTINGS.values(), ids=SETTINGS)
@every_class
def test_ctrl_c_leaves_the_estimator_as_it_was(cls, params, storage, many_rows):
    """A signal during a fit raises KeyboardInterrupt, and no attribute has changed."""
    X, y = many_rows
    X = storage(X)
    clf = cls(**params, max_iter=2, tol=None).fit(X[:, :5], y % 3)
    clf.set_params(**ENDLESS)
    before = dict(vars(clf))
    with pytest.raises(KeyboardInterrupt), ctrl_c_until_it_is_heard():
        while True:  # L-BFGS may end by itself first
            clf.fit(X, y)
            clf.__dict__ = dict(before)
    assert vars(clf).keys() == before.keys()
    if "lbfgs" in params.values() and clf.n_features_in_ == X.shape[1]:
        # The signal came between the end of one fit and the next: then the new model is whole.
        np.testing.assert_array_equal(clf.coef_, clone(clf).fit(X, y).coef_)
        return
    assert all(vars(clf)[name] is value for name, value in before.items())


@pytest.mark.skipif(not kernels.available, reason="formulas return to Python by themselves")
@pytest.mark.parametrize("name", ["loss_gradient", "train", "scores"])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_kernels_come_back_after_a_slice_of_work(name, storage, many_rows, monkeypatch):
    """No call into compiled code does much more than SLICE_WORK multiply-adds."""
    X, y = many_rows
    limit = 30_000
    monkeypatch.setattr(scores, "SLICE_WORK", limit)
    compiled, rows = getattr(kernels, name), []

    def watched(rows_data, *arguments, **keywords):
        arrays = [a for a in arguments if isinstance(a, np.ndarray) and a.dtype == np.intp]
        rows.append(len(arrays[0]))
        return compiled(rows_data, *arguments, **keywords)

    monkeypatch.setattr(kernels, name, watched)
    clf = SoftmaxGDClassifier(max_iter=2, tol=None, batch_size=20, early_stopping=True)
    clf.fit(storage(X), y)
    row_work = 2 * (X.shape[1] + 1) * len(clf.classes_)
    assert len(rows) > 1
    assert max(rows) * row_work <= limit
