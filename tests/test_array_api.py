"""Fits and predictions on arrays of other libraries, held against those on NumPy's."""

import pickle
import sys

import array_api_strict as strict
import numpy as np
import pytest
import sklearn
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._namespaces import described, namespace, same_place, to_host
from sklinear_gd.callbacks import EarlyStopping
from sklinear_gd.conditioning import axes
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import PENALTIES
from sklinear_gd.solvers import descent

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
NAMESPACES = ["strict", "torch cpu", "torch cuda", "cupy"]
every_namespace = pytest.mark.parametrize("name", NAMESPACES)
NO_TORCH = "PyTorch, an optional dependency of the tests, is not installed"

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def _dispatch(array_api):
    with sklearn.config_context(array_api_dispatch=True):
        yield


def placed(name, array):
    """Return the NumPy array in a namespace, on a device that is not the default one."""
    array = np.array(array)
    if name == "strict":
        return strict.asarray(array, device=strict.Device("device1"))
    if name == "cupy":
        cupy = pytest.importorskip("cupy", reason="CuPy needs a GPU and is not installed")
        return cupy.asarray(array)
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    if name == "torch cuda" and not torch.cuda.is_available():
        pytest.skip("there is no GPU that PyTorch can use")
    return torch.asarray(array, device=name.split()[1])


def pair(estimator, X, y, name="strict", **arrays):
    """Return the estimator fitted on NumPy's arrays and on another library's."""
    host = sklearn.clone(estimator).fit(X, y, **arrays)
    arrays = {key: placed(name, array) for key, array in arrays.items()}
    return host, sklearn.clone(estimator).fit(placed(name, X), placed(name, y), **arrays)


def assert_same(host, other, rtol=1e-8):
    """Compare two models, one of them on a device."""
    np.testing.assert_allclose(to_host(other.coef_), host.coef_, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(to_host(other.intercept_), host.intercept_, rtol=rtol, atol=rtol)
    np.testing.assert_array_equal(to_host(other.classes_), host.classes_)
    assert (other.n_iter_, other.t_, other.stop_reason_) == (
        host.n_iter_,
        host.t_,
        host.stop_reason_,
    )
    assert other.objective_ == pytest.approx(host.objective_, rel=rtol)
    assert other.history_.keys() == host.history_.keys()


def settings(**others):
    """Return a few epochs, in batches of which the last one is smaller."""
    return {"batch_size": 16, "max_iter": 4, "tol": None, "random_state": 0, **others}


@every_namespace
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_class
def test_fitted_arrays_live_where_X_is(cls, dtype, name, three_classes):
    """Coefficients, predictions and state are in X's namespace, on its device, in its dtype."""
    X, y = three_classes[0].astype(dtype), three_classes[1]
    host, other = pair(cls(**settings(average=True)), X, y, name)
    assert_same(host, other, 1e-3 if dtype == "float32" else 1e-8)
    xp, X = namespace(other.coef_), placed(name, X)
    arrays = [other.coef_, other.intercept_, other.decision_function(X), other._state["params"]]
    arrays += other._state["conditioning"] or ()
    for array in arrays:
        assert same_place(array, X)
        assert array.dtype == getattr(xp, dtype)
    labels = other.predict(X)
    assert same_place(labels, X)
    np.testing.assert_array_equal(to_host(labels), host.predict(to_host(X)))
    assert isinstance(other.score(X, placed(name, y)), float)


@pytest.mark.parametrize("batch_size", [1, 16, "full"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@every_class
def test_every_optimizer(cls, optimizer, batch_size, two_classes):
    """All optimizers in batches of any size make the updates that they make on NumPy's arrays."""
    X, y = two_classes[0][:33], two_classes[1][:33]
    estimator = cls(**settings(optimizer=optimizer, batch_size=batch_size, max_iter=2))
    if optimizer == "saga" and cls is SVMGDClassifier:
        estimator.set_params(loss="squared_hinge")
    # SAGA sets rows by their numbers, which is not in the standard.
    name = "torch cpu" if optimizer == "saga" else "strict"
    assert_same(*pair(estimator, X, y, name))


def test_saga_says_which_arrays_it_cannot_use(two_classes):
    """A namespace whose rows cannot be set by their numbers is named, and the cure."""
    X, y = (placed("strict", part) for part in two_classes)
    with pytest.raises(ValueError, match=r"optimizer='saga'.*array_api_strict.*NumPy"):
        SoftmaxGDClassifier(optimizer="saga", batch_size=16).fit(X, y)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("penalty", PENALTIES)
def test_every_penalty(penalty, optimizer, three_classes):
    """All penalties, those with a prox too, under one rate and under a rate a coordinate."""
    estimator = SoftmaxGDClassifier(**settings(penalty=penalty, optimizer=optimizer, alpha=0.05))
    assert_same(*pair(estimator, *three_classes))


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("multi_class", ["weston_watkins", "crammer_singer", "ovr"])
def test_every_hinge(multi_class, loss, three_classes):
    """All hinges."""
    estimator = SVMGDClassifier(**settings(multi_class=multi_class, loss=loss))
    assert_same(*pair(estimator, *three_classes))


OPTIONS = [
    {"precondition": "full"},
    {"precondition": "diagonal"},
    {"precondition": "diagonal", "penalty": "l1", "alpha": 0.05},
    {"precondition": False},
    {"fit_intercept": False, "precondition": "full"},
    {"dropout": 0.3},
    {"max_norm": 0.5},
    {"average": True},
    {"early_stopping": True, "validation_fraction": 0.2},
    {"shuffle": False},
    {"class_weight": "balanced"},
    {"tol": 1e-3, "max_iter": 50},
    {"solver": "random_search"},
    {"solver": "local_search"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_option(options, three_classes):
    """What else a fit may be asked for gives the model of NumPy's arrays."""
    assert_same(*pair(SoftmaxGDClassifier(**settings(**options)), *three_classes))


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_principal_axes(fit_intercept, three_classes, monkeypatch):
    """Axes that some reflections complete give the model of NumPy's arrays."""
    monkeypatch.setattr(axes, "PRINCIPAL", 2)
    options = settings(precondition="principal", fit_intercept=fit_intercept)
    assert_same(*pair(SoftmaxGDClassifier(**options), *three_classes))


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@every_class
def test_lbfgs(cls, penalty, three_classes):
    """L-BFGS, its hinges smoothed, ends at the same optimum."""
    estimator = cls(solver="lbfgs", penalty=penalty, alpha=0.01, max_iter=40, tol=None)
    host, other = pair(estimator, *three_classes)
    assert other.objective_ == pytest.approx(host.objective_, rel=1e-6)
    assert same_place(other.coef_, placed("strict", three_classes[0]))


@every_namespace
def test_weights_and_starts(name, three_classes):
    """Sample weights, some of them 0, and weights to start from may be on the device, too."""
    X, y = three_classes
    rng = np.random.default_rng(0)
    weights = np.round(2 * rng.random(len(y)), 1)
    arrays = {"sample_weight": weights, "coef_init": rng.normal(size=(3, 4))}
    assert_same(*pair(SoftmaxGDClassifier(**settings()), X, y, name, **arrays))


@every_namespace
@every_class
def test_training_goes_on(cls, name, three_classes):
    """partial_fit and warm starts go on, after a pickle as well, and from the host."""
    X, y = three_classes
    estimator = cls(**settings(optimizer="adam", average=True, warm_start=True))
    host, other = pair(estimator, X, y, name)
    model = pickle.loads(pickle.dumps(other)) if name != "strict" else other
    np.testing.assert_array_equal(to_host(model.coef_), to_host(other.coef_))
    host.fit(X, y), model.fit(placed(name, X), placed(name, y))
    host.partial_fit(X, y, classes=[0, 1, 2])
    model.partial_fit(placed(name, X), placed(name, y), classes=placed(name, [0, 1, 2]))
    assert_same(host, model)
    host.fit(X, y), model.fit(X, y)
    assert isinstance(model.coef_, np.ndarray)
    assert_same(host, model)


@pytest.mark.parametrize("n_classes", [2, 3])
@every_namespace
def test_probabilities(name, n_classes, two_classes, three_classes):
    """Probabilities, and their logarithms where they underflow, are those of the host."""
    X, y = two_classes if n_classes == 2 else three_classes
    host, other = pair(SoftmaxGDClassifier(**settings()), X, y, name)
    for scale in (1, 1e4):
        rows = placed(name, scale * X)
        for method in ("predict_proba", "predict_log_proba"):
            expected = getattr(host, method)(scale * X)
            found = getattr(other, method)(rows)
            assert same_place(found, rows)
            np.testing.assert_allclose(to_host(found), expected, rtol=1e-6, atol=1e-12)


@every_namespace
def test_labels_of_other_kinds(name, three_classes):
    """Text stays on the host; numbers follow X, wherever y is."""
    X, y = three_classes
    rows = placed(name, X)
    text = np.array(["cat", "dog", "owl"])[y]
    clf = SVMGDClassifier(**settings()).fit(rows, text)
    assert isinstance(clf.predict(rows), np.ndarray)
    assert set(clf.predict(rows)) <= {"cat", "dog", "owl"}
    assert clf.score(rows, text) > 0.5
    clf = SVMGDClassifier(**settings()).fit(rows, (10 * y).tolist())
    assert same_place(clf.predict(rows), rows)
    np.testing.assert_array_equal(to_host(clf.classes_), [0, 10, 20])


def test_objective_and_optimality(three_classes):
    """F on the device is that on the host, where the distance from the optimum is measured."""
    X, y = three_classes
    host, other = pair(SoftmaxGDClassifier(**settings()), X, y)
    rows, labels = placed("strict", X), placed("strict", y)
    assert other.objective(rows, labels) == pytest.approx(host.objective(X, y), rel=1e-12)
    found, expected = other.optimality(rows, labels), host.optimality(X, y)
    assert found.gap == pytest.approx(expected.gap, rel=1e-6)


def test_callbacks_see_the_device(three_classes):
    """A callback's fitted estimator predicts where X is, and its best epoch comes back."""
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    X, y = (placed("strict", part) for part in three_classes)
    stop = EarlyStopping(patience=2)
    clf = SoftmaxGDClassifier(**settings(max_iter=20)).set_callbacks(stop).fit(X, y)
    assert clf.n_iter_ == stop.best_epoch_
    assert clf.score(X, y) == pytest.approx(stop.best_score_)


# -- no wait inside an epoch -------------------------------------------------------------------

WAITS = ["__bool__", "__float__", "__int__", "__index__", "__array__", "__dlpack__", "to_device"]
QUIET = [
    {},
    {"shuffle": False},
    {"precondition": "full"},
    {"precondition": "diagonal", "penalty": "l1"},
    {"penalty": "elasticnet"},
    {"penalty": "group_lasso"},
    {"dropout": 0.3},
    {"max_norm": 0.5},
    {"average": True},
    # The accelerated rule reads a number to know when to restart; strict arrays have no SAGA.
    *({"optimizer": name} for name in OPTIMIZERS if name not in ("accelerated", "saga")),
]


@pytest.mark.parametrize("options", QUIET, ids=str)
@every_class
def test_no_number_is_read_inside_an_epoch(cls, options, three_classes, monkeypatch):
    """Nothing goes to the host, and nothing waits for a number, between two ends of epochs."""
    X, y = (placed("strict", part) for part in three_classes)
    inside, reads = [], []

    def noting(name):
        original = getattr(strict_array, name)

        def method(self, *args, **kwargs):
            if inside:
                reads.append(name)
            return original(self, *args, **kwargs)

        return method

    def watched(self, order, rates):
        inside.append(True)
        total = batches(self, order, rates)
        inside.clear()
        return total

    strict_array, batches = type(X), descent.Descent._batches
    monkeypatch.setattr(descent.Descent, "_batches", watched)
    for name in WAITS:
        monkeypatch.setattr(strict_array, name, noting(name))
    weights = placed("strict", np.linspace(0.5, 1, 90))
    clf = cls(**settings(**options)).fit(X, y, weights)
    assert clf.t_ == 4 * 6
    assert reads == []
    inside.append(True)
    float(clf.coef_[0, 0])
    assert reads == ["__float__"]  # the watch sees what it is meant to see


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["predict", "decision_function", "predict_proba", "predict_log_proba"]
)
def test_rows_of_another_place_are_refused(method, three_classes):
    """A model predicts where it was fitted; the message names both places."""
    X, y = three_classes
    host, other = pair(SoftmaxGDClassifier(**settings()), X, y)
    message = rf"SoftmaxGDClassifier.{method}\(\) must use the same namespace .* X is NumPy's"
    with pytest.raises(ValueError, match=message):
        getattr(other, method)(X)
    with pytest.raises(ValueError, match="must use the same namespace"):
        getattr(host, method)(placed("strict", X))
    with pytest.raises(ValueError, match="must use the same namespace"):
        getattr(other, method)(strict.asarray(X))  # the default device
    with (
        sklearn.config_context(array_api_dispatch=False),
        pytest.raises(ValueError, match=r"array_api_strict's on .* needs .*array_api_dispatch"),
    ):
        getattr(other, method)(X)


def test_a_model_can_be_brought_to_the_host(three_classes):
    """With NumPy's arrays in place of the device's a model predicts on the host."""
    X, y = three_classes
    host, other = pair(SoftmaxGDClassifier(**settings()), X, y)
    for name in ("coef_", "intercept_", "classes_"):
        setattr(other, name, to_host(getattr(other, name)))
    np.testing.assert_array_equal(other.predict(X), host.predict(X))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@every_namespace
def test_a_number_that_is_not_finite_is_named_by_its_place(name, value, three_classes):
    """The message says which row and column."""
    X, y = np.array(three_classes[0]), three_classes[1]
    X[7, 2] = value
    with pytest.raises(ValueError, match="first in row 7, column 2"):
        SVMGDClassifier().fit(placed(name, X), y)
    with sklearn.config_context(assume_finite=True):
        SVMGDClassifier(**settings()).fit(placed(name, three_classes[0]), y)


def test_complex_numbers_are_refused(three_classes):
    """As on the host."""
    X, y = three_classes
    with pytest.raises(ValueError, match="Complex data not supported"):
        SVMGDClassifier().fit(strict.asarray(X + 0j), y)


def test_integers_become_floats(three_classes):
    """Arrays of integers are converted, as on the host."""
    X = np.round(10 * three_classes[0]).astype(np.int64)
    assert_same(*pair(SVMGDClassifier(**settings()), X, three_classes[1]))


def test_sparsify_is_refused(two_classes):
    """SciPy's matrices are on the host alone."""
    _, other = pair(SVMGDClassifier(**settings()), *two_classes)
    with pytest.raises(ValueError, match=r"sparsify\(\) needs coef_ as a NumPy array"):
        other.sparsify()
    assert other.densify() is other


def test_the_extra_is_named(three_classes, monkeypatch):
    """Without array-api-compat the message says how to get it."""
    X, y = three_classes
    rows = placed("strict", X)
    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    with pytest.raises(ImportError, match=r"pip install 'sklinear-gd\[array-api\]'"):
        SVMGDClassifier().fit(rows, y)


def test_a_fit_that_may_go_on_says_so(three_classes):
    """The warning after a fit needs no bound, which would take X to the host."""
    X, y = (placed("strict", part) for part in three_classes)
    with pytest.warns(ConvergenceWarning, match="may still fall by more than tol=1e-06: raise"):
        SoftmaxGDClassifier(max_iter=1, tol=1e-6, random_state=0).fit(X, y)


def test_a_rate_too_large_is_told_of(three_classes):
    """A fit that diverges keeps the best weights, which may be those of the start."""
    X, y = three_classes
    options = settings(learning_rate=1e9, optimizer="sgd", precondition=False, penalty=None)
    host, other = pair(SoftmaxGDClassifier(**options), 100 * X, y)
    assert other.stop_reason_ == host.stop_reason_ == "diverged"
    assert bool(strict.all(strict.isfinite(other.coef_)))


# -- PyTorch -----------------------------------------------------------------------------------


@every_class
def test_without_dispatch_a_tensor_is_converted(cls, three_classes):
    """Where dispatch is off, a tensor on the host is treated as scikit-learn does: as an array."""
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    X, y = three_classes
    host = cls(**settings()).fit(X, y)
    with sklearn.config_context(array_api_dispatch=False):
        other = cls(**settings()).fit(torch.asarray(np.array(X)), torch.asarray(np.array(y)))
        labels = other.predict(torch.asarray(np.array(X)))
    assert isinstance(other.coef_, np.ndarray)
    np.testing.assert_array_equal(other.coef_, host.coef_)
    np.testing.assert_array_equal(labels, host.predict(X))


def test_no_gradient_is_recorded(three_classes):
    """A tensor that asks for gradients trains a model that does not, and is not written to."""
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    X = torch.asarray(np.array(three_classes[0])).requires_grad_()
    before = X.detach().clone()
    clf = SoftmaxGDClassifier(**settings()).fit(X, torch.asarray(np.array(three_classes[1])))
    assert not clf.coef_.requires_grad
    assert torch.equal(X.detach(), before)


def test_a_model_of_float32_takes_rows_of_float64(three_classes):
    """Scores are then in the wider dtype, as NumPy's would be."""
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    X = torch.asarray(np.array(three_classes[0]))
    clf = SoftmaxGDClassifier(**settings()).fit(X.float(), three_classes[1])
    assert clf.decision_function(X).dtype == torch.float64


def test_places_are_described(three_classes):
    """Messages name library and device."""
    assert described(three_classes[0]) == "NumPy's"
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    assert described(torch.zeros(1)) == "torch's on cpu"


def test_a_line_search_makes_the_same_updates(three_classes):
    """The rate of each update is found on a device, too, and it ends where nothing is to be won."""
    X, y = three_classes
    search = {"schedule": "line_search", "batch_size": "full", "optimizer": "sgd"}
    estimator = SoftmaxGDClassifier(**settings(alpha=0.1, **search))
    assert_same(*pair(estimator, X, y))
    flat = SoftmaxGDClassifier(**settings(fit_intercept=False, **search))
    _, other = pair(flat, np.zeros_like(X), y)
    assert (other.stop_reason_, other.n_iter_) == ("tol", 1)
