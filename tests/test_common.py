"""scikit-learn's own checks, on both classifiers in many settings."""

import importlib.util
import os
from collections import Counter
from unittest import SkipTest

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.utils.estimator_checks import (
    check_class_weight_balanced_classifiers,
    check_dataframe_column_names_consistency,
    check_estimator,
    estimator_checks_generator,
)

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

# The checks fit tiny separable data as the defaults stand; that some fits say that they would go
# on is right, and no business of these tests.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("array_api"),
]

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
# What else changes nothing of how arrays of other libraries are taken, for which there are many
# checks; test_array_api.py has every loss, penalty and optimizer on them.
ON_OTHER_ARRAYS = [repr(SoftmaxGDClassifier(solver="lbfgs"))]
SMALL_BATCHES = 8
EQUIVALENCE = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)


def _estimators():
    """Settings whose updates see all of a tiny data set at once, and small batches.

    The defaults are those of ``test_check_estimator_passes_as_it_stands``.
    """
    yield from (cls(batch_size="full", max_iter=200) for cls in CLASSES)
    yield from (cls(solver="lbfgs") for cls in CLASSES)
    # Both shapes and, with the default, all three hinges.
    yield SVMGDClassifier(multi_class="crammer_singer")
    yield SVMGDClassifier(multi_class="ovr", loss="squared_hinge")
    yield from (cls(batch_size=SMALL_BATCHES, max_iter=30) for cls in CLASSES)


def _expected_failures(estimator):
    """Rows of weight k meet in one batch, k copies in several: only there may they differ."""
    if estimator.batch_size != SMALL_BATCHES:
        return {}
    return dict.fromkeys(EQUIVALENCE, "k copies of a row may be in different batches")


def _checks():
    """Settings and scikit-learn's checks of them, as parameters."""
    for estimator in _estimators():
        pairs = estimator_checks_generator(
            estimator,
            expected_failed_checks=_expected_failures(estimator),
            mark="xfail",
            xfail_strict=True,
        )
        for pair in pairs:
            marks, (own, check) = getattr(pair, "marks", ()), getattr(pair, "values", pair)
            if _name(check).startswith("check_array_api") and repr(own) not in ON_OTHER_ARRAYS:
                continue
            yield pytest.param(own, check, marks=marks, id=f"{own!r}-{_described(check)}")


def _name(check):
    return getattr(check, "func", check).__name__


def _described(check):
    """The name of a check and the settings that it is called with."""
    settings = getattr(check, "keywords", {}).items()
    return "-".join([_name(check), *(f"{key}={value}" for key, value in settings)])


def test_nothing_is_skipped_for_want_of_a_setting():
    """The variable without which scikit-learn skips its array API checks is set."""
    assert os.environ["SCIPY_ARRAY_API"] == "1"


def _may_skip(check):
    """Whether a check is one of arrays that no library or device is here for."""
    keywords = getattr(check, "keywords", {})
    places = [keywords.get("X_ns_and_device"), keywords.get("other_ns_and_device")]
    places = [(place.xp, place.device) for place in places if place is not None]
    places += [(keywords.get("array_namespace"), keywords.get("device_name"))]
    return _name(check).startswith("check_array_api") and any(
        library in ("cupy", "dpnp", "torch")
        and (importlib.util.find_spec(library) is None or device not in (None, "cpu"))
        for library, device in places
    )


@pytest.mark.parametrize("cls", CLASSES)
def test_check_estimator_passes_as_it_stands(cls):
    """check_estimator passes on the defaults: no failure, and none skipped that could be run."""
    results = check_estimator(cls(), on_skip=None)
    assert len(results) > 60
    assert {result["status"] for result in results} <= {"passed", "skipped"}
    skipped = Counter(result["check_name"] for result in results if result["status"] == "skipped")
    checks = [check for _, check in estimator_checks_generator(cls())]
    assert skipped <= Counter(_name(check) for check in checks if _may_skip(check))


@pytest.mark.parametrize(("estimator", "check"), list(_checks()))
def test_scikit_learn_check(estimator, check):
    """Each of scikit-learn's checks passes; only with small batches may two of them fail."""
    try:
        check(estimator)
    except SkipTest as skipped:
        if _may_skip(check):
            pytest.skip(f"no such library or device here: {skipped}")
        pytest.fail(f"skipped: {skipped}")


@pytest.mark.parametrize("cls", CLASSES)
def test_column_names_of_a_data_frame(cls):
    """feature_names_in_ and the complaints about other names are scikit-learn's."""
    pytest.importorskip("pandas")
    check_dataframe_column_names_consistency(cls.__name__, cls())


@pytest.mark.parametrize("cls", CLASSES)
def test_balanced_class_weight_helps_the_rare_class(cls):
    """class_weight="balanced" raises the F1 score where one class is rare."""
    X, y = make_classification(
        n_samples=600, weights=[0.85, 0.15], n_features=10, class_sep=0.4, random_state=0
    )
    train, later = np.arange(300), np.arange(300, 600)
    rare = later[y[later] == 1]
    test = np.concatenate([rare, later[y[later] == 0][: len(rare)]])
    check_class_weight_balanced_classifiers(
        cls.__name__, cls(), X[train], y[train], X[test], y[test], None
    )
