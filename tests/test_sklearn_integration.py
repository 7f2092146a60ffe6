"""Inside scikit-learn: clone, pickle, searches, pipelines, routing, data frames."""

import copy
import pickle

import joblib
import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectFromModel
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.optimizers import OPTIMIZERS, Adam, Momentum
from sklinear_gd.penalties import PENALTIES, ElasticNet, Penalty
from sklinear_gd.schedules import SCHEDULES, Step, WarmUp
from sklinear_gd.solvers import LBFGS, GradientDescent

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
SHORT = {"max_iter": 5, "tol": None, "random_state": 0}
COMPONENTS = {
    "optimizer": Adam(beta1=0.8),
    "schedule": WarmUp(Step(every=2), epochs=3),
    "penalty": ElasticNet(l1_ratio=0.3),
    "solver": GradientDescent(),
}


def assert_same_model(one, other):
    """Compare all fitted arrays bit for bit."""
    for name in ("coef_", "intercept_", "classes_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


# -- parameters --------------------------------------------------------------------------------


@every_class
def test_clone_keeps_parameters_and_forgets_the_model(cls, three_classes):
    """A clone has equal parameters, components of its own, and no model."""
    clf = cls(**COMPONENTS, alpha=0.3).fit(*three_classes)
    other = clone(clf)
    assert not hasattr(other, "coef_")
    assert repr(other) == repr(cls(**COMPONENTS, alpha=0.3))
    assert other.optimizer is not clf.optimizer
    assert other.get_params()["optimizer__beta1"] == 0.8
    assert other.get_params()["schedule__schedule__every"] == 2


@every_class
def test_nested_parameters(cls):
    """Settings of components are set and read through two underscores."""
    clf = cls(optimizer=Adam(), penalty=ElasticNet(), solver=LBFGS())
    clf.set_params(optimizer__beta1=0.5, penalty__l1_ratio=0.9, solver__memory=3)
    assert clf.optimizer.beta1 == 0.5
    assert clf.penalty.l1_ratio == 0.9
    assert clf.solver.memory == 3
    with pytest.raises(ValueError, match="beta3"):
        clf.set_params(optimizer__beta3=0.5)


@pytest.mark.parametrize(
    "component",
    [
        *(cls() for registry in (OPTIMIZERS, SCHEDULES, PENALTIES) for cls in registry.values()),
        SoftmaxCrossEntropy(label_smoothing=0.1),
        WarmUp("cosine"),
        GradientDescent(),
        LBFGS(memory=3),
    ],
    ids=repr,
)
def test_components_are_estimators_of_parameters(component):
    """Each component is cloned, printed and pickled like an estimator."""
    for other in (clone(component), pickle.loads(pickle.dumps(component))):
        assert type(other) is type(component)
        assert other.get_params().keys() == component.get_params().keys()
        assert repr(other) == repr(component)


@every_class
def test_tags_and_kind(cls):
    """The tags tell the truth: a classifier of many classes that takes sparse rows."""
    tags = get_tags(cls())
    assert is_classifier(cls())
    assert tags.input_tags.sparse
    assert tags.classifier_tags.multi_class
    assert not tags.classifier_tags.poor_score
    assert tags.target_tags.required


# -- pickle and copies -------------------------------------------------------------------------

COPIES = {
    "pickle": lambda clf: pickle.loads(pickle.dumps(clf)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize(
    "params", [{}, {"average": True}, COMPONENTS, {"early_stopping": True}], ids=list("abcd")
)
@every_class
def test_a_copy_predicts_and_goes_on_the_same(cls, params, duplicate, three_classes):
    """Copies predict the same bits, and resume training with state and all."""
    X, y = three_classes
    clf = cls(**params, batch_size=16, warm_start=True, **SHORT).fit(X, y)
    other = duplicate(clf)
    assert_same_model(clf, other)
    np.testing.assert_array_equal(clf.decision_function(X), other.decision_function(X))
    assert_same_model(clf.fit(X, y), other.fit(X, y))
    assert other.n_iter_ == 10


@every_class
def test_a_memory_mapped_model_predicts_and_goes_on(cls, three_classes, tmp_path):
    """A model loaded with read-only memory maps predicts, and partial_fit trains it on."""
    X, y = three_classes
    clf = cls(batch_size=16, **SHORT).fit(X, y)
    joblib.dump(clf, tmp_path / "model")
    other = joblib.load(tmp_path / "model", mmap_mode="r")
    np.testing.assert_array_equal(clf.decision_function(X), other.decision_function(X))
    assert_same_model(clf.partial_fit(X, y), other.partial_fit(X, y))


# -- searches and meta-estimators --------------------------------------------------------------


@every_class
def test_grid_search_over_rates_and_optimizers(cls, three_classes):
    """A search over learning_rate and over a component's own setting finds a best pair."""
    grid = {"learning_rate": [1e-6, 0.05], "optimizer__beta1": [0.5, 0.9]}
    search = GridSearchCV(cls(optimizer=Adam(), **SHORT), grid, cv=3)
    search.fit(*three_classes)
    assert search.best_params_["learning_rate"] == 0.05
    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_.optimizer.beta1 == search.best_params_["optimizer__beta1"]
    assert search.best_estimator_.optimizer is not search.estimator.optimizer


def test_grid_search_over_whole_components(three_classes):
    """Components themselves, objects and names mixed, can be searched over, also in parallel."""
    grid = {
        "clf__optimizer": ["sgd", Momentum(momentum=0.5), Adam()],
        "clf__penalty": [None, "l1", ElasticNet(l1_ratio=0.2)],
        "clf__schedule": [WarmUp("cosine")],
        "clf__solver": ["gd"],
    }
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", SVMGDClassifier(**SHORT))])
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(*three_classes)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.score(*three_classes) > 0.5


@every_class
def test_pipeline_on_digits(cls, digits):
    """Scaled digits are learned in a pipeline, with the defaults but for few epochs."""
    X, y = digits
    clf = make_pipeline(MinMaxScaler(), cls(**{**SHORT, "max_iter": 150})).fit(X[:1200], y[:1200])
    assert clf.score(X[1200:], y[1200:]) > 0.88


@every_class
def test_pipeline_of_text(cls):
    """Strings through TfidfVectorizer, whose rows are sparse, into string labels."""
    texts = ["red apple", "green apple", "ripe pear", "fast car", "red car", "slow train"] * 5
    labels = ["fruit", "fruit", "fruit", "vehicle", "vehicle", "vehicle"] * 5
    clf = make_pipeline(TfidfVectorizer(), cls(random_state=0, alpha=1e-2)).fit(texts, labels)
    assert clf.predict(["green pear", "slow car"]).tolist() == ["fruit", "vehicle"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: BaggingClassifier(clf, n_estimators=3, random_state=0),
        lambda clf: OneVsRestClassifier(clf),
        lambda clf: CalibratedClassifierCV(clf, cv=3, ensemble=False),
        lambda clf: VotingClassifier([("one", clf), ("two", clone(clf))]),
        lambda clf: make_pipeline(SelectFromModel(clf), clone(clf)),
    ],
    ids=["bagging", "one-vs-rest", "calibration", "voting", "selection"],
)
@every_class
def test_meta_estimators(cls, wrap, three_classes):
    """Meta-estimators train and predict with the classifiers inside."""
    clf = wrap(cls(**SHORT)).fit(*three_classes)
    assert clf.score(*three_classes) > 0.5


@every_class
def test_cross_validation(cls, three_classes):
    """cross_val_score and cross_val_predict work, in parallel and on sparse rows."""
    X, y = three_classes
    clf = cls(**SHORT)
    scores = cross_val_score(clf, X, y, cv=3, n_jobs=2)
    np.testing.assert_array_equal(scores, cross_val_score(clf, X, y, cv=3))
    method = "predict_proba" if cls is SoftmaxGDClassifier else "decision_function"
    assert cross_val_predict(clf, sparse.csr_array(X), y, cv=3, method=method).shape == (90, 3)


# -- metadata routing --------------------------------------------------------------------------


@every_class
def test_requests_are_set_by_method(cls):
    """Metadata requests exist for fit, partial_fit and score, and default to none."""
    clf = cls()
    with sklearn.config_context(enable_metadata_routing=True):
        clf.set_fit_request(sample_weight=True)
        clf.set_partial_fit_request(sample_weight="weights", classes=True)
        clf.set_score_request(sample_weight=False)
        requests = get_routing_for_object(clf)
        start = {"coef_init": None, "intercept_init": None}
        assert requests.fit.requests == {"sample_weight": True} | start
        given = {"sample_weight": "weights", "classes": True}
        assert requests.partial_fit.requests == given | start
        assert requests.score.requests == {"sample_weight": False}


@every_class
def test_weights_are_routed_through_a_search(cls, three_classes):
    """Sample weights reach fit and score through a pipeline inside a search."""
    X, y = three_classes
    weights = np.random.default_rng(0).integers(0, 3, size=len(y)).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = cls(**SHORT).set_fit_request(sample_weight=True)
        clf.set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), clf)
        name = cls.__name__.lower()
        search = GridSearchCV(pipeline, {f"{name}__alpha": [1e-4, 0.1]}, cv=3)
        search.fit(X, y, sample_weight=weights)
        best = search.best_estimator_
    direct = clone(best[-1]).fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    assert_same_model(best[-1], direct)


# -- data frames -------------------------------------------------------------------------------


@pytest.fixture(params=["pandas", "polars"])
def frames(request):
    """Return one of the two data-frame packages."""
    return pytest.importorskip(request.param)


@every_class
def test_data_frames(cls, frames, three_classes):
    """Frames give dense's model, their column names, and a complaint about other names."""
    X, y = three_classes
    names = ["height", "width", "depth", "mass"]
    frame = frames.DataFrame(dict(zip(names, X.T, strict=True)))
    labels = np.array(["a", "b", "c"])[y]
    target = frames.Series("kind", labels) if frames.__name__ == "polars" else frames.Series(labels)
    clf = cls(**SHORT).fit(frame, target)
    assert clf.feature_names_in_.tolist() == names
    direct = cls(**SHORT).fit(X, labels)
    assert_same_model(clf, direct)
    np.testing.assert_array_equal(clf.predict(frame), direct.predict(X))
    names[-1] = "weight"
    renamed = frames.DataFrame(dict(zip(names, X.T, strict=True)))
    with pytest.raises(ValueError, match="feature names"):
        clf.predict(renamed)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        clf.predict(X)


@every_class
def test_pandas_weights_labels_and_odd_columns(cls, three_classes):
    """Series as weights, categories as labels, integer and mixed float columns are taken."""
    pandas = pytest.importorskip("pandas")
    X, y = three_classes
    frame = pandas.DataFrame(X, columns=list("abcd"), index=np.arange(90)[::-1])
    frame["e"] = np.arange(90)
    frame["a"] = frame["a"].astype(np.float32)
    labels = pandas.Series(np.array(["low", "mid", "top"])[y], dtype="category", index=frame.index)
    weights = pandas.Series(np.linspace(1, 2, 90), index=frame.index)
    clf = cls(**SHORT).fit(frame, labels, sample_weight=weights)
    direct = cls(**SHORT).fit(frame.to_numpy(), labels.to_numpy(), sample_weight=weights.to_numpy())
    np.testing.assert_array_equal(clf.coef_, direct.coef_)
    assert clf.classes_.tolist() == ["low", "mid", "top"]


@every_class
def test_representations(cls, three_classes):
    """The HTML and text representations are made without an error, fitted or not."""
    clf = cls(**COMPONENTS)
    assert cls.__name__ in repr(clf)
    assert "Adam(beta1=0.8)" in repr(clf)
    assert cls.__name__ in clf._repr_html_()
    assert cls.__name__ in clf.fit(*three_classes)._repr_html_()


# -- components of the user's own --------------------------------------------------------------


class NonNegative(Penalty):
    """Keeps all weights from going below 0, beside an L2 part."""

    def __init__(self, strength=1.0):
        """Take the strength of the L2 part."""
        self.strength = strength

    def value(self, W):
        """Return the penalty of feasible weights."""
        return self.strength * 0.5 * float((W**2).sum())

    def add_gradient(self, W, out, strength):
        """Add the gradient of the L2 part."""
        out += strength * self.strength * W

    def prox(self, W, step):
        """Project."""
        np.maximum(W, 0, out=W)


class DoubleSoftmax(SVMGDClassifier):
    """A classifier with a loss of its own, derived from a built-in one."""

    def _loss(self, n_classes):
        class Double(SoftmaxCrossEntropy):
            def formula(self, scores, y, xp=np):
                values, d_scores = super().formula(scores, y, xp)
                return 2 * values, 2 * d_scores

        return Double()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_penalty_of_ones_own(optimizer, three_classes):
    """An unregistered penalty works with every optimizer, in clones and in searches."""
    clf = SoftmaxGDClassifier(penalty=NonNegative(), optimizer=optimizer, **SHORT)
    clf.fit(*three_classes)
    assert (clf.coef_ >= 0).all()
    assert clf.coef_.any()
    search = GridSearchCV(clf, {"penalty__strength": [0.1, 10.0]}, cv=2).fit(*three_classes)
    assert search.best_estimator_.penalty.strength in (0.1, 10.0)


@pytest.mark.parametrize(
    "params", [{"batch_size": 16}, {"batch_size": "full"}, {"solver": "lbfgs"}], ids=str
)
def test_a_loss_of_ones_own(params, three_classes):
    """A subclass of a built-in loss is served by its own formula: twice the cross-entropy."""
    settings = {**params, "optimizer": "sgd", "random_state": 0}
    settings |= {"tol": 1e-13} if "solver" in params else {"max_iter": 5, "tol": None}
    double = DoubleSoftmax(alpha=0.2, learning_rate=0.05, **settings).fit(*three_classes)
    single = SoftmaxGDClassifier(alpha=0.1, learning_rate=0.1, **settings).fit(*three_classes)
    np.testing.assert_allclose(double.coef_, single.coef_, rtol=1e-5, atol=1e-7)
    assert double.objective_ == pytest.approx(2 * single.objective_, rel=1e-9)


@every_class
def test_score_is_accuracy(cls, three_classes):
    """score() is the accuracy, weighted if weights are given."""
    X, y = three_classes
    clf, weights = cls(**SHORT).fit(X, y), np.linspace(0, 1, len(y))
    assert clf.score(X, y) == accuracy_score(y, clf.predict(X))
    expected = accuracy_score(y, clf.predict(X), sample_weight=weights)
    assert clf.score(X, y, sample_weight=weights) == pytest.approx(expected)
