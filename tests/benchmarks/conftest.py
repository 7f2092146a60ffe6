"""The suite lies beside the package, not in it: its folder must be on the path, behind all else."""

import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    """Tests measure nothing, so they need not wait for idle cores."""
    from benchmarks import timing

    monkeypatch.setattr(timing, "PAUSE", 0)
