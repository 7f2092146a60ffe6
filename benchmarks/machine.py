"""The machine that a result was measured on."""

import datetime
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import ROOT

PACKAGES = (
    "sklinear-gd",
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "scikit-learn-intelex",
    "skglm",
    "sklearn-contrib-lightning",
)


def describe():
    """CPU, cores, SIMD level, versions, date and load, as a dict for JSON."""
    from sklinear_gd import kernels

    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cores(),
        "simd": kernels.simd,
        "kernels": kernels.available,
        "threads": kernels.max_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "commit": _commit(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _cores():
    return os.cpu_count()


def _cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    words = [fields.get("model name", platform.machine())]
    if "cpu family" in fields:
        words.append(f"family {fields['cpu family']} model {fields.get('model', '?')}")
    return ", ".join(words)


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit():
    """The commit of the tree, marked where files differ from it; None without git."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
