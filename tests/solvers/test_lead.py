"""The lead: passes along the gradients of all rows before mini-batches, as far as they pay."""

import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SVMGDClassifier
from sklinear_gd._parameters import resolve_plan
from sklinear_gd._rows import Rows
from sklinear_gd.callbacks import Callback, EarlyStopping
from sklinear_gd.solvers import Result, State
from sklinear_gd.solvers.lead import FIRST, LeadSteps, follow

# What is left of a lead's objective on digits, at most: one plane hardly tells a digit from all.
LEFT = {"weston_watkins": 0.1, "crammer_singer": 0.1, "ovr": 0.25}


@pytest.fixture(scope="module")
def overlapping():
    """X (1500, 12) in different units, and y in {0, 1, 2}: no model tells the classes apart."""
    X, y = make_classification(
        1500, 12, n_informative=8, n_classes=3, class_sep=0.3, flip_y=0.1, random_state=0
    )
    return X * np.logspace(-2, 2, 12), y


@pytest.fixture(scope="module")
def of_low_rank():
    """X (1500, 64), a dozen directions and little else, and six classes, nearly separable."""
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(1500, 12)) * np.linspace(3, 0.3, 12)
    X = Z @ rng.normal(size=(12, 64)) + 0.1 * rng.normal(size=(1500, 64))
    return X, np.argmax(Z[:, :6] + 0.5 * rng.normal(size=(1500, 6)), axis=1)


class StopAt(Callback):
    """Ends a fit after so many epochs."""

    def __init__(self, epochs):
        self.epochs = epochs

    def start(self, estimator):
        """Note nothing."""
        return {}

    def epoch(self, record, fitted_estimator, X, y, metadata):
        """Ask for the end."""
        return fitted_estimator.n_iter_ >= self.epochs


def leads(clf):
    """Whether a fit ended, or stands, in its lead: on full batches."""
    return clf.t_ == clf.n_iter_


@pytest.mark.parametrize("precondition", ["auto", "diagonal"])
def test_overlapping_classes_need_few_passes(precondition, overlapping):
    """The lead goes to the end: a few dozen passes at one rate, to the optimum of L-BFGS."""
    X, y = overlapping
    clf = SVMGDClassifier(precondition=precondition).fit(X, y)
    best = SVMGDClassifier(solver="lbfgs", tol=1e-9, max_iter=3000).fit(X, y).objective_
    assert leads(clf)
    assert clf.stop_reason_ == "tol"
    assert clf.n_iter_ <= 60
    assert clf.objective_ <= best * (1 + 1e-3)
    assert len(set(clf.history_["learning_rate"])) == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of chance level
def test_passes_that_come_to_no_rest_are_left_to_mini_batches(overlapping):
    """Ones that end far above the best of them, whose weights are gone on from.

    Of one against the rest the optimum here is at chance level, 2, and passes go to and fro.
    """
    X, y = overlapping
    clf = SVMGDClassifier(multi_class="ovr", random_state=0).fit(X, y)
    assert not leads(clf)
    rates, objectives = clf.history_["learning_rate"], clf.history_["objective"]
    lead = int(np.sum(rates == rates[0]))
    assert objectives[lead - 1] > 1.02 * objectives[:lead].min()
    assert clf.objective_ == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize(("share", "passes"), [(0.2, 10), (0.01, 18), (1e-3, 28), (1e-5, None)])
def test_gains_must_fall_tenfold_in_ten_passes(share, passes, overlapping):
    """Steady gains of a share of F are slow as soon as they are more than a lead may still have."""
    clf = SVMGDClassifier(optimizer="accelerated", batch_size=1_500)
    objective = clf._objective(Rows(*overlapping, None), np.arange(3))
    steps = LeadSteps(objective, resolve_plan(clf), None)
    values = (1 - share) ** np.arange(40)
    reasons = [steps.reason_to_stop(value, None) for value in values]
    assert reasons.index("slow") + 1 == passes if passes else "slow" not in reasons


@pytest.mark.parametrize(
    ("objective", "reason", "starts"),
    [(1.001, "tol", None), (1.1, "tol", 2.0), (1.1, "slow", 3.0), (1.1, "max_iter", None)],
)
def test_mini_batches_go_on_from_the_best_pass(objective, reason, starts):
    """Where the last one lies above it; a lead that is slow, and falling, ends with its best."""
    then = resolve_plan(SVMGDClassifier())
    monitor = SimpleNamespace(best_value=1.0, best_params=np.full((3, 2), 2.0), epochs=12)
    monitor.begin_anew = lambda: None
    state = State(params=np.full((3, 2), 3.0), seed=0)
    result = Result(state.params, objective, reason, 12)
    plan = follow(replace(then, then=then), state, monitor, result)
    assert (plan is None) == (starts is None)
    if starts:
        assert plan.led == 12 and plan.then is None
        assert (state.params == starts).all()


@pytest.mark.parametrize("multi_class", LEFT)
def test_separable_classes_are_left_to_mini_batches(multi_class):
    """The first passes tell; what follows is Adam's, from their end on, in one history."""
    X, y = load_digits(return_X_y=True)
    clf = SVMGDClassifier(multi_class=multi_class, alpha=1e-3, random_state=0).fit(X, y)
    assert not leads(clf)
    history = clf.history_
    lead = int(np.sum(history["learning_rate"] == history["learning_rate"][0]))
    assert FIRST <= lead <= 2 * FIRST
    assert (np.diff(history["objective"][:lead]) < 0).all()
    np.testing.assert_array_equal(history["epoch"], np.arange(1, clf.n_iter_ + 1))
    batches = -(-len(y) // 64)
    assert clf.t_ == lead + (clf.n_iter_ - lead) * batches
    assert clf.objective_ < LEFT[multi_class] * history["objective"][lead - 1]
    assert clf.converged_


def test_max_iter_counts_the_lead():
    """What follows has the epochs that are left, and the warning names the user's number."""
    X, y = load_digits(return_X_y=True)
    with pytest.warns(UserWarning, match="max_iter=100 epochs"):
        clf = SVMGDClassifier(alpha=1e-5, max_iter=100, random_state=0).fit(X, y)
    assert clf.n_iter_ == len(clf.history_["epoch"]) == 100
    assert not leads(clf)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_not_where_the_user_has_chosen(choice, overlapping):
    """Nothing goes before what is asked for."""
    X, y = overlapping
    clf = SVMGDClassifier(random_state=0, **choice).fit(X / np.logspace(-2, 2, 12), y)
    batches = -(-round(len(y) * (0.9 if "early_stopping" in choice else 1)) // 64)
    size = {"batch_size": 47}
    assert clf.t_ == clf.n_iter_ * next((size[name] for name in choice if name in size), batches)


def test_not_on_sparse_rows_nor_few_rows_of_a_kink(overlapping):
    """Rows of mostly zeros, dense or not, are left to batches, and 900 rows with kinks."""
    X, y = overlapping
    zeros = np.where(np.random.default_rng(0).random(X.shape) < 0.7, 0.0, X)
    for matrix in (zeros, sparse.csr_array(zeros)):
        assert not leads(SVMGDClassifier().fit(matrix, y))
    assert not leads(SVMGDClassifier().fit(X[:900], y[:900]))
    assert leads(SVMGDClassifier().fit(X, y))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_not_where_features_move_together():
    """What they share would take all of the rate, and passes without gain would mean nothing."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=1_200)
    own = rng.normal(size=(1_200, 300))
    own[:, :20] += 0.5 * y[:, None]
    assert leads(SVMGDClassifier(alpha=0.1).fit(own, y))
    shared = 30 * rng.normal(size=(1_200, 1))
    assert not leads(SVMGDClassifier(alpha=0.1, max_iter=100).fit(shared + own, y))


@pytest.mark.parametrize("n_iter_no_change", [1, 3])
def test_no_end_before_the_momentum_has_grown(n_iter_no_change, overlapping):
    """However soon gains stop, ten passes are made."""
    X, y = overlapping
    clf = SVMGDClassifier(n_iter_no_change=n_iter_no_change, tol=0.03).fit(X, y)
    assert leads(clf)
    assert clf.n_iter_ == FIRST


def test_the_rate_is_halved_while_epochs_end_above_the_lead(of_low_rank):
    """Those that end more than a tenth above it are made again from its end on."""
    clf = SVMGDClassifier(multi_class="crammer_singer", alpha=1e-3, random_state=0)
    history = clf.fit(*of_low_rank).history_
    objectives, rates = history["objective"][FIRST:], history["learning_rate"][FIRST:]
    behind = objectives > 1.1 * history["objective"][FIRST - 1]
    until = int(np.argmin(behind))
    assert until > 0
    np.testing.assert_allclose(rates[: until + 1], rates[0] * 0.5 ** np.arange(until + 1))
    assert not behind[until:].any()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_end_behind_the_lead_is_the_lead(of_low_rank, monkeypatch):
    """Where max_iter ends a fit before mini-batches come near, the lead's last weights stay."""
    monkeypatch.setattr("sklinear_gd.solvers.automatic.LEAST_EPOCHS", 1)
    settings = {"alpha": 1e-3, "random_state": 0, "max_iter": FIRST + 1}
    clf = SVMGDClassifier(multi_class="crammer_singer", **settings).fit(*of_low_rank)
    objectives = clf.history_["objective"]
    assert objectives[FIRST] > 1.1 * objectives[FIRST - 1]
    assert clf.best_iter_ == FIRST
    assert clf.objective_ == pytest.approx(objectives[FIRST - 1], rel=1e-12)
    assert clf.objective(*of_low_rank) == pytest.approx(clf.objective_, rel=1e-12)


def test_partial_fit_goes_on_gently(overlapping):
    """A pass over rows as they come is made in batches, at a rate that keeps what is there."""
    X, y = overlapping
    clf = SVMGDClassifier().fit(X, y)
    updates, before = clf.t_, clf.objective_
    clf.partial_fit(X, y)
    assert clf.t_ - updates == -(-len(y) // 64)
    assert clf.objective(X, y) < before * 1.01
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        cold = SVMGDClassifier(max_iter=1).fit(X, y)
    rates = clf.history_["learning_rate"][-1], cold.history_["learning_rate"][0]
    assert rates[0] == pytest.approx(0.01 * rates[1])


def test_a_lead_goes_on_after_an_end():
    """A fit that was stopped within its lead goes on as if it had not been."""
    X, y = load_digits(return_X_y=True)
    params = {"alpha": 1e-2, "random_state": 0, "max_iter": 5_000}
    whole = SVMGDClassifier(**params).fit(X, y)
    parts = SVMGDClassifier(**params, warm_start=True).set_callbacks(StopAt(4)).fit(X, y)
    assert parts.n_iter_ == 4
    assert parts.stop_reason_ == "callback"
    np.testing.assert_array_equal(parts.history_["objective"], whole.history_["objective"][:4])
    parts.set_callbacks().fit(X, y)
    np.testing.assert_allclose(
        parts.history_["objective"][:FIRST], whole.history_["objective"][:FIRST], rtol=1e-12
    )
    assert parts.objective_ == pytest.approx(whole.objective_, rel=0.02)


@pytest.mark.parametrize("max_iter", [1, 2_000])
def test_a_converged_lead_stays_where_it_is(max_iter, overlapping):
    """A warm start goes on with it, not with mini-batches, whose noise would throw it back."""
    X, y = overlapping
    clf = SVMGDClassifier(warm_start=True).fit(X, y)
    before, passes = clf.objective_, clf.n_iter_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        clf.set_params(max_iter=max_iter).fit(X, y)
    assert leads(clf)
    assert clf.n_iter_ == passes + min(max_iter, FIRST)
    assert clf.objective_ <= before * (1 + 1e-6)


def test_early_stopping_finds_no_worse_a_model():
    """Mini-batches begin where the lead has ended; without one (99 epochs) it is no better."""
    X, y = load_digits(return_X_y=True)
    best = []
    for max_iter in (99, 1_000):
        stopping = EarlyStopping(X_val=X[1200:], y_val=y[1200:])
        clf = SVMGDClassifier(alpha=1e-3, random_state=0, max_iter=max_iter)
        clf.set_callbacks(stopping).fit(X[:1200], y[:1200])
        best.append(stopping.best_score_)
    assert best[1] >= best[0] - 0.005
