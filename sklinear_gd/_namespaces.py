"""Arrays of other libraries: their namespace, and the ways to the host and beside another array.

All that is known of other array libraries is here. It rests on the Array API standard, through
``array_api_compat``, an optional extra that is imported where such an array turns up.
"""

from types import ModuleType
from typing import Any

import numpy as np
from sklearn import get_config

from sklinear_gd import kernels
from sklinear_gd._typing import Array

# Numbers that are copied between two chances for Ctrl-C.
COPIED_AT_ONCE = 1 << 22
# By the names of namespaces and devices.
_WIDEST: dict[tuple[str, str], Any] = {}


def is_foreign(array: object) -> bool:
    """Return whether this is an array of a library other than NumPy."""
    return hasattr(array, "__dlpack__") and not isinstance(array, np.ndarray | np.generic)


def is_dispatched(array: object) -> bool:
    """Return whether an array stays in another library's namespace, as scikit-learn is set."""
    return bool(get_config()["array_api_dispatch"]) and is_foreign(array)


def follow_X(array: object) -> object:
    """Return what goes with X on the host; where nothing is dispatched, NumPy may convert it."""
    return to_host(array) if is_dispatched(array) else array


def without_gradient(array: Array) -> Array:
    """Return the same array, through which nothing records what PyTorch would differentiate."""
    return array.detach() if hasattr(array, "detach") else array


def namespace(array: Array) -> ModuleType:
    """Return the module whose functions take this array: NumPy, or a standard namespace.

    Raises
    ------
    ImportError
        If the array is another library's and array-api-compat is missing.
    """
    return np if isinstance(array, np.ndarray) else _compat().array_namespace(array)


def device(array: Array) -> Any:
    """Return the device of an array of another library."""
    return _compat().device(array)


def _compat() -> Any:
    try:
        import array_api_compat
    except ImportError as error:
        raise ImportError(
            "Arrays of libraries other than NumPy need array-api-compat; install it with "
            "pip install 'sklinear-gd[array-api]'."
        ) from error
    return array_api_compat


def to_host(array: Array) -> Array:
    """Return the same numbers in NumPy's array; what is no foreign array goes through."""
    if not is_foreign(array):
        return array
    if hasattr(array, "cpu"):  # PyTorch
        return without_gradient(array).cpu().numpy()
    for export in ("get", "asnumpy"):  # CuPy, dpnp
        if hasattr(array, export):
            return getattr(array, export)()
    if hasattr(array, "to_device"):  # array-api-strict
        xp = array.__array_namespace__()
        array = array.to_device(getattr(xp, "Device", str)("CPU_DEVICE"))
    return np.asarray(array)


def take_rows(array: Array, index: Array) -> Array:
    """Return rows of an array of another library by their numbers, none of them negative."""
    if hasattr(array, "index_select"):  # PyTorch; the standard's take would look for negative ones
        return array.index_select(0, index)
    return namespace(array).take(array, index, axis=0)


def read(*scalars: Any) -> list[float]:
    """Return Python's floats of scalars; of those on a device all at once, which waits once."""
    if not is_foreign(scalars[0]):
        return [float(scalar) for scalar in scalars]
    xp, dtype = namespace(scalars[0]), widest(scalars[0])
    wide = [xp.astype(scalar, dtype, copy=False) for scalar in scalars]
    return [float(scalar) for scalar in to_host(xp.stack(wide))]


def beside(array: Array, like: Array, dtype: Any = None) -> Array:
    """Return an array in the namespace and on the device of another one.

    Parameters
    ----------
    array : array
        Of any library.
    like : array
        Where it shall be.
    dtype : dtype of the namespace of `like`, optional
        What it is converted to.

    Returns
    -------
    array : array
        The array itself where nothing is to be done.
    """
    if isinstance(like, np.ndarray):
        return np.asarray(to_host(array), dtype=dtype)
    xp, place = namespace(like), device(like)
    if same_place(array, like):
        return array if dtype is None else xp.astype(array, dtype, copy=False)
    # A copy: some libraries warn of, or write to, the memory of a NumPy array that they share.
    return xp.asarray(np.array(to_host(array)), dtype=dtype, device=place)


def same_place(array: object, other: object) -> bool:
    """Return whether two arrays have one namespace and one device; all of the host's do."""
    if not (is_foreign(array) and is_foreign(other)):
        return is_foreign(array) == is_foreign(other)
    return type(array) is type(other) and device(array) == device(other)


def described(array: object) -> str:
    """Return the namespace and the device of an array, for a message."""
    if not is_foreign(array):
        return "NumPy's"
    return f"{namespace(array).__name__.rpartition('.')[2]}'s on {device(array)}"


def copy_of(array: Array) -> Array:
    """Return a copy, for any array type."""
    if not isinstance(array, np.ndarray):
        return namespace(array).asarray(array, copy=True)
    found = kernels.aligned_zeros(array.shape, array.dtype)
    step = max(1, COPIED_AT_ONCE * len(array) // max(1, array.size))
    for start in range(0, len(array), step):
        found[start : start + step] = array[start : start + step]
    return found


def widened(array: Array) -> Array:
    """Return the array in the dtype to sum in."""
    if isinstance(array, np.ndarray):
        return array.astype(np.float64, copy=False)
    return namespace(array).astype(array, widest(array), copy=False)


def widest(like: Array) -> Any:
    """Return the dtype to sum in: float64, or float32 where the device has no other."""
    if isinstance(like, np.ndarray):
        return np.float64
    xp, place = namespace(like), device(like)
    key = xp.__name__, str(place)
    if key not in _WIDEST:
        floats = xp.__array_namespace_info__().dtypes(kind="real floating", device=place)
        _WIDEST[key] = floats.get("float64", xp.float32)
    return _WIDEST[key]
