"""The linear support vector machine: parameters and docstring; `_base` holds the algorithm."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.base import clone

from sklinear_gd._base import LinearGDClassifier
from sklinear_gd._docs import document
from sklinear_gd._validation import check_choice, plain
from sklinear_gd.losses import LOSSES, Loss
from sklinear_gd.optimizers import Optimizer
from sklinear_gd.penalties import Penalty
from sklinear_gd.schedules import Schedule
from sklinear_gd.solvers import Solver

MULTI_CLASS = ("weston_watkins", "crammer_singer", "ovr")
SHAPES = ("hinge", "squared_hinge")


@document
class SVMGDClassifier(LinearGDClassifier):
    """Linear support vector machine with a true multi-class hinge, by gradient descent or L-BFGS.

    It minimizes, over W (n_features, n_classes) and b (n_classes,),

        F(W, b) = (1 / Σ wᵢ) Σ wᵢ L(xᵢ W + b, yᵢ) + alpha R(W)

    with a hinge L of the scores s; φ(z) = max(0, z), or its square for ``loss="squared_hinge"``:

    - Weston-Watkins: Σ_{j ≠ y} φ(s_j - s_y + margin)
    - Crammer-Singer: φ(max_{j ≠ y} s_j - s_y + margin)
    - one-vs-rest: Σ_k φ(margin ∓ s_k), minus for the own class

    Two classes have one score, and all three are the binary SVM: φ(margin - t s), t = ±1.

    Parameters
    ----------
    multi_class : {"weston_watkins", "crammer_singer", "ovr"}, default="weston_watkins"
        Which wrong classes count: all of them against the own one, only the worst, or each class
        for itself against the rest.
    loss : {"hinge", "squared_hinge"} or Loss, default="hinge"
        The plain hinge, or its square (without ½), which is smooth. A Loss object, for instance of
        a class of your own, takes the place of ``multi_class`` and ``margin``, too.
    margin : float, default=1.0
        By how much the own class's score must lead; from 1e-12 to 1e12.
    {shared parameters}

    Attributes
    ----------
    {shared attributes}

    See Also
    --------
    SoftmaxGDClassifier : The same with the cross-entropy, which has probabilities.
    sklearn.svm.LinearSVC : One-vs-rest and Crammer-Singer by coordinate descent.
    sklearn.calibration.CalibratedClassifierCV : Adds probabilities to an SVM.

    References
    ----------
    J. Weston and C. Watkins (1999), "Support vector machines for multi-class pattern recognition",
    ESANN. K. Crammer and Y. Singer (2001), "On the algorithmic implementation of multiclass
    kernel-based vector machines", JMLR 2.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklinear_gd import SVMGDClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = make_pipeline(MinMaxScaler(), SVMGDClassifier(random_state=0)).fit(X[:1200], y[:1200])
    >>> clf.score(X[1200:], y[1200:]) > 0.9
    True
    """

    def __init__(
        self,
        *,
        multi_class: str = "weston_watkins",
        loss: str | Loss = "hinge",
        margin: float = 1.0,
        penalty: str | Penalty | None = "l2",
        alpha: float = 1e-4,
        l1_ratio: float = 0.15,
        max_norm: float | None = None,
        dropout: float = 0.0,
        fit_intercept: bool = True,
        solver: str | Solver = "gd",
        optimizer: str | Optimizer = "auto",
        learning_rate: str | float = "auto",
        schedule: str | Schedule | Callable[[int], float] = "adaptive",
        precondition: str | bool = "auto",
        batch_size: str | int = "auto",
        max_iter: int = 2000,
        tol: float | None = 1e-4,
        n_iter_no_change: int | str = "auto",
        shuffle: bool | str = True,
        average: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Mapping[Any, float] | str | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.multi_class = multi_class
        self.loss = loss
        self.margin = margin
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.max_norm = max_norm
        self.dropout = dropout
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.precondition = precondition
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.average = average
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _loss(self, n_classes: int) -> Loss:
        if isinstance(self.loss, Loss):
            return clone(self.loss)
        owner = type(self).__name__
        check_choice(owner, "multi_class", self.multi_class, MULTI_CLASS)
        check_choice(owner, "loss", self.loss, SHAPES)
        # With one column of scores all are the same; this one is smooth when squared.
        loss = LOSSES[self.multi_class if n_classes > 2 else "weston_watkins"]
        return loss(margin=plain(self.margin), squared=self.loss == "squared_hinge")
