"""Which of the compiled modules serves: the widest that this CPU runs, unless one is forced."""

import importlib
import os

LEVELS = ("avx512", "avx2", "baseline")


def _load(level):
    try:
        return importlib.import_module(f"sklinear_gd.kernels._{level}")
    except ModuleNotFoundError:
        return None  # not built: no compiler, or another kind of CPU


def _choose():
    if os.environ.get("SKLINEAR_GD_KERNELS") == "0":
        return None, "none"
    baseline = _load("baseline")
    forced = os.environ.get("SKLINEAR_GD_SIMD")
    if forced and forced not in LEVELS:
        raise ImportError(
            f"SKLINEAR_GD_SIMD={forced!r} must be one of baseline, avx2, avx512; "
            "unset it to have the best one chosen."
        )
    if baseline is None:
        return None, "none"
    for level in (forced,) if forced else LEVELS:
        # The test comes first: importing code for another CPU may already be too much.
        module = _load(level) if baseline.cpu_supports(level) else None
        if module is not None:
            return module, level
    raise ImportError(
        f"SKLINEAR_GD_SIMD={forced!r}: this CPU or this build has no {forced} kernels; "
        "unset it to have the best one chosen."
    )


module, simd = _choose()
available = module is not None
openmp = available and module.openmp


def max_threads():
    """Return how many threads a call may use: OMP_NUM_THREADS, threadpoolctl; 1 in a fork."""
    return module.threads() if available else 1


if available and hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=module.stay_on_one_thread)
