"""The table of SAGA beside scikit-learn's."""

from benchmarks import variance_reduction


def test_rows_of_tiny_data(monkeypatch):
    """Every solver has a row with the epochs that it took and where they led."""
    budgets = dict.fromkeys(variance_reduction.BUDGETS, ((2, 30),))
    monkeypatch.setattr(variance_reduction, "BUDGETS", budgets)
    monkeypatch.setattr(variance_reduction, "ALPHAS", {"mnist": 0.1})
    cells = list(variance_reduction.rows(["mnist"], budgets, tiny=True))
    assert all(row[1].startswith(title) for row, title in zip(cells, budgets, strict=True))
    for name, _, epochs, distance, seconds in cells:
        assert name == "mnist"
        assert 0 < int(epochs) <= 30
        assert float(seconds) >= 0
        assert float(distance) < 0.05
