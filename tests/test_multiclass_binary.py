"""Two classes and many: shapes, signs, labels, and what must not depend on the classes' names."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
every_solver = pytest.mark.parametrize("solver", ["gd", "lbfgs"])
HINGES = ("weston_watkins", "crammer_singer", "ovr")
TIGHT = {"solver": "lbfgs", "alpha": 0.1, "tol": 1e-14, "max_iter": 1000}
SHORT = {"max_iter": 5, "tol": None, "random_state": 0}


@every_solver
@every_class
def test_two_classes_have_one_score(cls, solver, two_classes):
    """With two classes coef_ is (1, d), the score (n,), and positive means the second class."""
    X, y = two_classes
    labels = np.array(["no", "yes"])[y]
    clf = cls(solver=solver, alpha=0.1, random_state=0).fit(X, labels)
    assert clf.coef_.shape == (1, 4)
    assert clf.intercept_.shape == (1,)
    scores = clf.decision_function(X)
    assert scores.shape == (len(y),)
    np.testing.assert_allclose(scores, X @ clf.coef_[0] + clf.intercept_[0])
    np.testing.assert_array_equal(clf.predict(X), np.where(scores > 0, "yes", "no"))
    assert clf.score(X, labels) > 0.6


@every_solver
@every_class
def test_many_classes_have_a_score_each(cls, solver, many_rows):
    """With K classes coef_ is (K, d), the scores (n, K), and the largest one wins."""
    X, y = many_rows
    clf = cls(solver=solver, alpha=0.1, random_state=0).fit(X, y)
    assert clf.coef_.shape == (4, 8)
    assert clf.intercept_.shape == (4,)
    scores = clf.decision_function(X)
    np.testing.assert_allclose(scores, X @ clf.coef_.T + clf.intercept_)
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[scores.argmax(axis=1)])


def test_probabilities_have_a_column_a_class(two_classes, three_classes):
    """predict_proba has two columns for two classes; the columns follow classes_; rows sum to 1."""
    for X, y in (two_classes, three_classes):
        clf = SoftmaxGDClassifier(**TIGHT).fit(X, y)
        reference = LogisticRegression(C=1 / (0.1 * len(y)), tol=1e-10, max_iter=1000).fit(X, y)
        proba = clf.predict_proba(X)
        assert proba.shape == (len(y), len(clf.classes_))
        np.testing.assert_allclose(proba, reference.predict_proba(X), atol=1e-6)
        np.testing.assert_allclose(proba.sum(axis=1), 1)
        np.testing.assert_allclose(np.exp(clf.predict_log_proba(X)), proba)
        np.testing.assert_array_equal(clf.classes_[proba.argmax(axis=1)], clf.predict(X))


def test_the_svm_has_no_probabilities(two_classes):
    """Like LinearSVC the SVM has no predict_proba, before and after fit."""
    clf = SVMGDClassifier(**SHORT)
    for _ in range(2):
        assert not hasattr(clf, "predict_proba")
        assert not hasattr(clf, "predict_log_proba")
        clf.fit(*two_classes)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_all_hinges_are_one_with_two_classes(margin, loss, two_classes):
    """Weston-Watkins, Crammer-Singer and one-vs-rest train the same binary SVM."""
    fits = [
        SVMGDClassifier(multi_class=name, loss=loss, margin=margin, batch_size=16, **SHORT)
        for name in HINGES
    ]
    first, *others = (clf.fit(*two_classes) for clf in fits)
    for other in others:
        np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-10)
        np.testing.assert_allclose(first.intercept_, other.intercept_, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("loss", "power"), [("hinge", 1), ("squared_hinge", 0)])
@pytest.mark.parametrize("multi_class", HINGES)
def test_the_margin_only_sets_the_scale(multi_class, loss, power, three_classes):
    """Margin m is margin 1 with weights m times as large, at alpha and rate scaled to match."""
    settings = {"multi_class": multi_class, "loss": loss, "optimizer": "sgd", "batch_size": 16}
    unit = SVMGDClassifier(**settings, alpha=0.1, learning_rate=0.02, **SHORT)
    small = clone(unit).set_params(
        margin=0.25, alpha=0.1 / 0.25**power, learning_rate=0.02 * 0.25**power
    )
    small.fit(*three_classes)
    np.testing.assert_allclose(small.coef_, 0.25 * unit.fit(*three_classes).coef_, rtol=1e-9)


LABELS = {
    "strings": ["spam", "ham", "eggs"],
    "objects": np.array(["b", "c", "a"], dtype=object),
    "negative numbers": [-1, -7, 5],
    "floats": [2.0, 0.0, 1.0],
    "large numbers": [10**12, 3, -(10**12)],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@every_class
def test_labels_of_any_kind(cls, labels, three_classes):
    """Labels come back as they went in, and classes_ is sorted."""
    X, y = three_classes
    labels = np.asarray(labels)[y]
    clf = cls(**SHORT).fit(X, labels)
    np.testing.assert_array_equal(clf.classes_, np.unique(labels))
    assert clf.classes_.dtype == labels.dtype
    assert clf.predict(X).dtype == labels.dtype
    assert set(clf.predict(X)) <= set(labels)
    assert clf.score(X, labels) > 0.5


def test_boolean_labels(two_classes):
    """True is the positive class."""
    X, y = two_classes
    clf = SVMGDClassifier(**SHORT).fit(X, y == 1)
    assert clf.classes_.tolist() == [False, True]
    np.testing.assert_array_equal(clf.predict(X), clf.decision_function(X) > 0)


@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (SoftmaxGDClassifier, {"label_smoothing": 0.1}),
        # Not Crammer and Singer's: of equal scores the first counts, as all are at the start.
        (SVMGDClassifier, {"multi_class": "weston_watkins"}),
        (SVMGDClassifier, {"multi_class": "ovr"}),
    ],
    ids=["softmax", "weston_watkins", "ovr"],
)
def test_renaming_classes_renames_rows(cls, params, three_classes):
    """Another order of the classes permutes the rows of coef_ and changes nothing else."""
    X, y = three_classes
    new_name = np.array([2, 0, 1])
    clf = cls(batch_size=16, **params, **SHORT)
    one, other = clone(clf).fit(X, y), clone(clf).fit(X, new_name[y])
    np.testing.assert_allclose(one.coef_, other.coef_[new_name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.intercept_, other.intercept_[new_name], rtol=1e-9, atol=1e-12)


def test_swapping_two_classes_turns_the_sign(two_classes):
    """The model of swapped binary labels is the negative one."""
    X, y = two_classes
    for cls in CLASSES:
        clf = cls(batch_size=16, **SHORT)
        one, other = clone(clf).fit(X, y), clone(clf).fit(X, 1 - y)
        np.testing.assert_allclose(one.coef_, -other.coef_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("multi_class", ["weston_watkins", "crammer_singer"])
def test_only_differences_of_scores_count(multi_class, three_classes):
    """Where the loss sees only differences, L2's optimum has weights that sum to 0 over classes."""
    for clf in (
        SoftmaxGDClassifier(batch_size=16, optimizer="sgd", **SHORT),
        SVMGDClassifier(multi_class=multi_class, batch_size=16, optimizer="sgd", **SHORT),
    ):
        clf.fit(*three_classes)
        np.testing.assert_allclose(clf.coef_.sum(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(clf.intercept_.sum(), 0, atol=1e-12)


def test_one_vs_rest_is_one_svm_a_class(three_classes):
    """The one-vs-rest hinge is separate binary machines of the classes against the rest."""
    X, y = three_classes
    settings = {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 16, **SHORT}
    joint = SVMGDClassifier(multi_class="ovr", **settings).fit(X, y)
    for k in range(3):
        single = SVMGDClassifier(**settings).fit(X, y == k)
        np.testing.assert_allclose(joint.coef_[k], single.coef_[0], rtol=1e-9, atol=1e-12)


@every_class
def test_many_more_classes_than_a_vector_holds(cls):
    """37 classes of a few rows each are learned."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(37, 20))
    y = np.repeat(np.arange(37), 4)
    X = centres[y] + 0.1 * rng.normal(size=(148, 20))
    clf = cls(alpha=1e-3, random_state=0, tol=None, max_iter=100).fit(X, y)
    assert clf.coef_.shape == (37, 20)
    assert clf.score(X, y) > 0.95


@every_class
def test_equal_scores_give_the_first_class(cls, three_classes):
    """With weights of 0 all scores are equal, and the first class is predicted."""
    clf = cls(**SHORT).fit(*three_classes)
    clf.coef_, clf.intercept_ = np.zeros((3, 4)), np.zeros(3)
    assert set(clf.predict(three_classes[0])) == {0}
