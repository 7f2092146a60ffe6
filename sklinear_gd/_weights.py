"""Sample weights and class weights, checked and multiplied."""

from collections.abc import Mapping
from numbers import Real

import numpy as np

from sklinear_gd._namespaces import follow_X
from sklinear_gd._validation import shown


def check_sample_weight(sample_weight, n_samples):
    """Float64 weights of shape (n_samples,), or None for none.

    Raises
    ------
    ValueError
        For a wrong shape, a negative or non-finite weight, or nothing but zeros.
    """
    weights = check_block_of_weights(sample_weight, n_samples)
    if weights is not None:
        refuse_zeros(weights.any())
    return weights


def refuse_zeros(any_weight):
    """Refuse weights of which none is above 0.

    Raises
    ------
    ValueError
    """
    if not any_weight:
        raise ValueError("sample_weight is zero for every row; at least one weight must be > 0.")


def check_block_of_weights(sample_weight, n_samples, first_row=0):
    """The same of some of the rows, of which all may have weight 0.

    Raises
    ------
    ValueError
        For a wrong shape and for a negative or non-finite weight.
    """
    if sample_weight is None:
        return None
    masked = np.ma.is_masked(sample_weight)
    try:
        found = np.asarray(follow_X(sample_weight))
        real = found.dtype.kind not in "cmM"
        weights = found.astype(np.float64) if real else np.zeros(0)
    except (TypeError, ValueError, OverflowError):
        # Not chained: the original prints what it could not convert.
        raise ValueError(
            "sample_weight must hold numbers, one a row; it could not be converted to float64."
        ) from None
    if masked or not real:
        raise ValueError("sample_weight must hold real numbers, none of them masked.")
    if weights.ndim == 0:
        weights = np.full(n_samples, float(weights))
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, sample_weight has {weights.ndim} "
            "dimensions; pass one number a row."
        )
    if len(weights) != n_samples:
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected ({n_samples},): one weight a row."
        )
    wrong = ~np.isfinite(weights)
    if wrong.any():
        raise ValueError(
            f"sample_weight is NaN or infinite at index {first_row + np.argmax(wrong)}; weights "
            "must be finite."
        )
    if (weights < 0).any():
        raise ValueError(
            f"sample_weight is negative at index {first_row + np.argmax(weights < 0)}; weights "
            "must be >= 0 (0 leaves the row out)."
        )
    return weights


def class_weight_factors(class_weight, classes, y, weights):
    """One factor a class, float64 of shape (n_classes,), or None.

    ``"balanced"`` is W / (n_classes * W_k), with W the sum of the weights and W_k that of class k:
    scikit-learn's formula with weights in place of counts.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
    classes : ndarray of shape (n_classes,)
    y : ndarray of int, shape (n,)
        Indices into ``classes``.
    weights : ndarray of shape (n,) or None
    """
    if class_weight is None:
        return None
    if weights is not None:
        weights = _scaled(weights)  # their sum may overflow
    sums = np.bincount(y, weights=weights, minlength=len(classes)).astype(np.float64)
    return factors_of_sums(class_weight, classes, sums)


def factors_of_sums(class_weight, classes, sums):
    """The same from the sum of the weights of each class."""
    if class_weight is None:
        return None
    if isinstance(class_weight, str) and class_weight == "balanced":
        return sums.sum() / (len(classes) * np.maximum(sums, np.finfo(np.float64).tiny))
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            f"class_weight={shown(class_weight)} must be a dict {{class: weight}}, 'balanced' "
            "or None."
        )
    factors = np.ones(len(classes))
    known = {label: k for k, label in enumerate(classes.tolist())}
    for label, factor in class_weight.items():
        if label not in known:
            raise ValueError(
                f"class_weight names the class {shown(label)}, which is not in y, whose labels are "
                f"of type {classes.dtype}; leave it out, or write it as it stands in y."
            )
        if not (isinstance(factor, Real) and 0 <= factor < np.inf):
            raise ValueError(
                f"class_weight[{shown(label)}]={shown(factor)} must be a finite number >= 0 "
                "(0 leaves the class out)."
            )
        factors[known[label]] = factor
    return factors


def combine(weights, factors, y):
    """Weight of each row times the factor of its class; None where all are 1."""
    if factors is None:
        return weights
    by_class = factors[y]
    combined = by_class if weights is None else _scaled(weights) * _scaled(by_class)
    refuse_zero_products(combined.any())
    return combined


def _scaled(weights):
    """The weights times a power of two, which changes no digit: the largest is in [1/2, 1)."""
    return np.ldexp(weights, -np.frexp(weights.max(initial=0.0))[1])


def refuse_zero_products(any_weight):
    """Refuse weights and class weights of which no product is above 0.

    Raises
    ------
    ValueError
    """
    if not any_weight:
        raise ValueError(
            "sample_weight times class_weight is zero for every row; give one class a weight > 0."
        )
