"""The words that both estimators' docstrings share."""

from inspect import cleandoc
from typing import TypeVar

T = TypeVar("T")

PARAMETERS = """
penalty : {"l2", "l1", "elasticnet", "group_lasso"}, None or Penalty, default="l2"
    R(W): ½‖W‖², ‖W‖₁, a mixture of both, or Σ_features ‖W_j,:‖₂, which drops whole features. L1,
    elastic net and group lasso give exact zeros (proximal steps). The intercept is never
    penalised.
alpha : float, default=1e-4
    Strength of the penalty, >= 0. ``C = 1 / (n_samples * alpha)`` is the strength that
    LogisticRegression and LinearSVC call C.
l1_ratio : float, default=0.15
    Share of L1 in ``penalty="elasticnet"``, in [0, 1].
max_norm : float or None, default=None
    If given, each class's weight vector is projected on the ball of this radius after each update.
dropout : float, default=0.0
    Share of the input features dropped at random in each update, in [0, 1); the others are scaled
    by 1 / (1 - dropout). Nothing is dropped at prediction.
fit_intercept : bool, default=True
    Whether to train the intercept b.
solver : {"gd", "lbfgs", "random_search", "local_search"} or Solver, default="gd"
    Gradient descent with all the choices below (where you make none, see ``optimizer``), or L-BFGS,
    for which ``optimizer``, ``learning_rate``, ``schedule``, ``batch_size``, ``shuffle`` mean
    nothing and ``max_norm``, ``dropout``, ``average``, ``group_lasso`` are refused; or one of two
    searches without a gradient, ``max_iter`` random trials, to compare with. A solver object holds
    its own settings: ``LBFGS(memory=20)``.
optimizer : {"auto", "adam", "sgd", "momentum", "nesterov", "accelerated", "adagrad", "rmsprop", \
"schedule_free", "saga"} or Optimizer, default="auto"
    The update rule. "auto" leaves a smooth loss with a smooth penalty to L-BFGS, as
    ``solver="lbfgs"`` would, where nothing else about the steps is chosen: with batches, rate and
    schedule of the library, a ``tol``, a ``max_iter`` of 100 or more, and neither ``average`` nor
    ``dropout``, ``max_norm`` or ``early_stopping``; but not sparse rows that are fewer than their
    features, blocks of a Dask collection, or ``precondition=False``. A plain hinge it leaves there
    if one of 1,000 dense rows or more is far longer than the others. Whatever of these you set
    makes it gradient descent, and then "auto" is Adam; but if ``learning_rate`` is automatic,
    "saga" on a CSR matrix with more than 8 times as many features as a row has non-zeros: for a
    smooth loss and penalty where the features are of like size (more than 8,192 count as such), and
    for a plain hinge with an L2 penalty; ``SAGA(dual=False)`` on 10,000 rows or more, and more than
    10 a feature, of like size, whose mean squared length, centred, is more than alpha n_samples;
    and up to 128 times not where that is more than 10 alpha n_samples, and rows are more than 4 a
    feature. Otherwise plain SGD, a row at a time, from 128 times on; and "accelerated" where a
    batch is all the rows and the loss is smooth. Before Adam's batches of a plain hinge go
    "accelerated" passes over all rows as long as they pay, on dense data where nothing else is
    chosen, as above. An object has settings of its own: ``Adam(beta1=0.8)``, in a grid
    ``optimizer__beta1``. "accelerated" is for full batches, "saga" for mini-batches of data that do
    not change; of a plain hinge with L2 it is dual coordinate ascent.
learning_rate : "auto" or float, default="auto"
    The rate at update 0, before the schedule. "auto" derives it from the data (see
    :mod:`sklinear_gd.solvers.step_size` for the formula).
schedule : {"constant", "invscaling", "exponential", "step", "linear", "cosine", "one_cycle", \
"adaptive", "line_search"}, Schedule or callable, default="adaptive"
    The factor on the rate at update t. Linear, cosine and one_cycle end after ``max_iter`` epochs;
    adaptive divides the rate when the objective stalls (where ``optimizer="auto"`` chose plain SGD
    or ``SAGA(dual=False)`` sooner, and where it chose "saga" never, since that converges at a
    constant rate); line_search, for ``batch_size="full"``, tries rates until the objective falls; a
    callable maps t to the factor.
precondition : {"auto", "full", "principal", "diagonal"} or False, default="auto"
    Variables that the solver works in. "diagonal" centres and scales the features inside the
    solver; "full" turns them to uncorrelated axes first, for which it makes a dense copy of X;
    "principal" does so with the 256 directions of the largest variance alone. Objective, penalty
    and coefficients stay those of X. False is the textbook algorithm. "auto" turns data with 40 %
    of the numbers not 0 and 5 rows a feature ("full", up to 512 features) or a direction
    ("principal", more features): where they are small, of 512 features and 2²³ numbers at most; or
    up to 2²⁸ numbers, where the features rise and fall together as the pixels of photographs do; a
    copy of more than 2²⁰ is in float32 where the noise of mini-batches hides its rounding (``tol``
    of 1e-5 or more, not "saga"; the model stays in the dtype of X). Else it is "diagonal", or one
    scale for all features: for ``optimizer="saga"`` if their largest entries are alike, for
    ``solver="lbfgs"`` with a smooth loss, an L2 penalty and at least twice as many features as rows
    if none varies far more than the others; but False where ``learning_rate`` is a number and for
    ``optimizer="sgd"``. Penalties with kinks allow "diagonal" alone, ``max_norm`` and ``dropout``
    none.
batch_size : "auto", "full" or int, default="auto"
    Rows in each update. "auto" takes up to 256 rows whole (of a plain hinge up to 50, then 8 at a
    time), up to 1,000 in batches of 32, up to 10,000 in batches of 64, and larger data in batches
    of 128; single rows where "auto" chose plain SGD, and for "saga" on features of like size (up to
    4 rows, if they have few non-zeros) or a plain hinge.
max_iter : int, default=2000
    Epochs (passes over the data), or iterations of L-BFGS; at most.
tol : float or None, default=1e-4
    Training stops when ``n_iter_no_change`` epochs together have lowered F, the weighted loss of
    all training rows plus the penalty, by less than this share of its best value; for gradient
    descent of a hundredth of F at zero weights where that is more, for L-BFGS (smooth losses) of
    what F has gained over a model that knows class frequencies alone where that is less. None runs
    all epochs, and then ``history_["objective"]`` of a mini-batch fit holds the mean over the
    batches as they were met, which saves a pass an epoch. "saga" bounds what is missing to the
    optimum, and ends sooner where that is no more than such a share; its dual ascent (plain hinges)
    where it is no more than ``n_iter_no_change`` times ``tol`` of five times F, or of a twentieth
    of F at zero weights, or where the dual objective has stalled. ``optimality`` tells how near the
    optimum is.
n_iter_no_change : "auto" or int, default="auto"
    Epochs, or iterations of L-BFGS, without improvement before training stops. "auto" is 20; with
    ``schedule="adaptive"`` three times its patience, 6 to 150 by the number of updates in an epoch;
    and where ``optimizer="auto"`` leaves a fit to L-BFGS 2 (20 with a row that hides all others),
    where it takes SAGA of a smooth loss 3, of passes over all rows 5.
shuffle : bool or "blocks", default=True
    Whether the rows are put in a new order for each epoch. "blocks" shuffles blocks of consecutive
    rows (32 MB) and the rows within each, so that a memory-mapped file is read in order.
average : bool, default=False
    Whether the model is the mean of all iterates (Polyak-Ruppert) instead of the last one;
    ``optimizer="schedule_free"`` averages in any case.
early_stopping : bool, default=False
    Whether to hold out a stratified part of the data, stop when the accuracy on it no longer
    improves, and return the weights of the best epoch.
validation_fraction : float, default=0.1
    The part to hold out, in (0, 1).
class_weight : dict, "balanced" or None, default=None
    Factor on the weight of each class's samples. "balanced" makes all classes weigh the same.
warm_start : bool, default=False
    Whether ``fit`` goes on from the earlier fit: weights, optimizer state, schedule and counts
    (L-BFGS from weights and counts, with a new memory of the curvature); where the objective is
    another (other rows, weights, ``alpha``), from weights and counts alone.
random_state : int, RandomState instance or None, default=None
    Draws the order of the rows, the dropped features and the held-out part.
verbose : int, default=0
    1 shows a progress bar with objective and rate where rich or tqdm is installed (extra
    ``progress``), and otherwise prints a line for each epoch; 2 prints lines in any case.
"""

ATTRIBUTES = """
classes_ : ndarray of shape (n_classes,)
    The labels, sorted.
coef_ : ndarray of shape (n_classes, n_features), or (1, n_features) for two classes
    W transposed, in the dtype of X.
intercept_ : ndarray of shape (n_classes,) or (1,)
    b; zeros without intercept.
n_iter_ : int
    Epochs run, over all warm-started fits and partial fits.
t_ : int
    Updates made.
objective_ : float
    F on the training data at the returned weights.
converged_ : bool
    Whether ``tol`` ended the training: ``stop_reason_ == "tol"``.
stop_reason_ : {"tol", "validation", "max_iter", "diverged", "callback", "line_search", "trials"}
    Why the training ended: the objective no longer improved by ``tol``; the held-out score no
    longer improved; all epochs were run; the objective ended above that of W = 0, or not finite;
    a callback asked for the end; no step along a line lowered the objective further (L-BFGS, or
    ``schedule="line_search"``), short of ``tol``:
    the limit of the precision; all trials of a search were made.
best_iter_ : int
    The epoch whose weights these are, counted like ``n_iter_``; 0 for the weights that training
    began with.
history_ : dict of ndarrays of shape (n_epochs,)
    One entry per epoch: ``epoch``, ``objective`` (at its end), its parts ``loss`` and ``penalty``,
    ``update_ratio`` (‖ΔW‖/‖W‖: how far W moved in the epoch, relative to W at its end;
    not for weights of more than 256 MB),
    ``learning_rate`` (of its last update; NaN for L-BFGS), ``seconds`` since training began,
    ``gradient_norm`` (of the objective's smooth part; for full batches and L-BFGS, and for
    mini-batches if :class:`~sklinear_gd.callbacks.History` asks for it, else NaN where full batches
    went before), and with early stopping
    ``validation_score``. ``pandas.DataFrame(clf.history_)`` makes a table of it.
n_features_in_ : int
    Number of features seen in ``fit``.
feature_names_in_ : ndarray of shape (n_features,)
    Their names, when X has string column names.
"""


def document(cls: type[T]) -> type[T]:
    """Class decorator: put the shared parameters and attributes into the docstring."""
    doc = cleandoc(cls.__doc__ or "")
    doc = doc.replace("{shared parameters}", PARAMETERS.strip())
    cls.__doc__ = doc.replace("{shared attributes}", ATTRIBUTES.strip())
    return cls
