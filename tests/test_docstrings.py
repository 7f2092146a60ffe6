"""Public docstrings: numpydoc's checks on every name that the documentation lists."""

import dataclasses
import importlib
import inspect
import re
import warnings
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "api.rst"

IGNORED = {
    "ES01": "a short summary may say it all",
    "EX01": "classes have examples, methods need none",
    "GL02": "the shared parameters end some docstrings",
    "PR06": "integer array is the array API's word",
    "PR08": "a description may begin with a symbol in lower case",
    "RT04": "as PR08",
    "RT02": "a returned value may have a name",
    "SA01": "not everything has a relative",
}


def _listed():
    """Yield module and name of what the page of the interface lists."""
    module = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith(".. currentmodule:: "):
            module = line.split()[-1]
        elif re.fullmatch(r"   \w+", line):
            yield module, line.strip()


def _value(name):
    """Return what a full name stands for."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            value = getattr(value, part)
        return value
    raise ValueError(name)


def _public():
    """Yield the full names of what is listed, and of the methods that a class adds."""
    for module, name in _listed():
        value = getattr(importlib.import_module(module), name)
        yield f"{module}.{name}"
        if inspect.isclass(value):
            for method, function in vars(value).items():
                # What a method of the same name in a base class documents is not repeated.
                inherited = any(hasattr(base, method) for base in value.__bases__)
                if inspect.isfunction(function) and method[0] != "_" and not inherited:
                    yield f"{module}.{name}.{method}"


@pytest.mark.parametrize("name", sorted(_public()))
def test_docstring(name):
    """Parameters, returns and sections are those of the signature, in numpydoc's form."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpydoc parses with deprecated parts of Python
        from numpydoc.validate import validate

        errors = validate(name)["errors"]
    ignored = set(IGNORED)
    value = _value(name)
    if dataclasses.is_dataclass(value):
        ignored.add("PR01")  # its attributes, which are documented, are its parameters
    if inspect.isfunction(value) and "." in value.__qualname__ and "\n    ---" not in value.__doc__:
        ignored |= {"PR01", "RT01"}  # the sentence of a small method may say it all
    assert [error for error in errors if error[0] not in ignored] == []


def test_public_names_are_found():
    """The estimators' methods, components and functions are among what is checked."""
    names = set(_public())
    assert {"sklinear_gd.SoftmaxGDClassifier.predict_proba", "sklinear_gd.losses.Loss"} <= names
    assert {"sklinear_gd.show_versions", "sklinear_gd.solvers.Solver.minimize"} <= names
