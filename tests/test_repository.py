"""What the repository says in more than one place, and what its workflows may run."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

import sklinear_gd

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_one_version():
    """pyproject.toml, meson.build and the package name the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    build = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8"))
    assert project["version"] == build[1] == sklinear_gd.__version__


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path):
    """Every action is named by the hash of a commit, with its version beside it."""
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_only_read(path):
    """The token of a workflow reads, unless a job asks for more."""
    assert "\npermissions:\n  contents: read\n" in path.read_text(encoding="utf-8")


def test_parts_of_the_ci_script_exist():
    """Each part of .ci/run that workflows and documentation name is one that it knows."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = set()
    for path in [*WORKFLOWS, ROOT / "docs" / "contributing.rst"]:
        named |= set(re.findall(r"\.ci/run (--[\w-]+)", path.read_text(encoding="utf-8")))
    assert named == {"--oldest", "--free-threaded", "--sanitizers"}
    for option in named:
        assert f"{option[2:].replace('-', '_')}() {{" in script


def test_mutations_fit_the_code():
    """What the mutation check breaks stands in the code, once, and its tests exist."""
    program = runpy.run_path(str(ROOT / "tests" / "programs" / "mutate.py"))
    for folder, file, old, new in program["MUTATIONS"]:
        text = (ROOT / "sklinear_gd" / folder / f"{file}.py").read_text(encoding="utf-8")
        assert text.count(old) == 1 and old != new, (folder, file, old)
        tests = program["tests_of"](folder, file)
        assert tests and all(path.exists() for path in tests)
