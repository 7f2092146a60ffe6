"""The table of SAGA beside scikit-learn's."""

from benchmarks import variance_reduction


def test_rows_of_tiny_data(monkeypatch):
    """Every solver has a row with the epochs that it took and where they led."""
    budgets = dict.fromkeys(variance_reduction.BUDGETS, ((2, 30),))
    monkeypatch.setattr(variance_reduction, "BUDGETS", budgets)
    monkeypatch.setattr(variance_reduction, "ALPHAS", {"mnist": 0.1})
    cells = list(variance_reduction.rows(["mnist"], budgets, tiny=True))
    assert [row[1] for row in cells] == list(budgets)
    for name, _, epochs, distance, seconds in cells:
        assert name == "mnist"
        assert epochs in ("2", "30")
        assert float(seconds) >= 0
        assert epochs == "30" or float(distance) < variance_reduction.NEAR
        assert float(distance) < 0.05
