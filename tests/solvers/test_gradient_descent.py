"""The training loop, against the same loop written out with plain formulas."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS, SAGA, Optimizer
from sklinear_gd.schedules import SCHEDULES, Adaptive, FromCallable, Horizon, Schedule, WarmUp

RATE, ALPHA = 0.05, 0.02
PLANNED = [name for name, cls in SCHEDULES.items() if not cls.searches]
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def steps(name):
    """Return the update rule of PyTorch, as a function (gradient, t) -> (step, metric)."""
    memory = {"v": 0.0, "a": 0.0, "m": 0.0}

    def rule(g, t):
        if name in ("sgd", "accelerated", "saga"):
            return RATE * g, RATE
        if name in ("momentum", "nesterov"):
            memory["v"] = 0.9 * memory["v"] + g
            later = t if name == "momentum" else t + 1
            direction = memory["v"] if name == "momentum" else g + 0.9 * memory["v"]
            return RATE * direction, RATE * (1 - 0.9**later) / (1 - 0.9)
        if name == "adagrad":
            memory["a"] = memory["a"] + g**2
            metric = RATE / (np.sqrt(memory["a"]) + 1e-10)
            return metric * g, metric
        if name == "rmsprop":
            memory["a"] = 0.99 * memory["a"] + 0.01 * g**2
            metric = RATE / (np.sqrt(memory["a"]) + 1e-8)
            return metric * g, metric
        memory["m"] = 0.9 * memory["m"] + 0.1 * g
        memory["a"] = 0.999 * memory["a"] + 0.001 * g**2
        metric = RATE / (np.sqrt(memory["a"] / (1 - 0.999**t)) + 1e-8)
        return metric * memory["m"] / (1 - 0.9**t), metric

    return rule


def softmax_derivatives(scores, y):
    """Return p - onehot."""
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p


def train_by_hand(
    X, y, weights, name, l2, l1, *, batch_size, epochs, factor=lambda t: 1.0, epoch_momentum=True
):
    """Return the models (W above b) of mini-batch softmax regression in the order of rows."""
    n, d = X.shape
    V, rule, models = np.zeros((d + 1, y.max() + 1)), steps(name), []
    weights = weights / weights.mean()
    old, since = V, 0  # of the accelerated rule: the last x, and the steps since a restart
    z, mean_z, square = V, V, 0.0  # of schedule-free Adam
    table, ends = np.zeros((n, y.max() + 1)), []  # of SAGA

    def pulled_back(rows, D):
        return np.vstack([X[rows].T @ D, D.sum(axis=0)])

    for _ in range(epochs):
        if name == "saga" and epoch_momentum:
            ends.append(V)
            if len(ends) > 2:  # the first epoch has no memory, and the second nothing before it
                V = V + (len(ends) - 2) / (len(ends) + 1) * (V - ends[-2])
        mean = pulled_back(slice(n), table) / n
        for start in range(0, n, batch_size):
            rows = slice(start, start + batch_size)
            D = softmax_derivatives(X[rows] @ V[:-1] + V[-1], y[rows]) * weights[rows, None]
            if name == "saga":
                g = pulled_back(rows, D - table[rows]) / len(D) + mean
                table[rows] = D
            else:
                g = pulled_back(rows, D) / len(D)
            g[:-1] += l2 * V[:-1]
            point = V
            if name == "schedule_free":
                square = 0.999 * square + 0.001 * g**2
                root = np.sqrt(square / (1 - 0.999 ** (len(models) + 1)))
                step, metric, V = RATE * g / (root + 1e-8), RATE / (root + 1e-8), z
            else:
                step, metric = rule(g, len(models) + 1)
            scale = factor(len(models))
            V = V - scale * step
            threshold = np.broadcast_to(scale * l1 * metric, V.shape)[:-1]
            V[:-1] = np.sign(V[:-1]) * np.maximum(np.abs(V[:-1]) - threshold, 0)
            if name == "accelerated":
                change, old = V - old, V
                since = 0 if np.sum((point - V) * change) > 0 else since
                V = V + since / (since + 3) * change * (V != 0)
                since += 1
            if name == "schedule_free":
                z, mean_z = V, mean_z + (V - mean_z) / (len(models) + 1)
                V = 0.1 * z + 0.9 * mean_z
            models.append(mean_z if name == "schedule_free" else V)
    return models


def assert_parameters(clf, V, **tolerance):
    """Compare a classifier's coefficients and intercepts with W above b."""
    np.testing.assert_allclose(clf.coef_.T, V[:-1], **tolerance)
    np.testing.assert_allclose(clf.intercept_, V[-1], **tolerance)


PENALTY_PARTS = {  # l2 and l1 in units of alpha
    "l2": (1.0, 0.0),
    "l1": (0.0, 1.0),
    "elasticnet": (0.6, 0.4),
    None: (0.0, 0.0),
}


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize(("penalty", "parts"), PENALTY_PARTS.items(), ids=map(str, PENALTY_PARTS))
@every_optimizer
def test_mini_batches_follow_the_definition(optimizer, penalty, parts, convert, three_classes):
    """Batches of 7, the last one short, weights, penalties: the same iterates as by hand."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0.5, 3, size=len(y))
    clf = SoftmaxGDClassifier(
        optimizer=optimizer,
        penalty=penalty,
        alpha=ALPHA,
        l1_ratio=0.4,
        learning_rate=RATE,
        schedule="constant",
        batch_size=7,
        max_iter=3,
        tol=None,
        shuffle=False,
    ).fit(convert(X), y, sample_weight=weights)
    l2, l1 = (ALPHA * part for part in parts)
    iterates = train_by_hand(X, y, weights, optimizer, l2, l1, batch_size=7, epochs=3)
    assert clf.t_ == len(iterates) == 3 * 13
    assert_parameters(clf, iterates[-1], rtol=1e-9, atol=1e-12)


def test_epochs_of_saga_may_begin_where_the_last_one_ended(three_classes):
    """SAGA(epoch_momentum=False) makes the same iterates as by hand."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(
        optimizer=SAGA(epoch_momentum=False), alpha=ALPHA, learning_rate=RATE, schedule="constant",
        batch_size=7, max_iter=4, tol=None, shuffle=False,
    ).fit(X, y)  # fmt: skip
    iterates = train_by_hand(
        X, y, np.ones(len(y)), "saga", ALPHA, 0.0, batch_size=7, epochs=4, epoch_momentum=False
    )
    assert_parameters(clf, iterates[-1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimizer", [k for k, cls in OPTIMIZERS.items() if not cls.averages])
def test_average_is_the_mean_of_all_iterates(optimizer, three_classes):
    """With average=True the model is the mean over every update since the start."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(
        optimizer=optimizer,
        alpha=ALPHA,
        learning_rate=RATE,
        schedule="constant",
        batch_size=20,
        max_iter=4,
        tol=None,
        shuffle=False,
        average=True,
    ).fit(X, y)
    weights = np.ones(len(y))
    iterates = train_by_hand(X, y, weights, optimizer, ALPHA, 0.0, batch_size=20, epochs=4)
    assert_parameters(clf, np.mean(iterates, axis=0), rtol=1e-9, atol=1e-12)


def test_rates_are_learning_rate_times_factor(three_classes):
    """The schedule's factor of update t multiplies the step of update t."""
    X, y = three_classes

    def factor(t):
        return 1 / (1 + t) ** 0.3

    clf = SoftmaxGDClassifier(
        optimizer="sgd",
        alpha=ALPHA,
        learning_rate=RATE,
        schedule=factor,
        batch_size=20,
        max_iter=3,
        tol=None,
        shuffle=False,
    ).fit(X, y)
    iterates = train_by_hand(
        X, y, np.ones(len(y)), "sgd", ALPHA, 0.0, batch_size=20, epochs=3, factor=factor
    )
    assert_parameters(clf, iterates[-1], rtol=1e-9, atol=1e-12)
    expected = [RATE * factor(t) for t in (4, 9, 14)]
    np.testing.assert_allclose(clf.history_["learning_rate"], expected, rtol=1e-12)


@pytest.mark.parametrize("schedule", [*PLANNED, WarmUp("cosine", epochs=2)], ids=str)
def test_schedules_reach_the_history(schedule, three_classes):
    """history_["learning_rate"] is that of each epoch's last update, by the schedule's formula."""
    X, y = three_classes
    settings = {"learning_rate": RATE, "batch_size": 20, "max_iter": 6, "random_state": 0}
    clf = SoftmaxGDClassifier(schedule=schedule, tol=None, **settings).fit(X, y)
    component = schedule if isinstance(schedule, Schedule) else SCHEDULES[schedule]()
    state, horizon = component.init(), Horizon(6 * 5, 5)
    expected = [RATE * component.factor(5 * epoch - 1, horizon, state) for epoch in range(1, 7)]
    np.testing.assert_allclose(clf.history_["learning_rate"], expected, rtol=1e-12)


@pytest.mark.parametrize("schedule", [name for name in PLANNED if name != "adaptive"])
def test_a_callable_does_what_a_named_schedule_does(schedule, three_classes):
    """A function t -> factor with a schedule's values trains the same model."""
    X, y = three_classes
    component, horizon = SCHEDULES[schedule](), Horizon(4 * 5, 5)
    settings = {"batch_size": 20, "max_iter": 4, "tol": None, "random_state": 0}

    def function(t):
        return component.factor(t, horizon, component.init())

    named = SoftmaxGDClassifier(schedule=schedule, **settings).fit(X, y)
    for same in (function, FromCallable(function)):
        called = SoftmaxGDClassifier(schedule=same, **settings).fit(X, y)
        np.testing.assert_allclose(named.coef_, called.coef_, rtol=1e-12, atol=1e-14)


def test_a_callable_sees_every_update_once_in_order(three_classes):
    """The function is asked for t = 0, 1, 2, ... (and for t = 0 once more, by the checks)."""
    seen = []

    def function(t):
        seen.append(t)
        return 1.0

    clf = SoftmaxGDClassifier(schedule=function, batch_size=20, max_iter=3, tol=None)
    clf.fit(*three_classes)
    assert seen[-15:] == list(range(15))
    assert set(seen[:-15]) <= {0}


def test_adaptive_lowers_the_rate_when_training_stalls(three_classes):
    """The adaptive schedule divides the rate until the objective settles."""
    clf = SoftmaxGDClassifier(
        optimizer="adam", learning_rate=0.5, schedule=Adaptive(patience=5), batch_size=10,
        max_iter=80, tol=None, random_state=0,
    ).fit(*three_classes)  # fmt: skip
    rates = clf.history_["learning_rate"]
    assert rates[0] == 0.5
    assert (np.diff(rates) <= 0).all()
    assert rates[-1] <= 0.5 / 5


# -- max_norm ----------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [13, "full"])
@pytest.mark.parametrize("penalty", ["l2", "l1", "group_lasso", None])
@every_optimizer
def test_max_norm_holds(optimizer, penalty, batch_size, three_classes):
    """No class's weight vector leaves the ball, whatever the update rule and the penalty."""
    clf = SVMGDClassifier(
        optimizer=optimizer,
        penalty=penalty,
        max_norm=0.1,
        batch_size=batch_size,
        max_iter=60 if OPTIMIZERS[optimizer].averages else 10,
        tol=None,
        random_state=0,
    ).fit(*three_classes)
    norms = np.linalg.norm(clf.coef_, axis=1)
    assert norms.max() <= 0.1 * (1 + 1e-12)
    assert norms.max() > 0.09


def test_max_norm_that_is_never_met_changes_nothing(three_classes):
    """A ball that is large enough leaves the training as it is."""
    settings = {"batch_size": 13, "max_iter": 10, "tol": None, "random_state": 0}
    settings["precondition"] = False  # as max_norm has it
    free = SoftmaxGDClassifier(**settings).fit(*three_classes)
    held = SoftmaxGDClassifier(max_norm=1e6, **settings).fit(*three_classes)
    np.testing.assert_allclose(free.coef_, held.coef_, rtol=1e-12)


def test_max_norm_is_the_constrained_optimum(three_classes):
    """Projected gradient descent ends at the optimum under the constraints, by SLSQP."""
    X, y = three_classes
    radius = 0.4
    clf = SoftmaxGDClassifier(
        penalty=None, max_norm=radius, optimizer="sgd", schedule="constant", batch_size="full",
        max_iter=3000, tol=None,
    ).fit(X, y)  # fmt: skip
    d, K = X.shape[1], 3

    def negative_log_likelihood(v):
        scores = X @ v[: d * K].reshape(d, K) + v[d * K :]
        log_sum = np.log(np.exp(scores).sum(axis=1))
        D = softmax_derivatives(scores, y) / len(y)
        gradient = np.concatenate([(X.T @ D).ravel(), D.sum(axis=0)])
        return np.mean(log_sum - scores[np.arange(len(y)), y]), gradient

    ball = {
        "type": "ineq",
        "fun": lambda v: radius**2 - (v[: d * K].reshape(d, K) ** 2).sum(axis=0),
    }
    found = minimize(
        negative_log_likelihood, np.zeros(d * K + K), jac=True, method="SLSQP",
        constraints=[ball], options={"maxiter": 300, "ftol": 1e-12},
    )  # fmt: skip
    assert found.success
    np.testing.assert_allclose(clf.objective_, found.fun, rtol=1e-6)
    np.testing.assert_allclose(clf.coef_.T, found.x[: d * K].reshape(d, K), atol=1e-3)


# -- dropout -----------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [16, "full"])
def test_dropout_is_for_training_only(batch_size, three_classes):
    """Dropout changes the model; scores, objective and score see every feature."""
    X, y = three_classes
    settings = {"batch_size": batch_size, "max_iter": 8, "tol": None, "random_state": 0}
    plain = SoftmaxGDClassifier(**settings).fit(X, y)
    clf = SoftmaxGDClassifier(dropout=0.5, **settings).fit(X, y)
    assert np.abs(clf.coef_ - plain.coef_).max() > 1e-3
    np.testing.assert_allclose(clf.decision_function(X), X @ clf.coef_.T + clf.intercept_)
    np.testing.assert_array_equal(clf.decision_function(X), clf.decision_function(X))
    assert clf.objective_ == pytest.approx(clf.objective(X, y), rel=1e-9)


def test_dropout_shrinks_like_a_penalty(three_classes):
    """On average over its draws, dropout holds the weights back more, the more is dropped."""
    X, y = three_classes
    norms = []
    for dropout in (0.0, 0.3, 0.7):
        clf = SoftmaxGDClassifier(
            penalty=None, dropout=dropout, optimizer="sgd", average=True, schedule="constant",
            batch_size="full", max_iter=600, tol=None, random_state=0,
        ).fit(X, y)  # fmt: skip
        norms.append(np.linalg.norm(clf.coef_))
    assert norms[0] > 1.1 * norms[1] > 1.1 * norms[2]


@every_optimizer
def test_dropout_is_the_same_for_dense_and_sparse(optimizer, three_classes):
    """Dense and CSR rows lose the same features and give the same model."""
    X, y = three_classes
    settings = {"optimizer": optimizer, "dropout": 0.4, "batch_size": 16, "max_iter": 4}
    dense, csr = (
        SoftmaxGDClassifier(**settings, tol=None, random_state=3).fit(matrix, y)
        for matrix in (X, sparse.csr_array(X))
    )
    np.testing.assert_allclose(dense.coef_, csr.coef_, rtol=1e-8, atol=1e-10)


# -- counting and stopping ---------------------------------------------------------------------


@pytest.mark.parametrize(("batch_size", "updates"), [(1, 90), (40, 3), (90, 1), (1000, 1)])
def test_epochs_and_updates_are_counted(batch_size, updates, three_classes):
    """n_iter_ counts epochs, t_ updates: ceil(n / batch_size) in each epoch."""
    clf = SoftmaxGDClassifier(batch_size=batch_size, max_iter=4, tol=None).fit(*three_classes)
    assert (clf.n_iter_, clf.t_) == (4, 4 * updates)
    assert clf.history_["epoch"].tolist() == [1, 2, 3, 4]


def test_automatic_batches(many_rows):
    """batch_size="auto" takes small data whole and larger data in batches."""
    X, y = many_rows
    small = SoftmaxGDClassifier(max_iter=3, tol=None).fit(X[:100], y[:100])
    large = SoftmaxGDClassifier(max_iter=3, tol=None).fit(X, y)
    assert small.t_ == small.n_iter_
    assert large.t_ > large.n_iter_


def test_tol_none_runs_all_epochs_without_a_warning(two_classes):
    """tol=None means exactly max_iter epochs, and nothing to warn of."""
    for max_iter in (1, 37):
        clf = SoftmaxGDClassifier(max_iter=max_iter, tol=None).fit(*two_classes)
        assert clf.n_iter_ == max_iter


def test_max_iter_before_tol_warns(two_classes):
    """When max_iter ends the fit before tol is met, a ConvergenceWarning names both."""
    with pytest.warns(ConvergenceWarning, match=r"max_iter=3 .*tol=1e-09"):
        SoftmaxGDClassifier(max_iter=3, tol=1e-9).fit(*two_classes)


@pytest.mark.parametrize("batch_size", [16, "full"])
def test_a_larger_tol_stops_earlier(batch_size, two_classes):
    """Training ends once the objective improves by less than tol, the earlier the larger tol."""
    epochs = []
    for tol in (1e-2, 1e-4):
        clf = SoftmaxGDClassifier(
            alpha=0.01, tol=tol, n_iter_no_change=5, batch_size=batch_size, max_iter=5000,
            optimizer="sgd", random_state=0, schedule="invscaling",
        ).fit(*two_classes)  # fmt: skip
        epochs.append(clf.n_iter_)
    assert 5 < epochs[0] < epochs[1] < 5000


def test_objective_is_that_of_the_returned_weights(many_rows):
    """objective_ and the last entry of the history are F at the returned weights, exactly."""
    X, y = many_rows
    for params in ({}, {"average": True}, {"batch_size": "full"}, {"penalty": "elasticnet"}):
        with pytest.warns(ConvergenceWarning):
            clf = SVMGDClassifier(max_iter=3, tol=1e-12, random_state=0, **params).fit(X, y)
        assert clf.objective_ == pytest.approx(clf.objective(X, y), rel=1e-10)
        assert clf.history_["objective"][-1] == pytest.approx(clf.objective_, rel=1e-10)


def test_verbose_prints_a_line_an_epoch(two_classes, capsys):
    """verbose=2 prints a line an epoch, verbose=0 nothing."""
    SoftmaxGDClassifier(max_iter=4, tol=None).fit(*two_classes)
    assert capsys.readouterr().out == ""
    SoftmaxGDClassifier(max_iter=4, tol=None, verbose=2).fit(*two_classes)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all("objective" in line for line in lines)


# -- divergence --------------------------------------------------------------------------------


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("tol", [None, 1e-4])
@pytest.mark.parametrize("batch_size", [16, "full"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_restores_finite_weights(dtype, batch_size, tol, average, three_classes):
    """A rate far too large ends in a warning and in the best weights so far, not in NaN."""
    X, y = three_classes
    clf = SVMGDClassifier(
        loss="squared_hinge", optimizer="sgd", learning_rate=1e4, schedule="constant",
        batch_size=batch_size, max_iter=200, tol=tol, average=average, random_state=0,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning, match="diverged .*Lower learning_rate"):
        clf.fit(X.astype(dtype), y)
    assert np.isfinite(clf.coef_).all()
    assert np.isfinite(clf.intercept_).all()
    assert np.isfinite(clf.objective_)
    assert clf.objective_ == pytest.approx(clf.objective(X.astype(dtype), y), rel=1e-4)
    assert clf.n_iter_ < 200


class Spike(Adaptive):
    """The last of 20 epochs is made at many times the rate, a full batch at more of them."""

    def factor(self, t, horizon, state):
        """Return the factor."""
        factor = super().factor(t, horizon, state)
        many = 15 if horizon.updates_per_epoch == 1 else 8
        return np.where(t // horizon.updates_per_epoch == 19, many * factor, factor)


@pytest.mark.filterwarnings("ignore:.*max_iter:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("batch_size", [16, "full"])
def test_a_rise_goes_back_to_the_best_weights(batch_size):
    """A rise that is no wreck is undone, but at a rate of the user's own."""
    X, y = load_iris(return_X_y=True)
    settings = {
        "alpha": 1e-5,
        "optimizer": "adam",
        "schedule": Spike(),
        "max_iter": 20,
        "random_state": 0,
    }
    clf = SoftmaxGDClassifier(batch_size=batch_size, **settings).fit(X, y)
    values = clf.history_["objective"]
    assert 1.5 * values.min() < values[-1] < np.log(3)
    assert clf.objective_ == pytest.approx(values.min())
    assert clf.objective(X, y) == pytest.approx(values.min())
    assert clf.best_iter_ == 1 + np.argmin(values)
    rate = clf.history_["learning_rate"][0]
    clf.set_params(learning_rate=rate, precondition="full").fit(X, y)
    values = clf.history_["objective"]
    assert clf.objective_ == values[-1] > 1.5 * values.min()


def test_a_diverged_fit_is_no_worse_than_the_zero_model(three_classes):
    """What is restored is at least as good as weights of 0."""
    X, y = three_classes
    clf = SVMGDClassifier(
        loss="squared_hinge", optimizer="sgd", learning_rate=1e4, schedule="constant",
        max_iter=200, tol=None,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning, match="diverged"):
        clf.fit(X, y)
    zero = 2.0  # two wrong classes, each a margin of 1
    assert clf.objective_ <= zero


# -- components of the user's own --------------------------------------------------------------


class SignSGD(Optimizer):
    """Steps of the size of the rate along the signs of the gradient."""

    def step(self, params, gradient, state, rate):
        """Make one step."""
        state["t"] += 1
        params -= rate * np.sign(gradient)
        return rate


class Halving(Schedule):
    """Half the rate in each epoch."""

    def factor(self, t, horizon, state):
        """Return the factor of update t."""
        return 0.5 ** (np.asarray(t) // horizon.updates_per_epoch)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_optimizer_and_a_schedule_of_ones_own(dtype, three_classes):
    """Unregistered subclasses drive the training just as the built-in ones do."""
    X, y = three_classes[0].astype(dtype), three_classes[1]
    clf = SoftmaxGDClassifier(
        optimizer=SignSGD(), schedule=Halving(), learning_rate=0.25, batch_size=28, max_iter=3,
        tol=None, shuffle=False, penalty=None,
    ).fit(X, y)  # fmt: skip
    np.testing.assert_array_equal(clf.history_["learning_rate"], [0.25, 0.125, 0.0625])
    V = np.zeros((5, 3))
    for t in range(12):
        rows = slice(28 * (t % 4), 28 * (t % 4) + 28)
        D = softmax_derivatives(X[rows] @ V[:-1] + V[-1], y[rows])
        V -= 0.25 * 0.5 ** (t // 4) * np.sign(np.vstack([X[rows].T @ D, D.sum(axis=0)]))
    assert clf.coef_.dtype == dtype
    assert_parameters(clf, V)


def test_a_subclass_of_a_built_in_optimizer_is_not_served_by_its_kernel(three_classes):
    """A user's step is used, also where the parent has a compiled twin."""

    class Still(OPTIMIZERS["adam"]):
        def step(self, params, gradient, state, rate):
            state["t"] += 1
            return rate

    clf = SoftmaxGDClassifier(optimizer=Still(), max_iter=3, tol=None).fit(*three_classes)
    assert not clf.coef_.any()
