"""Labels in, class indices out."""

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

# Labels that one call sorts or finds: objects take some 50 ms.
SLICE_LABELS = 1 << 16


def find_classes(y, counts=None, name="y"):
    """The sorted labels of the rows that count.

    Parameters
    ----------
    y : ndarray of shape (n,)
    counts : ndarray of bool, shape (n,), optional
        False for rows that do not exist (weight 0).
    name : str
        Of the argument, for messages.

    Raises
    ------
    ValueError
        If the labels are not classes, mix types, or are all the same.
    """
    classes = sorted_unique(y, name)
    # Of the classes scikit-learn says the same sooner; thrice, for it warns where most are single.
    single = name == "y" and 3 * len(classes) > len(y)
    with np.errstate(invalid="ignore"):  # huge floats are compared with integers
        check_classification_targets(y if single else np.tile(classes, 3))
    return at_least_two(classes if counts is None else sorted_unique(y[counts]), name)


def at_least_two(classes, name="y"):
    """The classes, if they are enough.

    Raises
    ------
    ValueError
    """
    if len(classes) < 2:
        raise ValueError(
            f"{name} holds {'one class only' if len(classes) else 'no class'}; a classifier needs "
            "samples (of weight > 0) of at least 2 classes."
        )
    return classes


def sorted_unique(labels, name="y"):
    """The labels that occur, sorted.

    Raises
    ------
    ValueError
        If they have no common order.
    """
    try:
        parts = [np.unique(labels[own]) for own in _slices(len(labels))]
        return np.unique(np.concatenate(parts)) if len(parts) > 1 else np.unique(labels)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in labels})
        raise ValueError(
            f"{name} mixes labels of the types {', '.join(kinds)}, which have no common order; "
            f"convert them to one type, e.g. with {name}.astype(str)."
        ) from error


def encode(y, classes, counts=None, first_row=0):
    """The index of each label in ``classes``, int32; rows that do not count get 0.

    Raises
    ------
    ValueError
        If a label is not among the classes; it says where, counting from ``first_row``.
    """
    index = np.zeros(len(y), dtype=np.int32)
    places = np.arange(len(y)) if counts is None else np.flatnonzero(counts)
    for own in _slices(len(places)):
        labels = y[places[own]]
        try:
            found = np.searchsorted(classes, labels)
        except TypeError as error:
            raise ValueError(
                "y and classes hold labels of different types; use one type."
            ) from error
        found = np.minimum(found, len(classes) - 1)
        unknown = np.asarray(classes[found] != labels)
        if unknown.any():
            place = first_row + places[own.start + np.argmax(unknown)]
            raise ValueError(
                f"y holds a label at index {place} that is not among the {len(classes)} classes; "
                "leave such rows out, or train with all classes from the start (partial_fit takes "
                "them as classes)."
            )
        index[places[own]] = found
    return index


def _slices(length):
    return [slice(at, at + SLICE_LABELS) for at in range(0, length, SLICE_LABELS)]
