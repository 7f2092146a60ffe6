"""README.rst and the pages of docs/ say what is true: commands, code and printed results."""

import doctest
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.rst").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("*.rst"))


def install_commands():
    """Return the lines of README.rst that install something."""
    lines = (line.strip() for line in README.splitlines())
    return [line for line in lines if line.startswith("python -m pip install")]


def test_two_commands_install_and_run():
    """README.rst has two commands; one runs the quick start, the other the tests."""
    first, second = install_commands()
    assert first.endswith("&& python examples/quickstart.py")
    assert second.endswith("&& python -P -m pytest -n 2 --dist loadfile")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_ci_runs_the_commands_of_the_readme():
    """.ci/run executes the commands of README.rst, to the letter."""
    script = ROOT / ".ci" / "run"
    printed = subprocess.run(
        ["bash", script, "--commands"], capture_output=True, text=True, check=True
    )
    assert printed.stdout.splitlines() == install_commands()


def test_commands_name_files_that_exist():
    """Each example and page that README.rst names is there."""
    names = re.findall(r"(?:examples|docs)/\w+\.\w+", README)
    assert "examples/quickstart.py" in names
    assert [name for name in names if not (ROOT / name).is_file()] == []


def test_code_of_the_readme_runs():
    """The Python code in README.rst runs as it stands."""
    blocks = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", README, re.MULTILINE)
    assert blocks
    namespace = {}
    for block in blocks:
        exec(re.sub(r"^    ", "", block, flags=re.MULTILINE), namespace)


def test_table_of_the_readme_has_the_columns_of_the_quickstart():
    """The table in README.rst is of the form that examples/quickstart.py prints."""
    rows = re.findall(
        r"^ +(SoftmaxGDClassifier|SVMGDClassifier) +(gd|lbfgs) ", README, re.MULTILINE
    )
    estimators = ["SoftmaxGDClassifier", "SVMGDClassifier"]
    assert rows == [(name, solver) for name in estimators for solver in ("gd", "lbfgs")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of_the_pages_run(page):
    """The examples on each page of docs/ print what they show."""
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    plt.close("all")
    assert found.failed == 0
    if page.stem in (
        "getting_started",
        "user_guide",
        "choosing",
        "watching",
        "certificates",
        "extending",
        "lectures",
    ):
        assert found.attempted > 0


def test_requires_the_python_that_the_readme_says():
    """README.rst and pyproject.toml name the same oldest Python."""
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert f"Python {oldest.group(1)} or newer" in README
    assert sys.version_info >= tuple(map(int, oldest.group(1).split(".")))
