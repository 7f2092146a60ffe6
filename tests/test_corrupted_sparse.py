"""Corrupted sparse matrices: every one is refused, in child processes, since some could crash."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "sparse_structures.py"


CLASSES = ["SVMGDClassifier", "SoftmaxGDClassifier"]


@pytest.fixture(scope="module")
def children():
    """A child for each class, both at once, of one thread each."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-P", str(PROGRAM), "--mutations", "300"]
    settings = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(subprocess.Popen([*command, name], text=True, **settings))
            for name in CLASSES
        }


@pytest.mark.parametrize("name", CLASSES)
def test_no_structure_is_followed_unchecked(name, children):
    """Named corruptions in every method end in a ValueError, mutated ones in that or are right."""
    child = children[name]
    printed, complaints = child.communicate(timeout=120)
    assert child.returncode == 0, complaints
    found = json.loads(printed)
    assert found["wrong"] == []
    # 15 corruptions, 3 formats, 2 index types, 6 methods with gd and 5 with L-BFGS
    assert found["named"] == 15 * 3 * 2 * (6 + 5)
    assert found["mutated"]["ValueError"] > 100
    assert found["mutated"]["right"] > 30
