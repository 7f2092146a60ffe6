"""Corrupted sparse matrices: every one is refused, in child processes, since some could crash."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "sparse_structures.py"


@pytest.mark.parametrize("name", ["SVMGDClassifier", "SoftmaxGDClassifier"])
def test_no_structure_is_followed_unchecked(name):
    """Named corruptions in every method end in a ValueError, mutated ones in that or are right."""
    command = [sys.executable, "-P", str(PROGRAM), name, "--mutations", "300"]
    child = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert found["wrong"] == []
    # 15 corruptions, 3 formats, 2 index types, 6 methods with gd and 5 with L-BFGS
    assert found["named"] == 15 * 3 * 2 * (6 + 5)
    assert found["mutated"]["ValueError"] > 100
    assert found["mutated"]["right"] > 30
