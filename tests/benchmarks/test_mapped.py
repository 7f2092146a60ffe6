"""The figures of files larger than memory."""

import numpy as np
import pytest

from benchmarks import mapped

RUN = {
    "kind": "dense",
    "cache": "out",
    "rows": 1000,
    "bytes": 2_000_000_000,
    "reading": [1.0, 2.0, 4.0],
    "epochs": [1.2, 2.2, 6.0],
    "memory": 1.0,
    "fit": 12.0,
    "anonymous": 123_000_000,
}


def test_the_table_has_medians_of_turns(tmp_path):
    """Each epoch is compared with the reading before it, and the median of the ratios is told."""
    path, machine = tmp_path / "mapped.rst", {"date": "today", "cpu": "a CPU", "cores": 2}
    mapped.write({"machine": machine | {"simd": "avx2", "load": 0.1}, "runs": [RUN]}, path)
    cells = [line[6:].strip() for line in path.read_text("utf-8").splitlines() if " - " in line]
    assert cells[8:] == [
        "dense, 1,000 rows, 2.0 GB",
        "out of the cache",
        "2.00 s",
        "2.20 s",
        "1.20",
        "1.00 s",
        "12 s for 4 epochs",
        "123 MB",
    ]


@pytest.mark.parametrize("kind", mapped.KINDS)
def test_rows_are_those_in_the_files(tmp_path, kind):
    """As many rows and bytes as asked for, all classes among them, and read-only."""
    writer = mapped.write_dense if kind == "dense" else mapped.write_csr
    files, y = writer(tmp_path, 1e6)
    X, mappings = mapped.mapped(kind, files, len(y))
    assert sum(path.stat().st_size for path in files) == pytest.approx(1e6, rel=0.01)
    assert X.shape[0] == len(y)
    assert not (X if kind == "dense" else X.data).flags.writeable
    assert len(mappings) == len(files)
    assert len(np.unique(y)) == mapped.CLASSES
    if kind == "CSR":
        assert X.indices.max() < X.shape[1]
        assert (np.diff(X.indptr) == mapped.NON_ZEROS).all()


@pytest.mark.parametrize("kind", mapped.KINDS)
def test_epochs_and_readings_take_turns(tmp_path, kind):
    """Every epoch but the first has its reading; the fits find the same model."""
    order = {"kind": kind, "folder": str(tmp_path), "gigabytes": 2e-3, "epochs": 3}
    runs = list(mapped.measure(order))
    assert [run["cache"] for run in runs] == ["out", "in"]
    assert all(len(run["reading"]) == len(run["epochs"]) == 2 for run in runs)
    assert all(min(run["reading"] + run["epochs"] + [run["memory"]]) > 0 for run in runs)
    assert runs[0]["objective"] == runs[1]["objective"]
