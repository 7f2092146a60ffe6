"""What the two estimators share: validate, encode, solve, publish."""

import warnings
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklinear_gd._block_predictions import for_blocks, over_blocks
from sklinear_gd._complaints import complaint
from sklinear_gd._data import check_finite, check_rows
from sklinear_gd._fit_tasks import CallbackSupportMixin, FitTasks, with_callbacks
from sklinear_gd._held_out import HeldOutScore, split
from sklinear_gd._labels import find_classes
from sklinear_gd._model_state import (
    check_place,
    check_start,
    pack,
    place_labels,
    set_start,
    sparsified,
    to_coef,
    to_params,
    unpack,
)
from sklinear_gd._namespaces import (
    described,
    follow_X,
    is_dispatched,
    is_foreign,
    namespace,
    to_host,
)
from sklinear_gd._parameters import draw_seed, resolve_plan
from sklinear_gd._persistence import checked, stamped
from sklinear_gd._progress import display
from sklinear_gd._rows import check_rows_and_labels
from sklinear_gd._validation import check_number
from sklinear_gd.conditioning import prepare
from sklinear_gd.designs import as_design
from sklinear_gd.distributed import is_collection
from sklinear_gd.objective import class_index, model_scores
from sklinear_gd.optimality import Optimality, measure
from sklinear_gd.penalties import resolve_penalty
from sklinear_gd.solvers import (
    GradientDescent,
    Monitor,
    State,
    resolve_solver,
    with_optimizer,
)


def _trains_in_passes(estimator):
    solver = estimator.solver
    if isinstance(solver, GradientDescent) or (isinstance(solver, str) and solver == "gd"):
        return True
    raise AttributeError(f"partial_fit needs solver='gd', not solver={solver!r}.")


class LinearGDClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """Base of the linear classifiers: all but the parameters and the loss.

    A subclass stores its parameters in ``__init__`` and defines ``_loss``.
    """

    def _loss(self, n_classes):
        """A new loss object made from the estimator's parameters, for so many classes."""
        raise NotImplementedError

    # -- training --------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        coef_init: Any = None,
        intercept_init: Any = None,
    ) -> Self:
        """Train on X and y.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask collection of shape (n_samples, n_features)
            C-ordered float32 and float64 arrays and CSR matrices are used in place, without a
            copy, memory-mapped ones, too; everything else is converted. Never written to. Blocks
            of a Dask array or data frame stay with the workers.
        y : array-like or Dask collection of shape (n_samples,)
            Class labels of any type that sorts.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0. A row of weight k counts like k copies, one of weight 0 not at all.
        coef_init : array-like of shape (n_classes, n_features), default=None
            W to start from, transposed like ``coef_``; (1, n_features) for two classes. None
            starts from zeros, or with ``warm_start`` from the earlier fit.
        intercept_init : array-like of shape (n_classes,) or (1,), default=None
            b to start from; None likewise.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            For parameters out of range or in conflict, and for unusable data. The estimator is
            then what it was before the call.

        Warns
        -----
        ConvergenceWarning
            When ``max_iter`` ended the fit before ``tol`` was met, or training diverged.
        """
        with _published_whole(self) as new:
            result, plan, objective = new._fit(X, y, sample_weight, (coef_init, intercept_init))
        self._warn(result, plan, objective)
        return self

    @with_callbacks
    def _fit(self, X, y, sample_weight, start):
        """Fit within the lifetime of the callbacks; returns result, plan and objective."""
        plan = resolve_plan(self)
        tasks = FitTasks(self, plan.max_iter, X, y, sample_weight)
        rows = check_rows_and_labels(self, X, y, sample_weight, reset=True)
        classes = rows.classes()
        earlier = self._earlier(classes, rows.n_features) if self.warm_start else None
        result, plan, objective = self._train(rows, classes, plan, earlier, start, tasks)
        tasks.finish()
        return result, plan, objective

    @available_if(_trains_in_passes)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: Any = None,
        sample_weight: Any = None,
        coef_init: Any = None,
        intercept_init: Any = None,
    ) -> Self:
        """Make one pass over these rows in batches, going on from where training stands.

        Rate, schedule and optimizer state carry on, so that one call with all the data is one
        epoch of ``fit`` with ``shuffle=False``. ``objective_`` is then that of the batches as they
        were met, which costs nothing; ``objective(X, y)`` computes it at the new weights.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of this pass.
        y : array-like of shape (n_samples,)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever occur; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, relative to each other within this call.
        coef_init : array-like of shape (n_classes, n_features), default=None
            W to start from, transposed like ``coef_``; (1, n_features) for two classes. None
            starts from zeros, and later from where training stands.
        intercept_init : array-like of shape (n_classes,) or (1,), default=None
            b to start from; None likewise.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If ``classes`` is missing in the first call or differs later, if y holds a label that
            is not among them, and for ``early_stopping=True`` or ``class_weight="balanced"``,
            which need all the data.
        """
        with _published_whole(self) as new:
            plan = replace(resolve_plan(new), streaming=True, tol=None)
            new._check_streaming()
            first = not hasattr(new, "classes_")
            classes = new._classes_of_stream(classes, first)
            rows = check_rows_and_labels(new, X, y, sample_weight, reset=first)
            earlier = None if first else new._earlier(classes, rows.n_features)
            new._train(rows, classes, plan, earlier, (coef_init, intercept_init))
        return self

    def _check_streaming(self):
        if self.early_stopping:
            raise ValueError(
                "early_stopping=True needs all the data at once; use fit, or set "
                "early_stopping=False for partial_fit."
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all the data at once; give partial_fit "
                "a dict {class: weight} computed from the whole."
            )

    def _classes_of_stream(self, classes, first):
        if first and classes is None:
            raise ValueError(
                "classes must be passed to the first call of partial_fit: all labels that will "
                "ever occur, e.g. classes=np.unique(y)."
            )
        if classes is None:
            return to_host(self.classes_)
        classes = np.asarray(follow_X(classes))
        if classes.ndim != 1:
            raise ValueError(
                f"classes has the shape {classes.shape}; pass all labels that will ever occur as "
                "one list, e.g. classes=np.unique(y)."
            )
        classes = find_classes(classes)
        if not first and not np.array_equal(classes, to_host(self.classes_)):
            raise ValueError(
                "classes differs from the classes of the first call of partial_fit; leave it out "
                "or pass the same."
            )
        return classes

    def _earlier(self, classes, n_features):
        """What an earlier fit left to go on from, or None; checked to fit the new data."""
        if not hasattr(self, "_state"):
            return None
        if not np.array_equal(classes, to_host(self.classes_)):
            raise ValueError(
                f"warm_start=True goes on with the same classes; y has {len(classes)} classes and "
                f"the earlier fit had {len(self.classes_)}, or they differ. Set warm_start=False."
            )
        if n_features != self.coef_.shape[1]:
            raise ValueError(
                f"warm_start=True goes on with the same features; X has {n_features} and the "
                f"earlier fit had {self.coef_.shape[1]}. Set warm_start=False."
            )
        return {
            "packed": self._state,
            "coef": self.coef_,
            "intercept": self.intercept_,
            "history": self.history_,
        }

    def _train(self, rows, classes, plan, earlier, start, tasks=None):
        """Solve on validated data and publish the model; returns result, plan and objective."""
        solver = resolve_solver(self.solver)
        seed = draw_seed(self)
        if earlier is not None:
            seed = earlier["packed"]["seed"]
        objective = self._objective(rows, classes)
        plan = with_optimizer(plan, objective, earlier and earlier["packed"]["optimizer_name"])
        solver.check(plan, objective.loss, objective.penalty)
        held_out_rows, weights = None, objective.weights
        start = check_start(objective, *start)
        if self.early_stopping:
            objective, held_out_rows = split(objective, self.validation_fraction, seed)
        axes = None if earlier is None else earlier["packed"]["basis"]
        objective, plan = prepare(objective, plan, solver, axes)
        held_out = None
        if self.early_stopping:
            held_out = HeldOutScore(objective, held_out_rows, weights)
        if earlier is None:
            state = State(params=objective.zeros(), seed=int(seed))
        else:
            state = unpack(
                earlier["packed"], plan, objective, earlier["coef"], earlier["intercept"]
            )
        set_start(objective, state, *start)
        history = earlier["history"] if earlier else None
        verbose = 0 if plan.streaming else self.verbose
        with display(verbose, plan.max_iter) as observers:
            if tasks is not None and tasks.callbacks:
                observers.append(tasks)
            monitor = Monitor(plan, objective, held_out, history, observers)
            attributes = partial(self._fitted_attributes, objective, classes, plan, state, monitor)
            if tasks is not None:
                tasks.attributes, tasks.is_exact = attributes, monitor.needs_objective
            result = solver.minimize(objective, plan, state, monitor)
        final = attributes(
            result.params, result.objective, result.reason, result.epoch, is_final=True
        )
        vars(self).update(final)
        return result, plan, objective

    def _objective(self, rows, classes):
        """The objective F on these rows with the estimator's loss and penalty."""
        loss = self._loss(len(classes))
        loss.check(len(classes))
        penalty = resolve_penalty(self.penalty, self.l1_ratio)
        penalty.check()
        return rows.objective(
            classes,
            self.class_weight,
            loss,
            penalty,
            self.alpha,
            n_scores=1 if len(classes) == 2 else len(classes),
            fit_intercept=bool(self.fit_intercept),
        )

    def _fitted_attributes(
        self,
        objective,
        classes,
        plan,
        state,
        monitor,
        params,
        value=None,
        reason="callback",
        epoch=None,
        is_final=False,
    ):
        """All that training leaves on the estimator, had it ended at these parameters."""
        value = objective.value(params) if value is None else value
        coef, intercept = to_coef(objective, params, is_final)
        return {
            "classes_": place_labels(objective, classes),
            "coef_": coef,
            "intercept_": intercept,
            "n_iter_": state.epochs,
            "t_": state.updates,
            "objective_": float(value),
            "stop_reason_": reason,
            "converged_": reason == "tol",
            "best_iter_": state.epochs if epoch is None else epoch,
            "history_": monitor.history(),
            "_state": pack(state, plan, objective, is_final),
        }

    def _warn(self, result, plan, objective):
        """Say once, with numbers, when training did not end well."""
        message = complaint(type(self).__name__, result, plan, objective, self.history_)
        if message:
            warnings.warn(message, ConvergenceWarning, stacklevel=3)

    # -- prediction ------------------------------------------------------------------------

    @over_blocks
    def decision_function(self, X: Any) -> Any:
        """Scores ``X coef_ᵀ + intercept_``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes one score a row, positive for ``classes_[1]``.
        """
        check_is_fitted(self, "coef_")
        check_place(self, X, "decision_function")
        X = check_rows(self, X)
        # Whatever is not finite in X makes scores of its row that are not: X need not be read.
        with np.errstate(over="ignore", invalid="ignore"):
            scores = self._scores(X)
            finite = bool(namespace(scores).isfinite(namespace(scores).sum(scores)))
        if not finite:
            check_finite(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def _scores(self, X):
        """Scores of checked rows, of shape (n_samples, n_scores)."""
        coef = self.coef_
        if is_dispatched(X):
            xp = namespace(X)
            dtype = xp.result_type(X, coef)
            X, coef, b = (xp.astype(a, dtype, copy=False) for a in (X, coef, self.intercept_))
            return X @ coef.T + b
        if sparse.issparse(coef) or coef.dtype != X.dtype:
            check_finite(X)  # zeros that are not stored meet nothing
            return safe_sparse_dot(X, coef.T, dense_output=True) + self.intercept_
        return model_scores(as_design(X), coef, self.intercept_)

    @over_blocks
    def predict(self, X: Any) -> Any:
        """The class with the highest score.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels of the type seen in ``fit``.
        """
        check_place(self, X, "predict")
        index = class_index(self.decision_function(X))
        if isinstance(self.classes_, np.ndarray):  # text has no other place
            return self.classes_[to_host(index)]
        return namespace(index).take(self.classes_, index, axis=0)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of rows that ``predict`` labels like y; with weights, their share.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask collection of shape (n_samples, n_features)
            Rows.
        y : array-like or Dask collection of shape (n_samples,)
            Their true labels.
        sample_weight : array-like or Dask collection of shape (n_samples,), default=None
            Weights >= 0.

        Returns
        -------
        accuracy : float
            Between 0 and 1.
        """
        if not is_collection(X, y, sample_weight):
            return super().score(X, y, sample_weight)
        check_is_fitted(self, "coef_")
        rows = check_rows_and_labels(self, X, y, sample_weight, reset=False)
        return rows.accuracy(for_blocks(self).predict)

    def objective(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The objective F of this model on the given data.

        F(W, b) = (1 / Σ wᵢ) Σ wᵢ L(xᵢ W + b, yᵢ) + alpha R(W), with wᵢ = sample weight × class
        weight, at ``coef_`` and ``intercept_``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Their labels, all of them in ``classes_``.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0.

        Returns
        -------
        value : float
            F.
        """
        objective = self._objective_on(X, y, sample_weight)
        return objective.value(to_params(objective, self.coef_, self.intercept_))

    def optimality(
        self, X: Any, y: Any, sample_weight: Any = None, *, max_iter: int = 500
    ) -> Optimality:
        """How far this model is from the optimum of F on the given data, at most.

        Duality gives a lower bound of F: no weights and intercept whatever do better. All is
        computed in float64, a block of rows at a time. Where the model's own derivatives give a
        loose bound, L-BFGS looks for a better one from the model on, which does not change.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows; those of ``fit``, to judge the training.
        y : array-like of shape (n_samples,)
            Their labels, all of them in ``classes_``.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0, as in ``fit``.
        max_iter : int, default=500
            Iterations that the search for a high bound may take, each one or two passes over X.
            0 takes the derivatives at the model alone.

        Returns
        -------
        optimality : Optimality
            With ``objective``, ``lower_bound``, ``gap``, ``relative_gap`` and ``residual``; see
            :class:`~sklinear_gd.optimality.Optimality`. The bound is NaN for a loss or penalty of
            one's own that defines no ``conjugate``, and without a penalty (or with alpha = 0) it
            is the least value of the loss.
        """
        check_number(type(self).__name__, "max_iter", max_iter, low=0, integer=True)
        objective = self._objective_on(follow_X(X), y, sample_weight)
        coef, b = to_host(self.coef_), None
        coef = coef.toarray() if sparse.issparse(coef) else coef
        if objective.fit_intercept:
            b = to_host(self.intercept_).astype(np.float64)
        return measure(objective, coef.T.astype(np.float64), b, self.max_norm, int(max_iter))

    def _objective_on(self, X, y, sample_weight):
        """The objective F of this model on new data."""
        check_is_fitted(self, "coef_")
        rows = check_rows_and_labels(self, X, y, sample_weight, reset=False)
        return self._objective(rows, to_host(self.classes_))

    def sparsify(self) -> Self:
        """Convert ``coef_`` to a CSR matrix, which predicts faster when most of it is zero.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        check_is_fitted(self, "coef_")
        if is_foreign(self.coef_):
            raise ValueError(
                f"{type(self).__name__}.sparsify() needs coef_ as a NumPy array, it is "
                f"{described(self.coef_)}; SciPy's sparse matrices are on the host alone."
            )
        if not sparse.issparse(self.coef_):
            self.coef_ = sparsified(self.coef_)
        return self

    def densify(self) -> Self:
        """Convert ``coef_`` back to an array; training does so by itself.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        check_is_fitted(self, "coef_")
        if sparse.issparse(self.coef_):
            self.coef_ = self.coef_.toarray()
        return self

    # -- saving ----------------------------------------------------------------------------

    def __getstate__(self):
        return stamped(super().__getstate__())

    def __setstate__(self, state):
        super().__setstate__(checked(type(self).__name__, state))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.array_api_support = True
        return tags


@contextmanager
def _published_whole(estimator):
    """A copy to train, whose attributes replace the estimator's at once when the block ends well.

    Whatever ends it early, Ctrl-C too, leaves the estimator as it was, and another thread sees
    the old model or the new one, never a mixture. Callbacks see the copy.
    """
    new = object.__new__(type(estimator))
    new.__dict__ = dict(vars(estimator))
    yield new
    estimator.__dict__ = vars(new)
