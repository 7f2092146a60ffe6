"""A fit as scikit-learn's callbacks see it: one task for the whole and one for every epoch.

The callback API came with scikit-learn 1.9. With an older one estimators have no ``set_callbacks``.
"""

from functools import partial

from sklearn.utils.metaestimators import available_if

from sklinear_gd.solvers import Observer

try:
    from sklearn.callback import (
        CallbackContext,
        CallbackSupportMixin,
        FitCallback,
        with_callbacks,
    )
except ImportError:

    class CallbackContext:
        """There are none."""

    class FitCallback:
        """There are none."""

    def _has_callbacks(estimator):
        raise AttributeError("set_callbacks needs scikit-learn 1.9 or newer; upgrade scikit-learn.")

    class CallbackSupportMixin:
        """Says what is missing."""

        @available_if(_has_callbacks)
        def set_callbacks(self, *callbacks):
            """Not available."""

    def with_callbacks(method):
        """The method as it is."""
        return method


def belongs_to_fit(value):
    """Whether an attribute's value is scikit-learn's record of callbacks or of a running fit."""
    if isinstance(value, list):
        return any(isinstance(item, FitCallback) for item in value)
    return isinstance(value, CallbackContext)


def callbacks_of(estimator):
    """The callbacks that ``set_callbacks`` has left on an estimator that is not being fitted."""
    lists = (value for value in vars(estimator).values() if isinstance(value, list))
    return next(filter(belongs_to_fit, lists), [])


class FitTasks(Observer):
    """Calls the hooks of an estimator's callbacks.

    The task of the fit begins here; ``finish`` ends it. An epoch's hooks are called only if there
    are callbacks. They get X, y and weights as the user gave them.

    Parameters
    ----------
    estimator : LinearGDClassifier
    max_iter : int
        Epochs at most.
    X, y, sample_weight
        What ``fit`` was given.

    Attributes
    ----------
    callbacks : list
    attributes : callable (params, value or None) -> dict
        The fitted attributes that the estimator would have, had training ended at these parameters
        with this objective; to be set before the first epoch.
    is_exact : bool
        Whether the objective in the entries is that at the parameters; to be set likewise.
    """

    def __init__(self, estimator, max_iter, X, y, sample_weight):
        self.callbacks = callbacks_of(estimator)
        self.needs = frozenset().union(*(getattr(each, "needs", ()) for each in self.callbacks))
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self.given = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.attributes, self.is_exact = None, False
        self.root, self.epoch = None, None
        if hasattr(estimator, "_init_callback_context"):  # without callbacks, too: it joins trees
            self.root = estimator._init_callback_context(max_subtasks=max_iter)
            self.root.call_on_fit_task_begin(**self.given)

    def begin(self):
        """The task of an epoch begins."""
        self.epoch = self.root.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.given)

    def end(self, entry, params):
        """The task of an epoch ends; True if a callback asks for the end of training."""
        epoch, self.epoch = self.epoch, None
        attributes = None
        if params is not None:
            value = entry["objective"] if self.is_exact else None
            attributes = partial(self.attributes, params, value)
        return epoch.call_on_fit_task_end(**self.given, reconstruction_attributes=attributes)

    def finish(self):
        """The fit's task ends, now that the estimator is fitted."""
        if self.epoch is not None:  # an iteration that came to nothing
            self.epoch.call_on_fit_task_end(**self.given)
        if self.root is not None:
            self.root.call_on_fit_task_end(**self.given, reconstruction_attributes={})
