"""The table of gaps is made from what ``optimality`` says."""

import pytest

pytest.importorskip("matplotlib")

from benchmarks import certificates


def test_the_table_has_every_loss(tmp_path, capsys):
    """A row for each loss with a bound and a gap for each solver, as a list-table."""
    path = tmp_path / "tables" / "certificates.rst"
    assert certificates.main(["--sets", "iris", "--table", str(path)]) == 0
    lines = path.read_text(encoding="utf-8").split("\n")
    assert ".. list-table::" in lines
    titles = certificates.losses(3)
    assert len(titles) == 8
    for title in titles:
        start = lines.index(f"     - {title}")
        cells = [line.removeprefix("     - ") for line in lines[start + 1 : start + 5]]
        bound, *gaps = map(float, cells)
        assert len(gaps) == len(certificates.SOLVERS)
        assert bound > 0
        assert all(0 <= gap < 1 for gap in gaps)
        assert gaps[0] < 1e-3
    assert len(capsys.readouterr().out.splitlines()) == len(titles)


def test_two_classes_have_one_hinge():
    """With two classes the three hinges are the same, and are fitted once."""
    assert [title for title in certificates.losses(2) if "hinge" in title] == [
        "binary hinge",
        "binary squared hinge",
    ]
