"""A table of any scores, a row for each epoch."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.callbacks import Callback, EarlyStopping, History

every_class = pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
every_solver = pytest.mark.parametrize("solver", ["gd", "lbfgs"])
SHORT = {"max_iter": 5, "tol": None, "random_state": 0}


class StopAfter(Callback):
    """Ends the fit after so many epochs."""

    def __init__(self, epochs):
        """Take their number."""
        self.epochs = epochs

    def start(self, estimator):
        """Nothing is remembered."""

    def epoch(self, record, fitted_estimator, X, y, metadata):
        """Look at the model's own count."""
        return fitted_estimator.n_iter_ == self.epochs


@every_solver
@every_class
def test_scores_of_every_epoch(cls, solver, many_rows):
    """Train and validation scores are those of fits of so many epochs."""
    X, y = many_rows
    params = {**SHORT, "solver": solver, "schedule": "constant"}
    history = History(X[300:], y[300:], scoring=["accuracy", "f1_macro"])
    cls(**params).set_callbacks(history).fit(X[:300], y[:300])
    for epoch in range(1, 6):
        clf = cls(**{**params, "max_iter": epoch}).fit(X[:300], y[:300])
        row = {name: column[epoch - 1] for name, column in history.history_.items()}
        assert row["train_accuracy"] == clf.score(X[:300], y[:300])
        assert row["validation_accuracy"] == clf.score(X[300:], y[300:])
        expected = f1_score(y[300:], clf.predict(X[300:]), average="macro")
        assert row["validation_f1_macro"] == pytest.approx(expected)


@every_solver
@every_class
def test_the_estimators_own_columns(cls, solver, three_classes):
    """They are those of history_, without a score if none is wanted; a table for pandas."""
    pandas = pytest.importorskip("pandas")
    history = History(train=False)
    clf = cls(solver=solver, early_stopping=True, **SHORT).set_callbacks(history)
    clf.fit(*three_classes)
    assert history.history_.keys() == clf.history_.keys()
    for name, column in clf.history_.items():
        np.testing.assert_array_equal(history.history_[name], column)
    assert len(pandas.DataFrame(history.history_)) == 5


def test_it_outlives_a_restored_best_epoch(three_classes):
    """Whatever the order of the callbacks, the table has all epochs that were run."""
    X, y = three_classes
    for first in (True, False):
        scores = iter([1.0, 2.0, 1.0, 1.0])
        stop = EarlyStopping(scoring=lambda *args, it=scores: next(it), patience=2)
        history = History()
        clf = SVMGDClassifier(**SHORT)
        clf.set_callbacks(*([history, stop] if first else [stop, history])).fit(X, y)
        assert clf.n_iter_ == 2
        assert history.history_["epoch"].tolist() == [1, 2, 3, 4]


def test_in_a_warm_start(three_classes):
    """The rows are those of this fit; the estimator's count of epochs goes on."""
    history = History()
    clf = SVMGDClassifier(warm_start=True, **SHORT).fit(*three_classes)
    clf.set_callbacks(history).fit(*three_classes)
    assert history.history_["epoch"].tolist() == [6, 7, 8, 9, 10]


def test_weights(three_classes):
    """Training scores take the weights of fit, validation scores their own."""
    X, y = three_classes
    weights = np.linspace(0, 1, len(y))
    history = History(X, y, sample_weight_val=weights[::-1], scoring="neg_log_loss")
    clf = SoftmaxGDClassifier(**SHORT).set_callbacks(history).fit(X, y, sample_weight=weights)
    for name, own in (("train", weights), ("validation", weights[::-1])):
        expected = -log_loss(y, clf.predict_proba(X), sample_weight=own)
        assert history.history_[f"{name}_neg_log_loss"][-1] == pytest.approx(expected)


def norm_by_differences(clf, X, y, l1=0.0):
    """Return the norm of the gradient of the objective without its L1 part, by differences."""
    coef, intercept = clf.coef_.copy(), clf.intercept_.copy()

    def smooth(point):
        clf.coef_ = point[: coef.size].reshape(coef.shape)
        clf.intercept_ = point[coef.size :]
        return clf.objective(X, y) - l1 * np.abs(clf.coef_).sum()

    point = np.concatenate([coef.ravel(), intercept])
    steps = 1e-6 * np.eye(len(point))
    slopes = [(smooth(point + step) - smooth(point - step)) / 2e-6 for step in steps]
    clf.coef_, clf.intercept_ = coef, intercept
    return np.linalg.norm(slopes)


@pytest.mark.parametrize("precondition", ["full", "diagonal", False])
@pytest.mark.parametrize("params", [{}, {"average": True}, {"penalty": "elasticnet"}], ids=str)
@pytest.mark.parametrize("tol", [None, 1e-12])
@every_class
def test_gradient_norm_of_mini_batches(cls, tol, params, precondition, three_classes):
    """It is there if asked for, and is that of the smooth part, in the user's own variables."""
    X, y = three_classes
    settings = {**SHORT, **params, "batch_size": 16, "alpha": 0.1, "precondition": precondition}
    if cls is SVMGDClassifier:
        settings["loss"] = "squared_hinge"
    assert "gradient_norm" not in cls(**settings).fit(X, y).history_
    history = History(train=False, gradient_norm=True)
    clf = cls(**{**settings, "max_iter": 3, "tol": tol}).set_callbacks(history)
    if tol is not None:
        clf.set_callbacks(history, StopAfter(3)).set_params(max_iter=100)
    clf.fit(X, y)
    found = clf.history_["gradient_norm"][-1]
    assert found == history.history_["gradient_norm"][-1]
    l1 = 0.1 * 0.15 if params.get("penalty") else 0.0
    assert found == pytest.approx(norm_by_differences(clf, X, y, l1), rel=1e-4)


@pytest.mark.parametrize("precondition", ["full", "diagonal", False])
@pytest.mark.parametrize("params", [{"batch_size": "full"}, {"solver": "lbfgs"}], ids=str)
def test_gradient_norm_at_hand(params, precondition, three_classes):
    """Full batches and L-BFGS have it without being asked, in the user's own variables."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(alpha=0.1, precondition=precondition, **SHORT, **params).fit(X, y)
    assert clf.history_["gradient_norm"].shape == (5,)
    expected = norm_by_differences(clf, X, y)
    assert clf.history_["gradient_norm"][-1] == pytest.approx(expected, rel=1e-4)


def test_logistic_regression(three_classes):
    """On scikit-learn's LogisticRegression it notes the scores of every iteration."""
    X, y = three_classes
    history = History(X, y, scoring="neg_log_loss")
    clf = LogisticRegression(C=100.0).set_callbacks(history).fit(X, y)
    column = history.history_["validation_neg_log_loss"]
    assert len(column) >= clf.n_iter_[0]
    assert history.history_["epoch"].tolist() == list(range(1, len(column) + 1))
    assert column[-1] == pytest.approx(-log_loss(y, clf.predict_proba(X)), rel=1e-6)
    np.testing.assert_array_equal(column, history.history_["train_neg_log_loss"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"X_val": [[1.0]]}, "X_val is given and y_val is not"),
        ({"train": 1}, "History: train=1"),
        ({"gradient_norm": None}, "History: gradient_norm=None"),
    ],
    ids=str,
)
def test_bad_settings(settings, message, three_classes):
    """Each is refused by name."""
    with pytest.raises(ValueError, match=message):
        SVMGDClassifier().set_callbacks(History(**settings)).fit(*three_classes)
