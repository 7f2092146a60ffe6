"""A linear classifier once it is trained: predictions, its objective, how it is kept and saved."""

from contextlib import ExitStack, contextmanager
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted

from sklinear_gd._block_predictions import for_blocks, over_blocks
from sklinear_gd._data import check_finite, check_rows
from sklinear_gd._model_checks import check_scores, check_shapes, check_weights
from sklinear_gd._model_state import check_place, sparsified, to_params
from sklinear_gd._namespaces import (
    described,
    follow_X,
    is_dispatched,
    is_foreign,
    namespace,
    to_host,
)
from sklinear_gd._parameters import check_alpha, check_max_norm
from sklinear_gd._persistence import checked, stamped
from sklinear_gd._rows import check_rows_and_labels
from sklinear_gd._validation import check_flag, check_number, plain
from sklinear_gd._weights import check_sample_weight
from sklinear_gd.designs import as_design
from sklinear_gd.distributed import is_collection
from sklinear_gd.objective import class_index, model_scores
from sklinear_gd.optimality import Optimality, measure
from sklinear_gd.penalties import resolve_penalty


class LinearModel(ClassifierMixin, BaseEstimator):
    """What ``classes_``, ``coef_`` and ``intercept_`` are enough for, whoever trained them.

    A subclass stores its parameters in ``__init__`` and defines ``_loss``.
    """

    def _loss(self, n_classes):
        """A new loss object made from the estimator's parameters, for so many classes."""
        raise NotImplementedError

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
        check_shapes(self)
        # Whatever is not finite in X makes scores of its row that are not: X need not be read.
        with np.errstate(over="ignore", invalid="ignore"):
            scores = self._scores(X)
            finite = bool(namespace(scores).isfinite(namespace(scores).sum(scores)))
        if not finite:
            check_finite(X)
            check_weights(self)
            check_scores(scores)
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

        Raises
        ------
        ValueError
            For rows that ``predict`` refuses, and weights that are negative, not finite, or 0 for
            every row.
        """
        if not is_collection(X, y, sample_weight):
            if sample_weight is not None:
                check_sample_weight(sample_weight, np.shape(y)[0])
            return super().score(X, y, sample_weight)
        check_is_fitted(self, "coef_")
        with ExitStack() as held:
            rows = check_rows_and_labels(self, X, y, sample_weight, held, reset=False)
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
        with self._objective_on(X, y, sample_weight) as objective:
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
        check_max_norm(self)
        with self._objective_on(follow_X(X), y, sample_weight) as objective:
            coef, b = to_host(self.coef_), None
            coef = coef.toarray() if sparse.issparse(coef) else coef
            if objective.fit_intercept:
                b = to_host(self.intercept_).astype(np.float64)
            return measure(objective, coef.T.astype(np.float64), b, self.max_norm, int(max_iter))

    def _objective(self, rows, classes):
        """The objective F on these rows with the estimator's loss and penalty."""
        loss = self._loss(len(classes))
        loss.check(len(classes))
        penalty = resolve_penalty(self.penalty, plain(self.l1_ratio))
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

    @contextmanager
    def _objective_on(self, X, y, sample_weight):
        """The objective F of this model on new data, which are held meanwhile."""
        check_is_fitted(self, "coef_")
        check_alpha(self)  # it may have been set since the fit
        check_flag(type(self).__name__, "fit_intercept", self.fit_intercept)
        check_shapes(self)
        check_weights(self)
        if not self.fit_intercept and np.any(to_host(self.intercept_)):
            raise ValueError(
                "fit_intercept=False was set after a fit that trained an intercept, which does "
                "not count; set fit_intercept=True, or fit the model anew."
            )
        with ExitStack() as held:
            rows = check_rows_and_labels(self, X, y, sample_weight, held, reset=False)
            yield self._objective(rows, to_host(self.classes_))

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
        check_shapes(self)
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
        check_shapes(self)
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
