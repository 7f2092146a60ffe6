"""Model files: pickle and skops round trips, the version's stamp, broken states refused."""

import copy
import pickle

import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklinear_gd
from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
SETTINGS = [
    {},
    {"precondition": "diagonal"},
    {"optimizer": "sgd", "average": True},
    {"solver": "lbfgs"},
]


def _fitted(cls, X, y, **params):
    return cls(**{"max_iter": 5, "tol": None, "random_state": 0, **params}).fit(X, y)


def _same(first, second, X):
    np.testing.assert_array_equal(first.decision_function(X), second.decision_function(X))
    np.testing.assert_array_equal(first.predict(X), second.predict(X))


@pytest.mark.parametrize("params", SETTINGS, ids=str)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda clf: _pickled(clf)])
@every_class
def test_copies_are_the_same_model(cls, copied, params, three_classes):
    """Copies and pickles predict and go on training like the original."""
    X, y = three_classes
    clf = _fitted(cls, X, y, **params)
    other = copied(clf)
    _same(clf, other, X)
    assert vars(other).keys() == vars(clf).keys()
    if hasattr(clf, "partial_fit"):
        _same(clf.partial_fit(X, y), copied(other.partial_fit(X, y)), X)


def _pickled(clf):
    return pickle.loads(pickle.dumps(clf))


@every_class
def test_the_state_carries_the_version(cls, three_classes):
    """A saved state names the version; the estimator's attributes do not."""
    clf = _fitted(cls, *three_classes)
    assert clf.__getstate__()["_sklinear_gd_version"] == sklinear_gd.__version__
    assert "_sklinear_gd_version" not in vars(_pickled(clf))


@pytest.mark.parametrize("version", ["0.0.1", None])
@every_class
def test_another_version_warns(cls, version, three_classes):
    """A state of another version, or of none, is loaded with a warning that names both."""
    X, y = three_classes
    clf = _fitted(cls, X, y)
    state = clf.__getstate__()
    if version is None:
        del state["_sklinear_gd_version"]
    else:
        state["_sklinear_gd_version"] = version
    other = cls()
    with pytest.warns(UserWarning, match=f"version {version or 'unknown'} of .*Fit and save"):
        other.__setstate__(state)
    _same(clf, other, X)


def _set(name, change):
    def tamper(state):
        state[name] = change(state[name])

    return tamper


def _set_training(name, change):
    def tamper(state):
        state["_state"] = {**state["_state"], name: change(state["_state"][name])}

    return tamper


def _put(place, value):
    def change(array):
        array = array.copy()
        array[place] = value
        return array

    return change


TAMPERED = {
    "coef_ of too few classes": (_set("coef_", lambda a: a[:2]), "coef_ has the shape"),
    "coef_ of other features": (_set("coef_", lambda a: a[:, :3]), "coef_ has the shape"),
    "coef_ with NaN": (_set("coef_", _put((0, 0), np.nan)), "coef_ is not finite"),
    "coef_ of objects": (_set("coef_", lambda a: a.astype(object)), "coef_ has the dtype object"),
    "coef_ as a list": (_set("coef_", lambda a: a.tolist()), "AttributeError"),
    "intercept_ too long": (_set("intercept_", lambda a: np.append(a, 0)), "intercept_ has"),
    "intercept_ infinite": (_set("intercept_", _put(0, np.inf)), "intercept_ is not finite"),
    "classes_ unsorted": (_set("classes_", lambda a: a[::-1]), "classes_ is not sorted"),
    "classes_ repeated": (_set("classes_", lambda a: a[[0, 0, 1]]), "classes_ is not sorted"),
    "one class": (_set("classes_", lambda a: a[:1]), "at least 2"),
    "classes_ mixed": (
        _set("classes_", lambda a: np.array([0, "a", None], dtype=object)),
        "TypeError",
    ),
    "n_features_in_ wrong": (_set("n_features_in_", lambda n: n + 1), "coef_ has the shape"),
    "n_iter_ negative": (_set("n_iter_", lambda n: -1), "n_iter_ is no count"),
    "history_ uneven": (
        _set("history_", lambda h: {**h, "epoch": h["epoch"][:-1]}),
        "columns of history_",
    ),
    "no coef_": (lambda state: state.pop("coef_"), "coef_"),
    "optimizer's array wrong": (
        _set_training("optimizer", lambda o: {**o, "m": np.zeros((1, 1))}),
        "m has the shape",
    ),
    "updates negative": (_set_training("updates", lambda n: -5), "updates is no count"),
    "learning_rate negative": (_set_training("learning_rate", lambda r: -1.0), "learning_rate"),
    "scale infinite": (
        _set_training("conditioning", lambda c: (np.full(4, np.inf), None)),
        "scale is not finite",
    ),
    "scale negative": (
        _set_training("conditioning", lambda c: (-c[0], c[1])),
        "scale is not > 0",
    ),
    "no scale": (_set_training("conditioning", lambda c: (None, c[1])), "TypeError"),
    "center cut": (
        _set_training("conditioning", lambda c: (c[0], np.zeros(1))),
        "center has the shape",
    ),
    "directions with NaN": (
        _set_training("basis", lambda b: (b[0], np.full_like(b[1], np.nan))),
        "directions is not finite",
    ),
    "directions of other features": (
        _set_training("basis", lambda b: (None, np.eye(7))),
        "directions has the shape",
    ),
    "no directions": (_set_training("basis", lambda b: (b[0], None)), "AttributeError"),
    "basis cut": (_set_training("basis", lambda b: b[:1]), "TypeError"),
    "reflectors of other axes": (
        _set_training("basis", lambda b: (b[0], np.eye(4)[:, :2], np.eye(4)[:, :3])),
        "directions has the shape",
    ),
    "reflectors with NaN": (
        _set_training("basis", lambda b: (b[0], np.eye(4)[:, :2], np.full((4, 2), np.nan))),
        "reflectors is not finite",
    ),
    "training state cut": (lambda state: state["_state"].pop("seed"), "seed"),
}


@pytest.mark.parametrize(("tamper", "message"), TAMPERED.values(), ids=TAMPERED)
@every_class
def test_a_broken_state_is_refused(cls, tamper, message, three_classes):
    """What does not make a model is a ValueError on loading, with what is wrong and the cure."""
    state = _fitted(cls, *three_classes).__getstate__()
    state["_state"] = dict(state["_state"])
    tamper(state)
    with pytest.raises(ValueError, match=message) as error:
        cls().__setstate__(state)
    assert cls.__name__ in str(error.value)
    assert "fit the model anew" in str(error.value)


@every_class
def test_a_sparse_coef_is_checked(cls, three_classes):
    """sparsify() survives a pickle, and its broken structure does not."""
    X, y = three_classes
    clf = _fitted(cls, X, y).sparsify()
    _same(clf, _pickled(clf), X)
    clf.coef_.indices[0] = 99
    with pytest.raises(ValueError, match="coef_ is a broken sparse matrix"):
        _pickled(clf)


@every_class
def test_changed_parameters_do_not_make_a_state_broken(cls, three_classes):
    """After set_params a fitted estimator can still be copied, and an unfitted one always."""
    X, y = three_classes
    clf = _fitted(cls, X, y).set_params(fit_intercept=False, alpha=-1)
    _same(clf, _pickled(clf), X)
    assert _pickled(clone(clf)).get_params() == clf.get_params()


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"]])
@pytest.mark.parametrize("params", SETTINGS, ids=str)
@every_class
def test_skops_needs_trust_in_the_class_alone(cls, params, labels, three_classes):
    """A skops file asks for one type, the class, also inside a Pipeline, and gives it back."""
    X, y = three_classes
    y = np.array(labels)[y]
    clf = _fitted(cls, X, y, **params)
    own = [f"{cls.__module__}.{cls.__name__}"]
    for model in (clf, make_pipeline(StandardScaler(), clf).fit(X, y)):
        data = skops.io.dumps(model)
        assert skops.io.get_untrusted_types(data=data) == own
        _same(model, skops.io.loads(data, trusted=own), X)


@every_class
def test_only_plain_values_are_held(cls, three_classes):
    """Fitted attributes are arrays, numbers, strings and containers of them."""
    plain = (np.ndarray, int, float, str, bool, type(None))

    def check(name, value):
        if isinstance(value, dict):
            for key, entry in value.items():
                check(f"{name}[{key!r}]", entry)
        elif isinstance(value, tuple):
            for number, entry in enumerate(value):
                check(f"{name}[{number}]", entry)
        else:
            assert isinstance(value, plain), f"{name} is a {type(value)}"

    for name, value in vars(_fitted(cls, *three_classes)).items():
        check(name, value)
