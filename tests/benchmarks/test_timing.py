"""The harness: taking turns, child processes, verdicts."""

import json

import pytest

from benchmarks import ROOT, timing
from benchmarks.results import Case, Result
from benchmarks.rows import BENCHMARKS, named


def test_tasks_take_turns(monkeypatch):
    """After one call each that does not count, tasks are called alternately."""
    monkeypatch.setattr(timing, "MIN_SAMPLE", 0)
    calls = []
    tasks = {name: lambda name=name: calls.append(name) or name for name in "ab"}
    samples = timing.in_turn(tasks, repeats=3)
    assert "".join(calls) == "ab" + 3 * "ab"
    assert [len(one.seconds) for one in samples.values()] == [3, 3]
    assert samples["b"].result == "b"


def test_short_tasks_are_repeated_within_a_sample(monkeypatch):
    """A sample of a very short task holds many calls of it."""
    monkeypatch.setattr(timing, "MIN_SAMPLE", 0.005)
    calls = []
    timing.in_turn({"short": lambda: calls.append(1)}, repeats=1)
    assert len(calls) > 10


CHILD = """
import json, sys, time
order = json.loads(sys.argv[1])
print("not JSON")
print(json.dumps({"got": order}), flush=True)
if order == "fail":
    sys.exit("no luck")
if order == "sleep":
    time.sleep(60)
"""


@pytest.mark.parametrize("order", ["finish", "fail", "sleep"])
def test_children_report_line_by_line(tmp_path, monkeypatch, order):
    """A child's lines of JSON arrive, and its failure or its lateness is the last one."""
    (tmp_path / "child_of_test.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    lines = list(timing.child("child_of_test", order, first=60, later=0.5))
    assert lines[0] == {"got": order}
    expected = {"finish": [], "fail": [{"failed": "no luck"}]}
    assert lines[1:] == expected.get(order, [{"failed": "took too long"}])


@pytest.mark.parametrize(
    ("value", "reference", "speedup", "holds", "verdict"),
    [
        (1.0, 4.0, False, True, "PASS"),
        (3.0, 4.0, False, True, "MISS"),
        (1.0, 4.0, False, False, "MISS"),
        (1.0, 2.0, True, True, "PASS"),
        (2.0, 2.0, True, True, "PASS"),
        (4.0, 1.0, True, True, "MISS"),
        (1.0, None, False, True, "PASS"),
        (None, 1.0, False, True, "MISS"),
    ],
)
def test_verdicts(value, reference, speedup, holds, verdict):
    """A ratio at its target passes if all conditions hold; who never arrives has missed."""
    target = 1.0 if speedup else 0.5
    conditions = {"all is well": holds}
    case = Case("", value, reference, "", "", target, speedup=speedup, conditions=conditions)
    assert case.verdict == verdict
    assert json.loads(json.dumps(case.to_json()))["verdict"] == verdict


def test_a_benchmark_passes_with_all_its_cases():
    """One missed case makes the benchmark a miss and is counted; no targets, no verdict."""
    good, bad = Case("", 1.0, 4.0, "", "", 0.5), Case("", 4.0, 1.0, "", "", 0.5)
    free = Case("", 4.0, 1.0, "", "")
    assert Result([good, free]).verdict == "PASS"
    assert Result([good, bad, free]).verdict == "MISS (1 of 2)"
    assert Result([free]).verdict == ""


def test_every_row_of_the_table_has_its_benchmark():
    """Rows 1 to 14 are there once, and names are unique."""
    assert [b.row for b in BENCHMARKS if b.row] == list(range(1, 15))
    assert len({b.name for b in BENCHMARKS}) == len(BENCHMARKS)
    assert named(["all"]) == BENCHMARKS
    with pytest.raises(ValueError, match="no benchmark is called 'nothing'"):
        named(["nothing"])


def test_the_installed_package_is_measured():
    """The repository's folder is not in front of the installed packages."""
    import sys

    assert sys.path[0] != str(ROOT)
