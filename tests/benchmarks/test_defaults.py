"""The table of where the defaults end."""

from benchmarks import defaults


def test_the_defaults_arrive_on_raw_wine(tmp_path):
    """On unscaled data the worst seed ends as near the optimum as promised."""
    path = tmp_path / "table.rst"
    defaults.write(path, ["wine"], [1e-2], seeds=2)
    text = path.read_text(encoding="utf-8")
    assert text.count("wine") == 1
    assert "**" not in text  # which would mark a miss
    cells = [line.split("- ")[-1] for line in text.strip().splitlines()[-7:]]
    assert float(cells[2]) <= float(cells[3]) < float(cells[2]) + defaults.ABSOLUTE
