"""The command line runs on made-up data and writes what it says it writes."""

import json

import pytest

from benchmarks import __main__, report
from benchmarks.results import read_all
from benchmarks.rows import BENCHMARKS

pytest.importorskip("matplotlib")

# The others start a process for each solver and are tried with two solvers below.
IN_PROCESS = ["lbfgs-newsgroups", "single-rows", "decision-function", "tiny-data", "bounds"]
IN_PROCESS += ["import-time"]
BESIDE = ["lbfgs-mnist", "scaling"]  # run with the races, whose report has pictures of them
RACES = ["optimum-newsgroups", "crammer-singer"]
# One peer, in one of the races: each solver is a process of its own.
SOLVERS = "sklinear_gd gd,LinearSVC crammer_singer"


@pytest.fixture(autouse=True)
def short_samples(monkeypatch):
    """One call is a sample: nothing is timed in earnest."""
    monkeypatch.setattr("benchmarks.timing.MIN_SAMPLE", 0)


@pytest.mark.parametrize("name", IN_PROCESS)
def test_benchmarks_run_on_tiny_data(name, tmp_path, capsys):
    """A benchmark writes its JSON, with every ratio and a verdict, and prints its row."""
    assert __main__.main(["run", name, "--tiny", "--results", str(tmp_path)]) == 0
    found = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert found["cases"] and all(case["ratio"] > 0 for case in found["cases"])
    assert found["mode"] == "tiny" and found["machine"]["cores"] >= 1
    assert name in capsys.readouterr().out


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    """The results of the races, run once."""
    folder = tmp_path_factory.mktemp("results")
    names = [*RACES, "memory", *BESIDE]
    options = ["--tiny", "--results", str(folder), "--solvers", SOLVERS]
    __main__.main(["run", *names, *options])
    return folder


@pytest.mark.parametrize("name", RACES)
def test_races_trace_every_solver(raced, name):
    """A race keeps the path of each solver, from the first iteration on, downhill in the end."""
    found = read_all(raced)[name]
    for key, traces in found["traces"].items():
        assert "sklinear_gd gd" in [trace["solver"] for trace in traces]
        for trace in traces:
            assert trace["failed"] is None
            points = trace["points"]
            assert points[0]["budget"] == 1
            assert points[-1]["objective"] <= points[0]["objective"]
            assert points[-1]["objective"] >= found["optima"][key]["objective"] * (1 - 1e-6)


@pytest.mark.parametrize("name", BESIDE)
def test_a_benchmark_beside_the_races_is_whole(raced, name):
    """What is run together with others has its ratios, too."""
    found = read_all(raced)[name]
    assert found["cases"] and all(case["ratio"] > 0 for case in found["cases"])


def test_the_report_is_made_from_the_results(raced, tmp_path):
    """The page holds every benchmark with its verdict and shows pictures that exist."""
    __main__.main(["report", "--results", str(raced), "--docs", str(tmp_path)])
    page = (tmp_path / "benchmarks.rst").read_text(encoding="utf-8")
    for name, one in read_all(raced).items():
        assert name in page
        if one["row"]:
            assert f"**{one['verdict']}**" in page
    pictures = [line.split("::")[1].strip() for line in page.splitlines() if "figure::" in line]
    assert len(pictures) >= 3
    for picture in pictures:
        assert (tmp_path / picture).resolve().stat().st_size > 1_000
    assert (raced / "summary.rst").exists()


def test_the_page_is_valid(raced, tmp_path):
    """Docutils reads the page without a complaint."""
    docutils = pytest.importorskip("docutils.core")
    __main__.main(["report", "--results", str(raced), "--docs", str(tmp_path)])
    page = (tmp_path / "benchmarks.rst").read_text(encoding="utf-8")
    settings = {"halt_level": 2, "report_level": 2, "file_insertion_enabled": False}
    assert docutils.publish_string(page, writer="html", settings_overrides=settings)


def test_the_readme_is_filled_between_its_marks(tmp_path):
    """Only what stands between the marks is replaced; a document without marks stays."""
    path = tmp_path / "README.rst"
    path.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.fill(path, "new")
    assert path.read_text() == f"before\n{report.BEGIN}\n\nnew\n{report.END}\nafter\n"
    path.write_text("no marks\n")
    report.fill(path, "new")
    assert path.read_text() == "no marks\n"


def test_list_names_every_benchmark(capsys):
    """``list`` prints a line for each benchmark."""
    __main__.main(["list"])
    printed = capsys.readouterr().out
    assert all(benchmark.name in printed for benchmark in BENCHMARKS)
