"""The version, and ``show_versions``: what a report of a problem should contain."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from sklinear_gd import kernels

__version__ = "0.1.0"

DEPENDENCIES = ("numpy", "scipy", "scikit-learn", "joblib", "threadpoolctl")


def show_versions() -> None:
    """Print versions, and whether the compiled kernels are in use.

    Examples
    --------
    >>> import sklinear_gd
    >>> sklinear_gd.show_versions()  # doctest: +ELLIPSIS
    sklinear_gd: ...
    """
    lines = {
        "sklinear_gd": __version__,
        "kernels": "compiled" if kernels.available else "none: array formulas serve",
        "SIMD level": kernels.simd,
        "OpenMP": kernels.openmp,
        "threads": kernels.max_threads(),
        "Python": sys.version.replace("\n", " "),
        "machine": platform.platform(),
    }
    for name in DEPENDENCIES:
        try:
            lines[name] = version(name)
        except PackageNotFoundError:
            lines[name] = "not installed"
    for name, value in lines.items():
        print(f"{name}: {value}")
