"""Errors: each names the parameter, its value and the cure, and comes before any training."""

import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.losses import Loss
from sklinear_gd.optimizers import Adam, Momentum
from sklinear_gd.penalties import ElasticNet
from sklinear_gd.schedules import Adaptive, OneCycle, Step
from sklinear_gd.solvers import LBFGS

SVM, SOFTMAX = SVMGDClassifier, SoftmaxGDClassifier
CLASSES = [SVM, SOFTMAX]
every_class = pytest.mark.parametrize("cls", CLASSES)
X, Y = np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 3
NAN, INF = float("nan"), float("inf")

# parameter, bad values, and words of the message that say what is allowed or what to do
SHARED = [
    ("penalty", ["ridge", 2, "L2", ElasticNet], ["'l2'", "'l1'", "'elasticnet'", "'group_lasso'"]),
    ("alpha", [-1e-4, NAN, INF, "strong", None, True], ["number", "0"]),
    ("l1_ratio", [-0.1, 1.1, NAN, None, "half"], ["[0, 1]"]),
    ("max_norm", [0, -1.0, NAN, INF, "big"], ["(0", "None"]),
    ("dropout", [-0.1, 1.0, 2, NAN, None, "some"], ["[0, 1)"]),
    ("fit_intercept", ["yes", 1, None], ["True", "False"]),
    ("solver", ["sag", 3, None], ["'gd'", "'lbfgs'", "'random_search'", "'local_search'"]),
    ("optimizer", ["adamw", 1, None, Adam], ["'adam'", "'sgd'", "'nesterov'"]),
    ("learning_rate", [0, -0.1, NAN, INF, "fast", None, True], ["(0", "'auto'"]),
    ("schedule", ["poly", 0.5, None, Step], ["'constant'", "'cosine'", "'one_cycle'"]),
    ("batch_size", [0, -5, 2.5, "small", None, True, NAN], [">= 1", "'auto'", "'full'"]),
    ("max_iter", [0, -3, 2.5, None, "many", True], ["integer", "1"]),
    ("tol", [-1e-4, NAN, "tight", True], ["number", "None"]),
    ("n_iter_no_change", [0, 1.5, None], ["integer", "1"]),
    ("shuffle", ["no", 0, None], ["True", "False"]),
    ("average", ["yes", 10, None], ["True", "False"]),
    ("early_stopping", ["yes", 1, None], ["True", "False"]),
    ("class_weight", ["even", 3.0, [1, 2]], ["dict", "'balanced'"]),
    ("random_state", ["chance", -1, 2**32], ["integer", "None"]),
    ("warm_start", ["yes", 1, None], ["True", "False"]),
]
OWN = {
    SVM: [
        ("multi_class", ["one_vs_rest", "OVR", 3, None], ["'weston_watkins'", "'ovr'"]),
        ("loss", ["log", "squared", None, 2], ["'hinge'", "'squared_hinge'"]),
        ("margin", [0, -1.0, NAN, INF, None, "wide", True, 1e13, 1e-13], ["[1e-12, 1e+12]"]),
    ],
    SOFTMAX: [("label_smoothing", [-0.1, 1.0, 2, NAN, None, "some"], ["[0, 1)"])],
}
BAD = [
    pytest.param(cls, name, value, words, id=f"{cls.__name__}-{name}-{value!r}")
    for cls in CLASSES
    for name, values, words in [*SHARED, *OWN[cls]]
    for value in values
]


@pytest.mark.parametrize(("cls", "name", "value", "words"), BAD)
def test_bad_values_are_named(cls, name, value, words):
    """A value out of range is a ValueError with the parameter, the value and what is allowed."""
    clf = cls(**{name: value})
    with pytest.raises(ValueError, match=name) as error:
        clf.fit(X, Y)
    message = str(error.value)
    assert f"{name}={value!r}" in message
    for word in words:
        assert word in message
    assert not hasattr(clf, "classes_")


@pytest.mark.parametrize("value", [0, 1, 1.5, -0.1, NAN, None, "some"])
@every_class
def test_validation_fraction_is_named(cls, value):
    """validation_fraction is checked where early stopping makes use of it."""
    with pytest.raises(ValueError, match=r"validation_fraction=.*\(0, 1\)"):
        cls(early_stopping=True, validation_fraction=value).fit(X, Y)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"optimizer": Adam(beta1=1.5)}, "Adam: beta1=1.5"),
        ({"optimizer": Momentum(momentum=-1)}, "Momentum: momentum=-1"),
        ({"penalty": ElasticNet(l1_ratio=2)}, "ElasticNet: l1_ratio=2"),
        ({"schedule": Step(every=0)}, "Step: every=0"),
        ({"schedule": OneCycle(warmup=2)}, "OneCycle: warmup=2"),
        ({"schedule": lambda t: -1.0}, "-1.0.*finite number >= 0"),
        ({"schedule": lambda t: "fast"}, "'fast'.*finite number >= 0"),
        ({"schedule": lambda t: NAN if t > 3 else 1.0}, "nan.*finite number"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@every_class
def test_bad_settings_of_components_are_named(cls, params, named):
    """A component's own bad setting is named with the component's class."""
    with pytest.raises(ValueError, match=named):
        cls(**params, batch_size=5, max_iter=3, tol=None).fit(X, Y)


@every_class
def test_classes_in_place_of_objects(cls):
    """A component's class given for an object is pointed out."""
    with pytest.raises(ValueError, match=r"Adam\(\)"):
        cls(optimizer=Adam).fit(X, Y)


@every_class
def test_constructor_and_set_params_check_nothing(cls):
    """Bad values are stored as they are, and only fit complains."""
    clf = cls(alpha=-1).set_params(batch_size="huge")
    assert (clf.alpha, clf.batch_size) == (-1, "huge")
    with pytest.raises(TypeError):
        cls(C=1.0)
    with pytest.raises(TypeError):
        cls("l2")  # keyword-only


def _with(value):
    other = X.copy()
    other[7, 2] = value
    return other


BAD_DATA = {
    "NaN": ((_with(np.nan), Y), "NaN"),
    "infinity": ((_with(np.inf), Y), "infinity"),
    "sparse NaN": ((sparse.csr_array(_with(np.nan)), Y), "NaN"),
    "NaN in y": ((X, np.where(Y == 1, np.nan, Y)), "NaN"),
    "fewer labels": ((X, Y[:-1]), "inconsistent numbers of samples"),
    "one-dimensional X": ((X[:, 0], Y), "2D array"),
    "three-dimensional X": ((X[:, :, None], Y), "dim 3"),
    "no rows": ((X[:0], Y[:0]), "0 sample"),
    "no features": ((X[:, :0], Y), "0 feature"),
    "one class": ((X, 0 * Y), "one class"),
    "one row": ((X[:1], Y[:1]), "one class"),
    "one class counts": ((X, Y, (Y == 2).astype(float)), "one class"),
    "regression target": ((X, X[:, 0]), "continuous"),
    "two columns of labels": ((X, np.stack([Y, Y + 1], axis=1)), "1d array"),
    "mixed labels": ((X, np.array([0, "a", 1] * 10, dtype=object)), "types|sort|label"),
    "text features": ((np.full((30, 2), "red"), Y), "holds text.*row 0, column 0"),
    "no y": ((X, None), "requires y"),
    "complex": ((X + 1j, Y), "[Cc]omplex"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_DATA.values(), ids=BAD_DATA)
@every_class
def test_bad_data(cls, arguments, message):
    """Data that cannot be trained on are a ValueError that says what is wrong."""
    clf = cls()
    with pytest.raises(ValueError, match=message), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's own remarks on the labels
        clf.fit(*arguments)
    assert not hasattr(clf, "classes_")


SECRET = "s3cret"
FRAME = pd.DataFrame(X, columns=list("abcd"))
# What newcomers pass for X, and what the message must say; the place where there is one.
NAMED = np.zeros(30, dtype=[("a", float), ("b", float)])
NO_TABLES = {
    "one row": (X[0], r"Expected 2D array.*\(4,\).*X\.reshape"),
    "labels for data": (np.full(30, 7.125), r"Expected 2D array.*\(30,\).*X\.reshape"),
    "None": (None, "Expected 2D array"),
    "a path": (SECRET, "X is a str; pass an array-like"),
    "a dict": ({SECRET: 1}, "X is a dict; pass an array-like"),
    "uneven rows": ([[7.125, 2.0], [7.125]] * 15, "rows have different lengths"),
    "text": (FRAME.assign(e=SECRET), "X holds text.*row 0, column 4.*OneHotEncoder"),
    "categories": (
        FRAME.assign(c=pd.Categorical([SECRET] * 30)), "X holds text.*row 0, column 2.*OneHot"
    ),
    "dates": (
        FRAME.assign(d=pd.date_range("2020-02-02", periods=30)),
        "X holds a Timestamp in row 0, column 3; an argument must be",
    ),
    "an array of dates": (np.full((30, 2), np.datetime64("2020-02-02")), r"X holds dates or times"),
    "times": (np.full((30, 2), np.timedelta64(7, "D")), r"X holds dates or times"),
    "named fields": (NAMED, r"X has the dtype.*structured_to_unstructured"),
    "raw bytes": (np.zeros((30, 2), dtype="V8"), r"X has the dtype.*pass a table of numbers"),
    "sparse rows in a list": ([sparse.csr_array(X[:1])] * 30, "X holds a csr_array in row 0"),
    "three sparse dimensions": (sparse.coo_array(np.ones((30, 2, 2))), "2D matrix.*3 dimensions"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), NO_TABLES.values(), ids=NO_TABLES)
@every_class
def test_what_is_no_table_of_numbers_is_named(cls, rows, message):
    """The message says what X is, where it is wrong and what to do, and prints nothing of it."""
    with pytest.raises((ValueError, TypeError), match=message) as error:
        cls().fit(rows, Y)
    for secret in (SECRET, "7.125", f"{X[0, 0]:.3f}", "2020"):
        assert secret not in str(error.value)


OBJECTS = {
    "a date that is none": (np.array(["2020", "2021", "NaT"], "M8[Y]"), "NaN, first at index 2"),
    "strings of variable width": (
        np.array(list("abc"), np.dtypes.StringDType()) if hasattr(np.dtypes, "StringDType")
        else np.zeros(3, "V4"), r"y has the dtype.*y\.astype\('U'\)"
    ),
    "named fields": (np.zeros(3, dtype=[("a", int)]), r"y has the dtype.*pass numbers or text"),
    "whole numbers": (np.array([0, 1, 2], object), r"objects of the type int.*y\.astype\(int\)"),
    "decimals": (
        np.array([Decimal(0), Decimal(1), Decimal(2)]), r"type Decimal.*y\.astype\(str\)"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("labels", "message"), OBJECTS.values(), ids=OBJECTS)
@every_class
def test_labels_of_other_types_are_named(cls, labels, message):
    """What cannot be a label is named by its type, with what to convert it to."""
    with pytest.raises(ValueError, match=message):
        cls().fit(X, labels[Y])


def test_huge_floats_are_no_labels():
    """They are told to be continuous, without a warning of NumPy's on the way."""
    with pytest.raises(ValueError, match="continuous"):
        SVM().fit(X, Y * 1e300)


HUGE = 10**400
BEYOND = {
    "alpha": {"alpha": HUGE},
    "learning_rate": {"learning_rate": HUGE},
    "tol": {"tol": HUGE},
    "beta1": {"optimizer": Adam(beta1=HUGE)},
}


@pytest.mark.parametrize("name", BEYOND)
@every_class
def test_integers_beyond_all_floats_are_named(cls, name):
    """They are no finite numbers; their digits are not printed."""
    with pytest.raises(ValueError, match=f"{name}=<int of 1329 bits> must be a number"):
        cls(**BEYOND[name]).fit(X, Y)


@pytest.mark.parametrize("params", [{}, {"warm_start": True}, {"solver": "lbfgs"}], ids=str)
@every_class
def test_settings_of_lbfgs_may_be_huge(cls, params):
    """More memory or trials than there are iterations are as many as there are."""
    X, y = load_iris(return_X_y=True)
    huge = LBFGS(memory=10**30, max_line_search=10**30)
    clf = cls(**params | {"solver": huge}, max_iter=300).fit(X, y)
    assert clf.score(X, y) > 0.95


@every_class
def test_narrow_numbers_are_numbers(cls):
    """float16, small integers and fractions as parameters give the model of Python's numbers."""
    narrow, plain = (
        cls(
            tol=number(1 / 1024),
            alpha=number(1 / 1024),
            l1_ratio=number(1 / 4),
            penalty="elasticnet",
            n_iter_no_change=count(9),
            optimizer=Adam(beta1=number(7 / 8)),
            schedule=Adaptive(divisor=number(4), tol=number(1 / 64)),
            random_state=0,
        )
        for number, count in [(np.float16, np.int8), (float, int)]
    )
    fraction = clone(plain).set_params(optimizer=Adam(beta1=Fraction(7, 8)), tol=Fraction(1, 1024))
    large = 1e5 * X
    expected = plain.fit(large, Y).coef_
    np.testing.assert_array_equal(narrow.fit(large, Y).coef_, expected)
    np.testing.assert_array_equal(fraction.fit(large, Y).coef_, expected)


class NoNumber(Loss):
    """A loss of one's own with a mistake."""

    smooth = True

    def formula(self, scores, y, xp=np):
        """NaN."""
        return xp.nan * scores[:, 0], xp.nan * scores


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
def test_a_loss_that_is_no_number_is_named(solver):
    """A loss that gives NaN at W = 0 is refused before any training."""
    with pytest.raises(ValueError, match=r"not finite at W = 0.*NoNumber\(\)"):
        SVM(loss=NoNumber(), solver=solver).fit(X, Y)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (None, r"classes must be passed.*np\.unique"),
        (3, r"classes has the shape \(\).*np\.unique"),
        ([[0, 1, 2]], r"classes has the shape \(1, 3\).*np\.unique"),
        ([0, 1], "index 2 .*not among the 2 classes.*all classes from the start"),
        ([0], "classes holds one class only"),
        ([], "classes holds no class"),
        ([0, 1, None], r"classes mixes labels of the types NoneType, int.*classes\.astype"),
        ([0, 1, NAN], "classes holds NaN or infinity"),
    ],
    ids=str,
)
@every_class
def test_bad_classes_of_partial_fit(cls, classes, message):
    """What is no list of all labels is refused in the first call, with what to pass."""
    with pytest.raises(ValueError, match=message):
        cls().partial_fit(X, Y, classes=classes)


@every_class
def test_many_classes_of_partial_fit(cls):
    """A list of classes names each once: no reason to take them for numbers, and to warn of it."""
    clf = cls().partial_fit(X, Y, classes=np.arange(300))
    assert clf.coef_.shape == (300, 4)


@every_class
def test_class_weight_of_labels_of_another_type(cls):
    """Labels written otherwise than in y are named, and the type of those in y."""
    with pytest.raises(ValueError, match=r"names the class '0'.*labels are of type int64"):
        cls(class_weight={"0": 2.0}).fit(X, Y)


PREDICTING = ["predict", "decision_function", "predict_proba", "predict_log_proba"]


@pytest.mark.parametrize("method", [*PREDICTING, "sparsify", "densify", "score", "objective"])
@every_class
def test_unfitted_use(cls, method):
    """Every method that needs a model raises NotFittedError before fit."""
    clf = cls()
    if cls is SVM and "proba" in method:
        assert not hasattr(clf, method)
        return
    arguments = {"sparsify": (), "densify": (), "score": (X, Y), "objective": (X, Y)}
    with pytest.raises(NotFittedError, match=cls.__name__):
        getattr(clf, method)(*arguments.get(method, (X,)))


@pytest.mark.parametrize("method", PREDICTING)
@every_class
def test_prediction_checks_its_rows(cls, method):
    """Other numbers of features, NaN and wrong shapes are refused at prediction."""
    clf = cls(max_iter=2, tol=None).fit(X, Y)
    if not hasattr(clf, method):
        return
    predict = getattr(clf, method)
    for rows, message in [
        (X[:, :3], "3 features.*4 features"),
        (_with(np.nan), "NaN"),
        (X[0], "2D array"),
        (sparse.csr_array(X[:, :2]), "2 features.*4 features"),
    ]:
        with pytest.raises(ValueError, match=message):
            predict(rows)


@every_class
def test_objective_checks_its_labels(cls):
    """objective() refuses labels that the model does not know, and says where they are."""
    clf = cls(max_iter=2, tol=None).fit(X, Y)
    with pytest.raises(ValueError, match=r"index 2 .*not among the 3 classes"):
        clf.objective(X, Y + 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, Y % 2), "y has 2 classes and the earlier fit had 3"),
        ((X, Y + 1), "y has other labels than the earlier fit"),
        ((X[:, :3], Y), "3.*4|features"),
    ],
    ids=["fewer classes", "other classes", "other features"],
)
@every_class
def test_warm_start_with_other_data(cls, arguments, message):
    """warm_start with other classes or features is refused; the cure is named."""
    clf = cls(max_iter=2, tol=None, warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=message) as error:
        clf.fit(*arguments)
    assert "warm_start=False" in str(error.value)
    fresh = clone(clf).set_params(warm_start=False)
    fresh.fit(*arguments)


STARTS = {
    "masked": (np.ma.masked_array(np.ones((3, 4)), np.eye(3, 4)), "coef_init has masked entries"),
    "complex": (np.ones((3, 4)) * 1j, "coef_init holds complex numbers"),
    "too large an integer": (np.full((3, 4), 10**400, object), "coef_init must hold numbers"),
    "huge": (np.full((3, 4), 1e200), "not finite at the weights to start from.*coef_init"),
}


@pytest.mark.parametrize(("coef", "message"), STARTS.values(), ids=STARTS)
@every_class
def test_bad_starts(cls, coef, message):
    """Weights from which no training can start are refused, by L-BFGS overflowing ones, too."""
    with pytest.raises(ValueError, match=message):
        cls(solver="lbfgs").fit(X, Y, coef_init=coef)


@every_class
def test_sparse_weights_are_a_start(cls):
    """``coef_`` may be sparse, and so may be what training starts from."""
    clf = cls(max_iter=3, tol=None, random_state=0).fit(X, Y)
    dense = clone(clf).fit(X, Y, coef_init=clf.coef_)
    given = clone(clf).fit(X, Y, coef_init=sparse.csr_array(clf.coef_))
    np.testing.assert_array_equal(dense.coef_, given.coef_)


def test_a_start_beyond_float32_is_refused():
    """What is infinite in the dtype of X is named, without a warning of NumPy's."""
    with pytest.raises(ValueError, match="coef_init holds NaN or infinity as float32"):
        SVM().fit(X.astype(np.float32), Y, coef_init=np.full((3, 4), 1e300))


USES = {
    "predict": lambda clf: clf.predict(X),
    "objective": lambda clf: clf.objective(X, Y),
    "optimality": lambda clf: clf.optimality(X, Y),
    "partial_fit": lambda clf: clf.partial_fit(X, Y),
    "warm start": lambda clf: clf.fit(X, Y),
}
every_use = pytest.mark.parametrize("use", USES)


@every_use
@pytest.mark.parametrize("name", ["coef_", "intercept_"])
@every_class
def test_weights_that_are_no_numbers_serve_nothing(cls, name, use):
    """Weights changed to NaN after the fit are named; they would put all rows into one class."""
    clf = cls(max_iter=2, tol=None, warm_start=True).fit(X, Y)
    getattr(clf, name)[1] = np.nan
    with pytest.raises(ValueError, match=f"{name} holds NaN or infinity.*changed since"):
        USES[use](clf)


@every_use
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("coef_", np.ones((2, 4))),
        ("coef_", np.ones((3, 5))),
        ("coef_", [[1.0] * 4] * 3),
        ("coef_", None),
        ("intercept_", np.ones(2)),
        ("intercept_", 0.0),
        ("classes_", np.arange(4)),
    ],
)
@every_class
def test_weights_of_another_shape_serve_nothing(cls, name, value, use):
    """Fitted arrays that do not belong together are named, with the shape that they should have."""
    clf = cls(max_iter=2, tol=None, warm_start=True).fit(X, Y)
    setattr(clf, name, value)
    with pytest.raises(ValueError, match=r"must be an array of shape|goes on with|classes"):
        USES[use](clf)


KINDS = {
    "a table": (pd.DataFrame, "must be a NumPy array, it is of type DataFrame"),
    "masked": (
        lambda a: np.ma.masked_array(a, a > a.mean()),
        "must be a NumPy array, it is of type MaskedArray.*masked",
    ),
    "complex": (lambda a: a + 1j, "must hold real numbers, its dtype is complex128"),
    "objects": (lambda a: a.astype(object), "must hold real numbers, its dtype is object"),
    "text": (lambda a: a.astype(str), "must hold real numbers"),
    "times": (lambda a: a.astype("m8[s]"), "must hold real numbers"),
}


OTHERS = {
    "decision_function": lambda clf: clf.decision_function(X),
    "sparsify": lambda clf: clf.sparsify(),
    "densify": lambda clf: clf.densify(),
}


@pytest.mark.parametrize("use", [*USES, *OTHERS])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["coef_", "intercept_"])
@every_class
def test_weights_of_another_kind_serve_nothing(cls, name, kind, use):
    """Weights changed to what is no array of real numbers are named, with what they are."""
    change, message = KINDS[kind]
    clf = cls(max_iter=2, tol=None, warm_start=True).fit(X, Y)
    change = pd.Series if (kind, name) == ("a table", "intercept_") else change
    setattr(clf, name, change(getattr(clf, name)))
    message = message.replace("DataFrame", type(getattr(clf, name)).__name__)
    with pytest.raises(ValueError, match=f"{name} {message}"):
        (USES | OTHERS)[use](clf)


@pytest.mark.parametrize("use", [*USES, *OTHERS])
@every_class
def test_broken_sparse_weights_serve_nothing(cls, use):
    """Sparse weights with an index beyond the features are refused before SciPy follows it."""
    clf = cls(max_iter=2, tol=None, warm_start=True).fit(X, Y).sparsify()
    clf.coef_.indices[-1] = 1 << 20
    with pytest.raises(ValueError, match=r"coef_ is a broken sparse matrix.*Fit the model anew"):
        (USES | OTHERS)[use](clf)


@pytest.mark.parametrize("kind", [sparse.coo_array, sparse.csc_matrix, sparse.dia_array])
@every_use
@every_class
def test_sparse_weights_may_be_of_any_kind(cls, use, kind):
    """What sparse matrix holds the weights does not matter to what is computed with them."""
    dense = cls(max_iter=2, tol=None, warm_start=True, random_state=0).fit(X, Y)
    other = cls(max_iter=2, tol=None, warm_start=True, random_state=0).fit(X, Y)
    other.coef_ = kind(other.coef_)
    one, two = USES[use](dense), USES[use](other)
    if use == "optimality":
        one, two = one.objective, two.objective
    elif use not in ("predict", "objective"):
        one, two = one.coef_, two.coef_
    np.testing.assert_allclose(two, one, rtol=1e-9)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.where(np.arange(30) == 4, -1.0, 1.0), "sample_weight is negative at index 4"),
        (np.where(np.arange(30) == 4, NAN, 1.0), "sample_weight is NaN or infinite at index 4"),
        (np.full(30, INF), "sample_weight is NaN or infinite at index 0"),
        (np.zeros(30), "sample_weight is zero for every row"),
        (np.ones(29), r"sample_weight.shape == \(29,\), expected \(30,\)"),
        (np.ma.masked_equal(np.arange(30), 3), "none of them masked"),
    ],
    ids=["negative", "NaN", "infinite", "zero", "too few", "masked"],
)
@every_class
def test_a_share_of_such_weights_is_none(cls, weights, message):
    """``score`` refuses the weights that ``fit`` refuses; the share would be beyond 0 and 1."""
    clf = cls(max_iter=2, tol=None).fit(X, Y)
    with pytest.raises(ValueError, match=message):
        clf.score(X, Y, sample_weight=weights)


@every_class
def test_scores_that_overflow_are_no_prediction(cls):
    """Rows beyond all that was trained on are named, in place of the first class for NaN."""
    clf = cls(max_iter=2, tol=None).fit(X, Y)
    clf.coef_[...] = np.array([1e10, -1e10, 1e10])[:, None]
    rows = X.copy()
    rows[4] = 1e300
    assert np.isfinite(clf.decision_function(rows[:4])).all()
    with pytest.raises(ValueError, match="scores of row 4 of X overflow float64"):
        clf.predict(rows)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("fit_intercept", "no", "fit_intercept='no' must be True or False"),
        ("fit_intercept", False, "fit_intercept=False was set after a fit"),
        ("max_norm", "x", "max_norm='x' must be a number"),
    ],
)
@every_class
def test_parameters_that_were_set_after_the_fit_are_checked(cls, name, value, message):
    """No certificate is made with what no fit would take, or of another model than this one."""
    clf = cls(max_iter=2, tol=None).fit(X, Y).set_params(**{name: value})
    with pytest.raises(ValueError, match=message):
        clf.optimality(X, Y)


@every_class
def test_a_stream_that_diverges_warns(cls):
    """partial_fit says so when a rate has left nothing but the zero model."""
    clf = cls(learning_rate=1e300)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        clf.partial_fit(X, Y, classes=[0, 1, 2])
    assert clf.stop_reason_ == "diverged"


@pytest.mark.parametrize("method", ["objective", "optimality"])
@every_class
def test_alpha_that_was_set_after_the_fit_is_checked(cls, method):
    """No objective is computed with an alpha that no fit would take."""
    clf = cls(max_iter=2, tol=None).fit(X, Y).set_params(alpha=-1.0)
    with pytest.raises(ValueError, match=r"alpha=-1\.0 must be a number in \[0, inf\)"):
        getattr(clf, method)(X, Y)


@every_class
def test_early_stopping_with_too_few_rows(cls):
    """When a class cannot be in both parts, the parameters and the cures are named."""
    with pytest.raises(ValueError, match="early_stopping") as error:
        cls(early_stopping=True).fit(X[:6], Y[:6])
    assert "validation_fraction=0.1" in str(error.value)
    assert "early_stopping=False" in str(error.value)


@every_class
def test_infinities_of_both_signs_are_an_error_not_a_warning(cls, three_classes):
    """Scores that are no numbers lead to the message that names the place, and to nothing else."""
    X, y = three_classes
    clf = cls().fit(X, y)
    X = X.copy()
    X[3, 1], X[5, 0] = np.inf, -np.inf
    with pytest.raises(ValueError, match=r"infinity.*row 3, column 1"):
        clf.predict(X)
