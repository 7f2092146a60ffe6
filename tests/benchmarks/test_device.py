"""The table of a GPU's figures."""

from benchmarks import device


def test_the_table_is_that_of_the_record(tmp_path):
    """The documentation's table is made from the recorded measurements, and from nothing else."""
    path = tmp_path / "device.rst"
    assert device.main(["--from", str(device.RECORD), "--table", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == device.TABLE.read_text(encoding="utf-8")
