"""How the two estimators train: validate, encode, solve, publish."""

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if

from sklinear_gd._complaints import complaint
from sklinear_gd._fit_tasks import CallbackSupportMixin, FitTasks, with_callbacks
from sklinear_gd._held_out import HeldOutScore, split
from sklinear_gd._labels import find_classes
from sklinear_gd._linear_model import LinearModel
from sklinear_gd._model_checks import check_shapes, check_weights
from sklinear_gd._model_state import (
    check_start,
    new_state,
    of_this_objective,
    pack,
    place_labels,
    set_start,
    to_coef,
    to_params,
    unpack,
    without_variables,
)
from sklinear_gd._namespaces import follow_X, to_host
from sklinear_gd._parameters import draw_seed, resolve_plan
from sklinear_gd._progress import display
from sklinear_gd._rows import check_rows_and_labels
from sklinear_gd.conditioning import prepare
from sklinear_gd.solvers import (
    GradientDescent,
    Monitor,
    State,
    follow,
    resolve_solver,
)


def _trains_in_passes(estimator):
    solver = estimator.solver
    if isinstance(solver, GradientDescent) or (isinstance(solver, str) and solver == "gd"):
        return True
    raise AttributeError(f"partial_fit needs solver='gd', not solver={solver!r}.")


class LinearGDClassifier(CallbackSupportMixin, LinearModel):
    """A linear model that trains itself by gradient descent: all but the parameters and the loss.

    A subclass stores its parameters in ``__init__`` and defines ``_loss``.
    """

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
        start = coef_init, intercept_init
        with ExitStack() as held:
            with _published_whole(self) as new:
                result, plan, objective = new._fit(X, y, sample_weight, start, held)
            self._warn(result, plan, objective)
        return self

    @with_callbacks
    def _fit(self, X, y, sample_weight, start, held):
        """Fit within the lifetime of the callbacks; returns result, plan and objective."""
        plan = resolve_plan(self)
        tasks = FitTasks(self, plan.max_iter, X, y, sample_weight)
        rows = check_rows_and_labels(self, X, y, sample_weight, held, reset=True)
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

        Warns
        -----
        ConvergenceWarning
            When training diverged.
        """
        with ExitStack() as held, _published_whole(self) as new:
            plan = replace(resolve_plan(new), streaming=True, tol=None)
            new._check_streaming()
            first = not new._is_trained()
            classes = new._classes_of_stream(classes, first)
            rows = check_rows_and_labels(new, X, y, sample_weight, held, reset=first)
            earlier = None if first else new._earlier(classes, rows.n_features)
            start = coef_init, intercept_init
            result, plan, objective = new._train(rows, classes, plan, earlier, start)
        if result.reason == "diverged":  # of all else a single pass says too little
            self._warn(result, plan, objective)
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
        if classes.dtype.kind == "f" and not np.isfinite(classes).all():
            raise ValueError("classes holds NaN or infinity; pass the labels alone.")
        classes = find_classes(classes, name="classes")
        if not first and not np.array_equal(classes, to_host(self.classes_)):
            raise ValueError(
                "classes differs from the classes of the first call of partial_fit; leave it out "
                "or pass the same."
            )
        return classes

    def _earlier(self, classes, n_features):
        """What an earlier fit left to go on from, or None; checked to fit the new data."""
        if not self._is_trained():
            return None
        if not np.array_equal(classes, to_host(self.classes_)):
            n_earlier = len(self.classes_)
            differs = (
                f"y has {len(classes)} classes and the earlier fit had {n_earlier}"
                if len(classes) != n_earlier
                else "y has other labels than the earlier fit, or labels of another type"
            )
            raise ValueError(
                f"warm_start=True goes on with the same classes; {differs}. Set warm_start=False."
            )
        shape = np.shape(self.coef_)
        if len(shape) == 2 and n_features != shape[1]:
            raise ValueError(
                f"warm_start=True goes on with the same features; X has {n_features} and the "
                f"earlier fit had {shape[1]}. Set warm_start=False."
            )
        check_shapes(self)
        check_weights(self)
        packed = getattr(self, "_state", None)
        if packed is None:  # weights from elsewhere
            packed = new_state(draw_seed(self), getattr(self, "t_", 0), getattr(self, "n_iter_", 0))
        # With an intercept the axes are centred, and the optimizer's arrays have a row more.
        elif packed["fit_intercept"] != bool(self.fit_intercept):
            packed = without_variables(packed)
        return {
            "packed": packed,
            "coef": self.coef_,
            "intercept": self.intercept_,
            "history": getattr(self, "history_", None),
            "objective": getattr(self, "objective_", None),
        }

    def _is_trained(self):
        """Whether there are classes and weights to go on from, whoever trained them."""
        return hasattr(self, "classes_") and hasattr(self, "coef_")

    def _train(self, rows, classes, plan, earlier, start, tasks=None):
        """Solve on validated data and publish the model; returns result, plan and objective."""
        solver = resolve_solver(self.solver)
        seed = draw_seed(self)
        if earlier is not None:
            seed = earlier["packed"]["seed"]
        objective = self._objective(rows, classes)
        if not np.isfinite(objective.frequency_value()):
            raise ValueError(
                f"The objective is not finite at W = 0, where no data count: {objective.loss!r} "
                "overflows or gives no number there; change its settings or its formula."
            )
        whole, held_out_rows, weights = objective, None, objective.weights
        if self.early_stopping:
            objective, held_out_rows = split(objective, self.validation_fraction, seed)
        if earlier is not None and not plan.streaming:
            earlier = of_this_objective(earlier, objective)
        solver, plan = solver.decide(plan, whole, earlier and earlier["packed"])
        solver.check(plan, objective.loss, objective.penalty)
        start = check_start(objective, *start)
        axes = None if earlier is None else earlier["packed"]["basis"]
        objective, plan = prepare(objective, plan, solver, axes)
        held_out = None
        if self.early_stopping:
            held_out = HeldOutScore(objective, held_out_rows, weights)
        plan = solver.lead(plan, objective)
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
            then = plan
            while then is not None:
                plan = then
                known = objective, classes, plan, state, monitor
                attributes = partial(self._fitted_attributes, *known)
                if tasks is not None:
                    tasks.attributes, tasks.is_exact = attributes, monitor.needs_objective
                result = solver.minimize(objective, plan, state, monitor)
                then = follow(plan, state, monitor, result)
        final = attributes(
            result.params, result.objective, result.reason, result.epoch, is_final=True
        )
        vars(self).update(final)
        return result, plan, objective

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
        if is_final and objective.exact is not None:
            value = objective.exact.value(to_params(objective.exact, coef, intercept))
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
