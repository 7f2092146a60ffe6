"""The tables of what conditioning saves."""

from benchmarks import conditioning


def test_iterations_on_raw_wine(tmp_path):
    """The counts of the table are within twice those that the design of the solver promised."""
    path = tmp_path / "tables" / "iterations.rst"
    conditioning.write_iterations(path, ["wine"], most=300)
    lines = path.read_text(encoding="utf-8").splitlines()
    counts = {}
    for title in conditioning.FULL_SOLVERS:
        start = lines.index(f"     - {title}")
        counts[title] = [line.removeprefix("     - ") for line in lines[start + 1 : start + 4]]
    assert int(counts["L-BFGS"][1]) <= 2 * 20
    assert int(counts["accelerated"][1]) <= 2 * 107
    assert counts["accelerated"][0] == counts["Nesterov"][0] == "> 300"
    assert int(counts["accelerated"][2]) < int(counts["accelerated"][1])


def test_gaps_on_digits(tmp_path):
    """The full metric ends nearer than the diagonal one, with either optimizer."""
    rows = list(conditioning.gap_rows(["digits"]))
    assert len(rows) == 1
    gaps = [float(cell) for cell in rows[0][2:]]
    assert 0 < gaps[2] < gaps[0]
    assert 0 < gaps[3] < gaps[1]
