"""Training on Dask collections, against training on the same rows in memory."""

import dask.array
import dask.dataframe
import numpy as np
import pandas
import pytest
from scipy import sparse
from sklearn.base import clone

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.schedules import Adaptive

FULL = {"batch_size": "full", "max_iter": 25, "tol": None, "random_state": 0}
LBFGS = {"solver": "lbfgs", "tol": 1e-10, "max_iter": 200}
MINI = {"batch_size": 16, "max_iter": 5, "tol": None, "random_state": 0}
EXACT = [SoftmaxGDClassifier(**LBFGS), SVMGDClassifier(loss="squared_hinge", **FULL)]


def blocks(array, size=130):
    """Return a Dask array in blocks of rows, of which the last is smaller."""
    return dask.array.from_array(array, chunks=(size, *array.shape[1:]))


def unknown(array):
    """Return the array with blocks of unknown size, of which one is empty."""
    array = blocks(array)
    parts = [*array.to_delayed().ravel(), dask.delayed(array[:0].compute())]
    parts = [dask.array.from_delayed(p, (np.nan, *array.shape[1:]), array.dtype) for p in parts]
    return dask.array.concatenate(parts, allow_unknown_chunksizes=True)


def csr(array):
    """Return an array whose blocks are CSR matrices."""
    return blocks(array).map_blocks(sparse.csr_array)


STORAGES = {
    "known": blocks,
    "unknown": unknown,
    "csr": csr,
    "columns": lambda array: dask.array.from_array(array, chunks=(130, 4)),
    "fortran": lambda array: blocks(np.asfortranarray(array)),
}


def assert_same_model(one, other, rtol=1e-6):
    """The same classes, and weights within rounding that training has amplified."""
    np.testing.assert_array_equal(one.classes_, other.classes_)
    np.testing.assert_allclose(one.objective_, other.objective_, rtol=1e-9)
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(one.intercept_, other.intercept_, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("estimator", EXACT, ids=["softmax", "svm"])
@pytest.mark.parametrize("storage", STORAGES)
def test_storages_give_the_model_of_memory(rows, storage, estimator):
    """Known, unknown and empty blocks, sparse ones and split columns train the same model."""
    X, y = rows
    labels = unknown(y) if storage == "unknown" else blocks(y)
    found = clone(estimator).fit(STORAGES[storage](X), labels)
    assert_same_model(found, clone(estimator).fit(X, y))
    assert found.n_features_in_ == 6


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_dtypes(rows, dtype):
    """float32 stays float32; integers train as float64."""
    X, y = rows
    X = (10 * X).astype(dtype)
    found, wanted = (SoftmaxGDClassifier(**FULL).fit(own, y) for own in (blocks(X), X))
    assert found.coef_.dtype == wanted.coef_.dtype
    np.testing.assert_allclose(found.objective_, wanted.objective_, rtol=1e-5)


def test_data_frames_with_names_and_text(rows):
    """Frames train with the names of their columns and with labels of text, partition-wise."""
    X, y = rows
    X = pandas.DataFrame(X, columns=list("abcdef"))
    y = pandas.Series(np.array(["pear", "apple", "plum"])[y])
    model = SoftmaxGDClassifier(**LBFGS)
    found = model.fit(*(dask.dataframe.from_pandas(own, npartitions=3) for own in (X, y)))
    wanted = SoftmaxGDClassifier(**LBFGS).fit(X, y)
    assert_same_model(found, wanted)
    assert list(found.feature_names_in_) == list("abcdef")
    frame = dask.dataframe.from_pandas(X, npartitions=2)
    np.testing.assert_array_equal(found.predict(frame).compute(), wanted.predict(X))
    with pytest.raises(ValueError, match="feature names"):
        found.predict(frame[list("fedcba")])


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2.0, 1: 0.5}])
def test_weights_and_class_weights(rows, class_weight):
    """Sample weights, also a block of zeros, and class weights count as in memory."""
    X, y = rows
    weights = np.random.default_rng(1).integers(0, 4, size=len(y)) * 0.7
    weights[:130] = 0
    model = SoftmaxGDClassifier(class_weight=class_weight, **LBFGS)
    found = clone(model).fit(blocks(X), blocks(y), sample_weight=blocks(weights))
    assert_same_model(found, clone(model).fit(X, y, sample_weight=weights), rtol=1e-5)
    score = found.score(blocks(X), blocks(y), blocks(weights))
    assert score == pytest.approx(found.score(X, y, weights), rel=1e-12)


@pytest.mark.parametrize("cls", [SoftmaxGDClassifier, SVMGDClassifier])
def test_history_and_early_stopping(rows, cls):
    """The history has the columns of a fit in memory; held-out rows decide when to stop."""
    X, y = rows
    models = [
        cls(early_stopping=True, n_iter_no_change=3, random_state=0, max_iter=60).fit(*own)
        for own in ((blocks(X), blocks(y)), (X, y))
    ]
    assert set(models[0].history_) == set(models[1].history_)
    assert models[0].stop_reason_ == "validation"
    scores = models[0].history_["validation_score"]
    assert scores.max() > 0.7
    assert models[0].best_iter_ == np.argmax(scores) + 1


def test_early_stopping_needs_every_class(rows):
    """A class with one row cannot be in both parts."""
    X, y = rows
    y = y.copy()
    y[0] = 7
    with pytest.raises(ValueError, match="a class has too few rows"):
        SoftmaxGDClassifier(early_stopping=True).fit(blocks(X), blocks(y))


def test_callbacks_see_each_epoch(rows):
    """A callback is given the collections and a fitted estimator after every epoch."""
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    from sklinear_gd.callbacks import History

    X, y = rows
    history = History()
    model = SoftmaxGDClassifier(**FULL).set_callbacks(history)
    model.fit(blocks(X), blocks(y))
    wanted = SoftmaxGDClassifier(**FULL).fit(X, y).history_["objective"]
    np.testing.assert_allclose(model.history_["objective"], wanted, rtol=1e-9)


def test_mini_batches_average_local_passes(rows):
    """Rounds of local passes approach the optimum, and give the same bits again."""
    X, y = rows
    optimum = SoftmaxGDClassifier(**LBFGS).fit(X, y).objective_
    choice = {**MINI, "schedule": Adaptive(patience=5), "max_iter": 40}
    models = [SoftmaxGDClassifier(**choice).fit(blocks(X), blocks(y)) for _ in "ab"]
    np.testing.assert_array_equal(models[0].coef_, models[1].coef_)
    assert optimum < models[0].objective_ < 1.02 * optimum


def test_schedule_free_in_blocks(rows):
    """The average of the blocks' averages approaches the optimum, too."""
    X, y = rows
    optimum = SoftmaxGDClassifier(**LBFGS).fit(X, y).objective_
    choice = {**MINI, "optimizer": "schedule_free", "schedule": "constant", "max_iter": 40}
    found = SoftmaxGDClassifier(**choice).fit(blocks(X), blocks(y))
    assert optimum < found.objective_ < 1.02 * optimum


def test_a_pass_is_four_rounds(rows):
    """A quarter of each block's updates from common weights, the average of both, and so on."""
    X, y = rows
    choice = {"optimizer": "sgd", "learning_rate": 0.05, "schedule": "constant", "batch_size": 10}
    clf = SoftmaxGDClassifier(**choice, shuffle=False, max_iter=1, tol=None)
    found = clone(clf).fit(blocks(X[:400], 200), blocks(y[:400], 200))
    coef, intercept = np.zeros((3, X.shape[1])), np.zeros(3)
    for first in range(0, 200, 50):
        parts = [slice(start + first, start + first + 50) for start in (0, 200)]
        own = [
            clone(clf).partial_fit(X[part], y[part], [0, 1, 2], None, coef, intercept)
            for part in parts
        ]
        coef = (own[0].coef_ + own[1].coef_) / 2
        intercept = (own[0].intercept_ + own[1].intercept_) / 2
    np.testing.assert_allclose(found.coef_, coef, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.intercept_, intercept, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "choice", [{"average": True}, {"optimizer": "sgd"}, {"optimizer": "schedule_free"}]
)
def test_one_block_is_a_pass_in_memory(rows, choice):
    """The average over a single block is the block's own pass: one shuffled epoch."""
    X, y = rows
    found = SoftmaxGDClassifier(**MINI, **choice, shuffle=False).fit(blocks(X, 400), blocks(y, 400))
    wanted = SoftmaxGDClassifier(**MINI, **choice, shuffle=False).fit(X, y)
    assert found.t_ == wanted.t_
    np.testing.assert_allclose(found.coef_, wanted.coef_, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["accelerated", "saga"])
def test_rules_whose_states_have_no_average_are_refused(rows, optimizer):
    """What cannot be averaged over local passes is named, with the cure, which works."""
    X, y = blocks(rows[0]), blocks(rows[1])
    with pytest.raises(ValueError, match=r"local passes.*batch_size='full'.*'adam'"):
        SoftmaxGDClassifier(**{**MINI, "optimizer": optimizer}).fit(X, y)
    SoftmaxGDClassifier(**{**FULL, "optimizer": optimizer}).fit(X, y)


@pytest.mark.parametrize("batch_size", [16, "full"])
def test_dropout_is_drawn_for_each_block(rows, batch_size):
    """Blocks drop entries of their own, the same ones in every fit."""
    X, y = rows
    choice = {**MINI, "batch_size": batch_size, "dropout": 0.3}
    models = [SoftmaxGDClassifier(**choice).fit(blocks(X, 200), blocks(y, 200)) for _ in "ab"]
    np.testing.assert_array_equal(models[0].coef_, models[1].coef_)
    # Were the same entries dropped in both, the average would be the pass over either.
    twice = np.vstack([X[:200], X[:200]]), np.concatenate([y[:200], y[:200]])
    same = SoftmaxGDClassifier(**choice).fit(blocks(twice[0], 200), blocks(twice[1], 200))
    alone = SoftmaxGDClassifier(**choice).fit(blocks(X[:200], 200), blocks(y[:200], 200))
    assert np.abs(same.coef_ - alone.coef_).max() > 1e-4


def test_partial_fit_and_warm_start(rows):
    """Passes over collections go on from where training stands."""
    X, y = rows
    model = SoftmaxGDClassifier(batch_size=16, random_state=0)
    values = []
    for _ in range(5):
        model.partial_fit(blocks(X), blocks(y), classes=[0, 1, 2])
        values.append(model.objective(blocks(X), blocks(y)))
    assert values[-1] < values[0]
    more = clone(model).set_params(warm_start=True, max_iter=3, tol=None)
    more.fit(blocks(X), blocks(y)).fit(blocks(X), blocks(y))
    assert more.n_iter_ == 6


@pytest.mark.parametrize("solver", ["random_search", "local_search"])
def test_searches(rows, solver):
    """Solvers that only compute the objective find what they find in memory."""
    X, y = rows
    found, wanted = (
        SVMGDClassifier(solver=solver, max_iter=10, random_state=0).fit(*own)
        for own in ((blocks(X), blocks(y)), (X, y))
    )
    np.testing.assert_allclose(found.coef_, wanted.coef_, rtol=1e-12)


@pytest.mark.parametrize("penalty", ["l1", "group_lasso"])
def test_penalties_with_kinks(rows, penalty):
    """Full batches keep exact zeros."""
    X, y = rows
    models = [
        SoftmaxGDClassifier(penalty=penalty, alpha=0.3, **FULL).fit(*own)
        for own in ((blocks(X), blocks(y)), (X, y))
    ]
    np.testing.assert_array_equal(models[0].coef_ == 0, models[1].coef_ == 0)
    np.testing.assert_allclose(models[0].coef_, models[1].coef_, rtol=1e-6, atol=1e-9)
    assert (models[0].coef_ == 0).any()
