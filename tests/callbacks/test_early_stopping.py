"""Early stopping by any scorer, on data of the user's own."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.callbacks import EarlyStopping

every_class = pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
every_solver = pytest.mark.parametrize("solver", ["gd", "lbfgs"])


class Scripted:
    """A scorer that gives the scores of a list, one after the other."""

    def __init__(self, scores):
        """Take the list."""
        self.scores = iter(scores)

    def __call__(self, estimator, X, y):
        """Return the next score."""
        return next(self.scores)


@pytest.mark.parametrize(
    ("scores", "best", "stopped"),
    [
        ([0.1, 0.5, 0.4, 0.3, 0.2], 2, 5),
        ([0.1, 0.5, 0.5, 0.5, 0.5], 2, 5),
        ([0.1, 0.5, 0.4, 0.7, 0.5, 0.5, 0.5], 4, 7),
        ([0.1, 0.5, 0.54, 0.58, 0.5], 2, 5),
        ([-3.0, np.nan, np.nan, np.nan], 1, 4),
    ],
    ids=["falling", "level", "anew", "within min_delta", "NaN"],
)
@every_solver
@every_class
def test_patience(cls, solver, scores, best, stopped, three_classes):
    """So many epochs without a better score end the fit, which goes back to the best epoch."""
    stop = EarlyStopping(scoring=Scripted(scores), patience=3, min_delta=0.1)
    params = {"solver": solver, "schedule": "constant", "random_state": 0}
    clf = cls(**params).set_callbacks(stop).fit(*three_classes)
    assert (stop.best_epoch_, stop.stopped_epoch_) == (best, stopped)
    assert stop.best_score_ == scores[best - 1]
    np.testing.assert_array_equal(stop.scores_, scores)
    direct = cls(**params, max_iter=best, tol=None).fit(*three_classes)
    np.testing.assert_array_equal(clf.coef_, direct.coef_)
    assert clf.n_iter_ == best == len(clf.history_["epoch"])
    assert clf.objective_ == pytest.approx(direct.objective_, rel=1e-12)


@every_solver
def test_without_restoring(solver, three_classes):
    """restore_best=False keeps the last epoch."""
    stop = EarlyStopping(scoring=Scripted([2.0, 1.0, 1.0]), patience=2, restore_best=False)
    clf = SVMGDClassifier(solver=solver).set_callbacks(stop).fit(*three_classes)
    assert clf.n_iter_ == 3
    assert stop.best_epoch_ == 1


def test_a_restored_model_goes_on_from_its_best_epoch(three_classes):
    """Optimizer state and counts are those of the best epoch, so that a warm start is exact."""
    stop = EarlyStopping(scoring=Scripted([1.0, 2.0, 1.0, 1.0]), patience=2)
    params = {"schedule": "constant", "random_state": 0, "batch_size": 16, "tol": None}
    clf = SVMGDClassifier(**params, warm_start=True).set_callbacks(stop).fit(*three_classes)
    clf.set_callbacks().set_params(max_iter=3).fit(*three_classes)
    direct = SVMGDClassifier(**params, max_iter=5).fit(*three_classes)
    np.testing.assert_allclose(clf.coef_, direct.coef_, rtol=1e-9)
    assert clf.n_iter_ == 5


def test_a_fit_that_ends_by_itself(three_classes):
    """Without a stop the best epoch is restored all the same, and stopped_epoch_ is None."""
    stop = EarlyStopping(scoring=Scripted([3.0, 5.0, 4.0, 4.0]), patience=10)
    clf = SVMGDClassifier(max_iter=4, tol=None).set_callbacks(stop).fit(*three_classes)
    assert clf.n_iter_ == 2
    assert stop.stopped_epoch_ is None


@pytest.mark.parametrize("scoring", [None, "neg_log_loss", "custom"])
def test_scorers_and_validation_data(scoring, many_rows):
    """Scores are those of the model on the validation data, with their weights."""
    X, y = many_rows
    weights = np.linspace(0, 1, 300)
    if scoring == "custom":
        scoring = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    stop = EarlyStopping(X[300:], y[300:], sample_weight_val=weights, scoring=scoring, patience=3)
    clf = SoftmaxGDClassifier(random_state=0).set_callbacks(stop).fit(X[:300], y[:300])
    if scoring is None:
        expected = clf.score(X[300:], y[300:], sample_weight=weights)
    else:
        expected = -log_loss(y[300:], clf.predict_proba(X[300:]), sample_weight=weights)
    assert stop.best_score_ == pytest.approx(expected, rel=1e-12)
    assert stop.best_score_ == stop.scores_.max()


def test_training_data_and_weights_by_default(three_classes):
    """Without validation data the score is that on the training data with its weights."""
    X, y = three_classes
    weights, stop = np.linspace(0, 1, len(y)), EarlyStopping(patience=2)
    clf = SVMGDClassifier().set_callbacks(stop).fit(X, y, sample_weight=weights)
    assert stop.best_score_ == clf.score(X, y, sample_weight=weights)


def test_a_failed_fit_restores_nothing(three_classes):
    """A scorer that fails ends the fit with its error, and the old model stays."""
    X, y = three_classes
    clf = SVMGDClassifier(max_iter=3, tol=None).fit(X, y)
    before = dict(vars(clf))

    def fails(estimator, X, y):
        if estimator.n_iter_ == 2:
            raise RuntimeError("no score")
        return 1.0

    clf.set_callbacks(EarlyStopping(scoring=fails))
    with pytest.raises(RuntimeError, match="no score"):
        clf.fit(X, y)
    assert vars(clf.set_callbacks()) == before


def test_logistic_regression_goes_back_to_its_best_iteration(three_classes):
    """scikit-learn's LogisticRegression runs on, and is then restored to its best iteration."""
    X, y = three_classes
    scores = [1.0, 2.0, 1.5] + [1.0] * 100
    stop = EarlyStopping(scoring=Scripted(scores), patience=2)
    clf = LogisticRegression().set_callbacks(stop).fit(X, y)
    assert (stop.best_epoch_, stop.stopped_epoch_) == (2, 4)
    models = []

    class Keep(EarlyStopping):
        def epoch(self, record, fitted_estimator, X, y, metadata):
            models.append(fitted_estimator.coef_.copy())
            return False

    LogisticRegression().set_callbacks(Keep()).fit(X, y)
    np.testing.assert_array_equal(clf.coef_, models[1])
    assert not np.allclose(clf.coef_, models[-1])


@every_class
def test_in_a_search_over_a_pipeline(cls, three_classes):
    """Each fit of the search stops for itself, in threads, too."""
    X, y = three_classes
    stop = EarlyStopping(patience=2)
    pipeline = make_pipeline(StandardScaler(), cls(random_state=0).set_callbacks(stop))
    name = f"{cls.__name__.lower()}__alpha"
    search = GridSearchCV(pipeline, {name: [1e-4, 1e-3]}, cv=3).fit(X, y)
    final = search.best_estimator_[-1]
    assert final.n_iter_ == stop.best_epoch_
    assert final.n_iter_ < final.max_iter


def test_on_a_pipeline_it_says_that_it_sees_no_model(three_classes):
    """A pipeline shows no models of its own; the warning says where the callback belongs."""
    pipeline = make_pipeline(StandardScaler(), SVMGDClassifier(max_iter=2, tol=None))
    pipeline.set_callbacks(EarlyStopping())
    with pytest.warns(UserWarning, match=r"EarlyStopping was shown no model while Pipeline"):
        pipeline.fit(*three_classes)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"X_val": [[1.0]]}, "X_val is given and y_val is not"),
        ({"y_val": [1]}, "y_val is given and X_val is not"),
        ({"patience": 0}, "EarlyStopping: patience=0"),
        ({"min_delta": -1.0}, "EarlyStopping: min_delta=-1"),
        ({"restore_best": "yes"}, "EarlyStopping: restore_best='yes'"),
        ({"scoring": ["accuracy", "balanced_accuracy"]}, "2 scores accuracy, balanced_accuracy"),
    ],
    ids=str,
)
def test_bad_settings(settings, message, three_classes):
    """Each is refused by name, before or after the first epoch, and the estimator is unchanged."""
    clf = SVMGDClassifier().set_callbacks(EarlyStopping(**settings))
    with pytest.raises(ValueError, match=message):
        clf.fit(*three_classes)
    assert not hasattr(clf, "coef_")
