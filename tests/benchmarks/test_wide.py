"""The figures of wide models."""

import json

import numpy as np

from benchmarks import wide


def test_the_table_is_that_of_the_record(tmp_path):
    """The documentation's table is made from the recorded measurements, and from nothing else."""
    table, picture = tmp_path / "wide.rst", tmp_path / "wide.png"
    wide.write(json.loads(wide.RECORD.read_text("utf-8")), table, picture)
    assert table.read_text("utf-8") == wide.TABLE.read_text("utf-8")
    assert picture.stat().st_size > 10_000


def test_rows_have_the_sizes_asked_for():
    """Every row has its entries, every class has rows."""
    X, y = wide.rows(60, 50, 7, 3)
    assert X.shape == (60, 50)
    assert np.array_equal(np.diff(X.indptr), np.full(60, 3))
    assert np.array_equal(np.unique(y), np.arange(7))


def test_what_a_point_holds(monkeypatch):
    """A point has the size of ``coef_``, the memory and the times, all of them positive."""
    monkeypatch.setattr(wide, "WORK", 1e5)
    order = {"setting": "AdaGrad, L1", "features": 500, "classes": 5, "non_zeros": 3}
    monkeypatch.setattr(wide, "resident", lambda field: {"VmRSS": 100, "VmHWM": 300}[field])
    monkeypatch.setattr(wide.Path, "write_text", lambda *args: None)
    found = wide.measure(order)
    assert found["coef"] == 500 * 5 * 4
    assert found["peak"] == 200
    assert found["fit"] > 0
    assert 0 < found["share"] <= 1
