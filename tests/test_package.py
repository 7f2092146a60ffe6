"""The package as a whole: what it imports, in which order, and what it says of itself."""

import ast
import json
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import pytest

import sklinear_gd

PACKAGE = Path(sklinear_gd.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# Each part may import from earlier lines only, and from itself; what is not named comes last.
LAYERS = [
    ["_typing", "_validation", "distributed", "kernels"],
    ["_namespaces"],
    ["_versions", "losses", "penalties", "designs", "schedules"],
    ["optimizers"],
    ["objective"],
    ["conditioning"],
    ["solvers"],
    ["optimality"],
    [
        *("_complaints", "_data", "_docs", "_fit_tasks", "_held_out", "_labels"),
        *("_model_checks", "_model_state"),
        *("_parameters", "_persistence", "_progress", "_weights"),
    ],
    ["_block_predictions", "_block_rows"],
    ["_rows"],
    ["_linear_model"],
    ["_base"],
    ["softmax", "svm"],
    ["inspection"],
]
LAST = len(LAYERS)
# What is imported inside a function, where it is there, by a part of the fit.
# threadpoolctl comes with scikit-learn, which needs it.
OPTIONAL = {
    "_namespaces": {"array_api_compat"},
    "_progress": {"rich", "tqdm"},
    "distributed": {"dask", "distributed", "pandas"},
    "solvers": {"threadpoolctl"},
}


def part(module):
    """Return the part that a module belongs to: "losses" for "sklinear_gd.losses.base"."""
    return [*module.split("."), "__init__"][1]


def layer(name):
    """Return the place of a part in the order of imports."""
    return next((place for place, names in enumerate(LAYERS) if name in names), LAST)


def module_of(path):
    """Return the full name of the module in a file."""
    parts = ("sklinear_gd", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path):
    """Yield the full names of all that a file imports, inside functions, too."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            start = ".".join([*above, *filter(None, [node.module])]) if node.level else node.module
            yield from (f"{start}.{alias.name}" for alias in node.names)


def forbidden(path):
    """Yield the imports of a file that run against the order of the layers."""
    own = part(module_of(path))
    for name in imports_of(path):
        if name.split(".")[0] != "sklinear_gd":
            continue
        other = part(name)
        if own == other or layer(own) == LAST:
            continue
        if layer(other) >= layer(own):
            yield f"{module_of(path)} imports {name}"


def in_new_process(code, **environment):
    """Return what the code prints in a Python of its own, which imports the installed package."""
    return subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_version_is_that_of_the_distribution():
    """``__version__`` is the version in the metadata."""
    assert sklinear_gd.__version__ == version("sklinear-gd")


def test_the_installed_package_is_tested():
    """The tests import what is installed, not the source folder beside them."""
    try:
        installed = distribution("sklinear-gd")
    except PackageNotFoundError:
        pytest.fail("sklinear-gd is not installed: python -m pip install '.[test]'")
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        assert PACKAGE == Path(installed.locate_file("sklinear_gd")).resolve()


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_run_one_way(path):
    """No file imports from its own layer's other parts or from a later layer."""
    assert list(forbidden(path)) == []


def test_the_layers_are_there():
    """Each part that the order of imports names exists, so that the test of it bites."""
    parts = {part(module_of(path)) for path in FILES}
    assert {name for names in LAYERS for name in names} <= parts


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_nothing_private_of_scikit_learn(path):
    """Only public names of scikit-learn are imported."""
    of_scikit_learn = [name for name in imports_of(path) if name.split(".")[0] == "sklearn"]
    assert [name for name in of_scikit_learn if re.search(r"\._(?!_)", name)] == []


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_only_declared_dependencies(path):
    """Only the standard library, NumPy, SciPy and scikit-learn are imported."""
    own = part(module_of(path))
    allowed = {"numpy", "scipy", "sklearn", "sklinear_gd", *sys.stdlib_module_names}
    allowed |= OPTIONAL.get(own, set())
    if layer(own) < LAST:
        assert {name.split(".")[0] for name in imports_of(path)} <= allowed


def test_import_is_light():
    """``import sklinear_gd`` itself loads neither scipy.optimize nor pandas, Dask or Matplotlib."""
    # scikit-learn loads some of them on its own account, which is forgotten before the test.
    code = """
import sys
import sklearn.base, sklearn.calibration, sklearn.metrics, sklearn.model_selection
heavy = ["scipy.optimize", "dask", "pandas", "polars", "matplotlib", "torch"]
for name in list(sys.modules):
    if any(name == top or name.startswith(top + ".") for top in heavy):
        del sys.modules[name]
import sklinear_gd
print([name for name in heavy if name in sys.modules])
"""
    assert in_new_process(code) == "[]\n"


def test_show_versions_says_what_serves(capsys):
    """``show_versions`` prints versions, kernels, SIMD level and threads."""
    from sklinear_gd import kernels

    sklinear_gd.show_versions()
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["sklinear_gd"] == sklinear_gd.__version__
    assert lines["kernels"].startswith("compiled" if kernels.available else "none")
    assert (lines["SIMD level"] == "none") == (not kernels.available)
    assert int(lines["threads"]) >= 1
    assert lines["OpenMP"] in ("True", "False")
    for name in ("numpy", "scipy", "scikit-learn"):
        assert lines[name] == version(name)


def test_kernels_can_be_switched_off():
    """With SKLINEAR_GD_KERNELS=0 the array formulas serve, and ``show_versions`` says so."""
    code = "import sklinear_gd; sklinear_gd.show_versions()"
    printed = in_new_process(code, SKLINEAR_GD_KERNELS="0")
    assert "\nkernels: none" in printed
    assert "\nSIMD level: none\n" in printed


def test_public_names():
    """``__all__`` names what is there, and nothing public is missing from it."""
    assert all(hasattr(sklinear_gd, name) for name in sklinear_gd.__all__)
    assert sklinear_gd.__all__ == sorted(sklinear_gd.__all__)
    assert {"SVMGDClassifier", "SoftmaxGDClassifier", "show_versions"} <= set(sklinear_gd.__all__)
    assert {"losses", "penalties", "optimizers", "schedules"} <= set(sklinear_gd.__all__)
