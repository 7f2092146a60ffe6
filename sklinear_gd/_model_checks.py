"""The arrays that make a model, checked before they are used: whoever may have changed them."""

import numpy as np
from scipy import sparse

from sklinear_gd._namespaces import is_foreign, namespace, to_host
from sklinear_gd.designs import check_structure


def check_shapes(estimator):
    """Refuse fitted arrays that do not belong together, or are no arrays of real numbers.

    Raises
    ------
    ValueError
    """
    n_classes = np.shape(estimator.classes_)[0]
    n_scores = 1 if n_classes == 2 else n_classes
    # Weights from elsewhere may have been set without n_features_in_.
    shape = np.shape(getattr(estimator, "coef_", None))
    n_features = getattr(estimator, "n_features_in_", shape[-1] if shape else 0)
    expected = {"coef_": (n_scores, n_features), "intercept_": (n_scores,)}
    for name, shape in expected.items():
        array = getattr(estimator, name, None)
        found = getattr(array, "shape", None)
        if found is None or tuple(found) != shape:
            raise ValueError(
                f"{name} must be an array of shape {shape} for {n_classes} classes, it is "
                f"{'none' if found is None else f'of shape {tuple(found)}'}: it was changed since "
                "training. Fit the model anew."
            )
        _check_kind(name, array)


def _check_kind(name, array):
    """Refuse what has an array's shape but is none, is broken, or holds no real numbers."""
    if is_foreign(array):
        return
    if sparse.issparse(array):
        try:
            check_structure(array)  # SciPy follows the indices
        except ValueError:
            raise ValueError(
                f"{name} is a broken sparse matrix: it was changed since training. Fit the model "
                "anew."
            ) from None
    elif not isinstance(array, np.ndarray) or np.ma.isMaskedArray(array):
        raise ValueError(
            f"{name} must be a NumPy array, it is of type {type(array).__name__}: it was changed "
            "since training. Set it to an array without masked entries."
        )
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must hold real numbers, its dtype is {array.dtype}: it was changed since "
            "training. Convert it to float64."
        )


def check_scores(scores):
    """Refuse scores that overflow, from which no class could be told."""
    wrong = ~np.isfinite(to_host(scores)).all(axis=1)  # or else only their sum overflows
    if wrong.any():
        raise ValueError(
            f"The scores of row {np.argmax(wrong)} of X overflow {scores.dtype}; scale X as for "
            "the training, or pass it as float64 unless it is."
        )


def check_weights(estimator):
    """Refuse weights that training cannot have left: they would put all rows into one class."""
    coef = estimator.coef_.data if sparse.issparse(estimator.coef_) else estimator.coef_
    for name, array in (("coef_", coef), ("intercept_", estimator.intercept_)):
        if not namespace(array).all(namespace(array).isfinite(array)):
            raise ValueError(
                f"{name} holds NaN or infinity, which training never leaves: it was changed since. "
                "Fit the model anew."
            )
