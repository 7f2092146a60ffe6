"""The range test: which learning rates train, seen in one short run whose rate rises."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight

from sklinear_gd._base import LinearGDClassifier
from sklinear_gd._data import check_data
from sklinear_gd._validation import check_number
from sklinear_gd._weights import check_sample_weight
from sklinear_gd.designs import check_structure
from sklinear_gd.solvers.automatic import automatic_batch_size

# Ends of the range in multiples of the automatic rate, which is meant to be on the safe side.
AROUND_AUTO = (1e-3, 1e4)
# Weight of a neighbour in the smoothed loss, relative to the update one step nearer.
MEMORY = 0.9
# The test ends when the running mean of the losses has risen to this multiple of its lowest value.
RISE = 4.0
# The suggestion is the rate at which the smoothed loss has made this share of its fall. The lowest
# loss itself comes too late: weights that are nearly trained bear rates that would wreck new ones.
FALL = 0.98


@dataclass(frozen=True)
class LearningRateRange:
    """What :func:`learning_rate_range` found, with an entry for each update.

    Attributes
    ----------
    rates : ndarray of shape (n_updates,), float64
        The learning rate of each update, rising.
    losses : ndarray of shape (n_updates,), float64
        The objective of the update's batch, at the weights before the update.
    smoothed : ndarray of shape (n_updates,), float64
        The same, smoothed to both sides, so that it does not lag behind the rates.
    suggestion : float
        A rate to begin with: the first at which ``smoothed`` has made 98 % of its fall.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float


def learning_rate_range(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    n_updates: int = 200,
    sample_weight: Any = None,
    random_state: Any = 0,
) -> LearningRateRange:
    """Train shortly at a rising rate, and see where the loss falls and where it explodes.

    Update t of ``n_updates`` is made at the rate ``low * (high / low) ** (t / (n_updates - 1))`` on
    the next batch of shuffled rows, with the estimator's optimizer, penalty and batch size. Where
    the rates are too low the loss stays, then it falls, and then it rises; the test ends when the
    running mean has risen fourfold. It costs a pass over the data for the automatic rate, and one
    over every ``n_rows / batch_size`` updates' batches.

    Parameters
    ----------
    estimator : SVMGDClassifier or SoftmaxGDClassifier
        With ``solver="gd"``. It is not changed; its ``learning_rate``, ``schedule`` and ``average``
        do not matter.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data as this estimator sees them: in a pipeline, transformed.
    y : array-like of shape (n_samples,)
        Labels.
    low, high : float, default=None
        Ends of the range, 0 < low < high. None for both takes 1e-3 and 1e4 times the rate that
        ``learning_rate="auto"`` derives from the data.
    n_updates : int, default=200
        Updates, >= 10; at most, since the test ends when the loss explodes.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights >= 0.
    random_state : int, RandomState instance or None, default=0
        Draws the order of the rows, and what ``dropout`` drops.

    Returns
    -------
    found : LearningRateRange
        Arrays to plot, ``losses`` over ``rates`` with a logarithmic axis, and ``suggestion``. When
        ``smoothed`` is lowest at its last entry, the range ended too early: raise ``high``.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        For data or settings out of range, and for another solver.

    References
    ----------
    L. N. Smith (2017), "Cyclical learning rates for training neural networks", section 3.3.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.inspection import learning_rate_range
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = SoftmaxGDClassifier(
    ...     precondition=False, schedule="cosine", max_iter=10, tol=None, random_state=0
    ... )
    >>> found = learning_rate_range(clf, X / 16, y)
    >>> better = clf.set_params(learning_rate=found.suggestion).fit(X / 16, y).objective_
    >>> better < clf.set_params(learning_rate="auto").fit(X / 16, y).objective_
    True
    """
    _check(estimator, low, high, n_updates)
    X, y = check_data(clone(estimator), X, y, reset=True)  # which notes the number of features
    if sparse.issparse(X):
        check_structure(X)  # rows are taken out of it
    weights = check_sample_weight(sample_weight, len(y))
    if weights is not None:  # a batch must not consist of rows that do not count
        X, y, weights = X[weights > 0], y[weights > 0], weights[weights > 0]
    rng, classes = check_random_state(random_state), np.unique(y)
    model = _plain(estimator, y).set_params(random_state=rng.randint(2**31 - 1))
    if low is None or high is None:
        auto = _automatic_rate(model, X, y, weights)
        low, high = auto * AROUND_AUTO[0], auto * AROUND_AUTO[1]
    rates = np.geomspace(low, high, n_updates)
    model.set_params(learning_rate=1.0, schedule=lambda t: rates[min(t, n_updates - 1)])
    met: list[float] = []
    mean, lowest = 0.0, np.inf
    for batch in _batches(len(y), model.batch_size, n_updates, rng):
        batch_weights = None if weights is None else weights[batch]
        model.partial_fit(X[batch], y[batch], classes=classes, sample_weight=batch_weights)
        loss = model.history_["objective"][-1]
        mean = MEMORY * mean + (1 - MEMORY) * loss
        running = mean / (1 - MEMORY ** (len(met) + 1))
        if not running <= RISE * lowest:  # NaN, too
            break
        met.append(loss)
        lowest = min(lowest, running)
    losses, rates = np.array(met), rates[: len(met)]
    smoothed = _smooth(losses)
    lowest = smoothed.min()
    arrived = np.argmax(smoothed <= lowest + (1 - FALL) * (smoothed[0] - lowest))
    return LearningRateRange(rates, losses, smoothed, float(rates[arrived]))


def _check(estimator: Any, low: float | None, high: float | None, n_updates: int) -> None:
    if not isinstance(estimator, LinearGDClassifier):
        raise TypeError(
            f"learning_rate_range takes a classifier of sklinear_gd, not a "
            f"{type(estimator).__name__}; of a pipeline pass the last step, and X transformed."
        )
    if not hasattr(estimator, "partial_fit"):
        raise ValueError(
            f"learning_rate_range needs solver='gd', not solver={estimator.solver!r}, which has "
            "no learning rate."
        )
    check_number("", "n_updates", n_updates, low=10, integer=True, cure="the usual is 200")
    if (low is None) != (high is None):
        raise ValueError(f"low={low!r} and high={high!r}: pass both or neither.")
    if low is not None:
        check_number("", "low", low, low=0, low_open=True)
        check_number("", "high", high, low=low, low_open=True, cure="it must exceed low")


def _plain(estimator: Any, y: Any) -> Any:
    """A clone that partial_fit takes, with a number for the batch size."""
    size = estimator.batch_size
    if isinstance(size, str) and size in ("auto", "full"):
        is_smooth = estimator._loss(len(np.unique(y))).smooth
        size = automatic_batch_size(len(y), is_smooth) if size == "auto" else len(y)
    class_weight = estimator.class_weight
    if isinstance(class_weight, str) and class_weight == "balanced":
        classes = np.unique(y)
        factors = compute_class_weight("balanced", classes=classes, y=y)
        class_weight = dict(zip(classes.tolist(), factors.tolist(), strict=True))
    model = clone(estimator).set_params(
        batch_size=size, class_weight=class_weight, early_stopping=False, average=False
    )
    if model.precondition == "auto":  # which a rate of the user's own switches off
        model.set_params(precondition=False)
    return model


def _automatic_rate(model: Any, X: Any, y: Any, sample_weight: Any) -> float:
    """The rate of ``learning_rate="auto"`` for this data, found by a pass over it."""
    probe = clone(model).set_params(learning_rate="auto", schedule="constant")
    probe.partial_fit(X, y, classes=np.unique(y), sample_weight=sample_weight)
    return probe.history_["learning_rate"][-1]


def _batches(n_rows: int, size: int, n_updates: int, rng: Any) -> Iterator[Any]:
    """Row numbers for each update, in orders drawn anew for every pass."""
    made = 0
    while True:
        order = rng.permutation(n_rows)
        for start in range(0, n_rows, size):
            if made == n_updates:
                return
            made += 1
            yield order[start : start + size]


def _smooth(losses: Any) -> Any:
    """Mean over the updates around each one, weighted by MEMORY to the power of their distance."""
    reach = 100  # MEMORY to that power is nothing
    kernel = MEMORY ** np.abs(np.arange(-reach, reach + 1))
    inner = slice(reach, reach + len(losses))
    weights = np.convolve(np.ones(len(losses)), kernel)[inner]
    return np.convolve(losses, kernel)[inner] / weights
