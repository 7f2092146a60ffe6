"""Files that are mapped into memory: used where they lie, read in order."""

import mmap
import pickle
from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.designs import as_design
from sklinear_gd.designs import mapped as mapping
from sklinear_gd.designs.mapped import MappedFile, ReadAhead, runs_of
from sklinear_gd.objective import Objective
from sklinear_gd.solvers import ordering

CHOICE = {"batch_size": 16, "max_iter": 5, "tol": None, "random_state": 0}


@pytest.fixture
def mapped(many_rows, tmp_path):
    """X (600, 8) as a read-only ``np.memmap``, and y."""
    X, y = many_rows
    X.tofile(tmp_path / "X.dat")
    return np.memmap(tmp_path / "X.dat", dtype=X.dtype, mode="r", shape=X.shape), y


def csr_in_files(X, folder):
    """Return the rows as a CSR array whose three parts are mapped, read-only."""
    X = sparse.csr_array(X * (X > 0))
    for name in ("data", "indices", "indptr"):
        np.save(folder / f"{name}.npy", getattr(X, name))
    parts = (
        np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("data", "indices", "indptr")
    )
    return sparse.csr_array(tuple(parts), shape=X.shape), X


@pytest.mark.parametrize("shuffle", [True, "blocks"])
def test_a_mapped_array_trains_like_one_in_memory(mapped, many_rows, shuffle):
    """The same bits, from a file that cannot be written."""
    found = SoftmaxGDClassifier(shuffle=shuffle, **CHOICE).fit(*mapped)
    wanted = SoftmaxGDClassifier(shuffle=shuffle, **CHOICE).fit(*many_rows)
    np.testing.assert_array_equal(found.coef_, wanted.coef_)
    np.testing.assert_array_equal(found.predict(mapped[0]), wanted.predict(many_rows[0]))


def test_a_mapped_csr_trains_like_one_in_memory(many_rows, tmp_path):
    """So does a CSR array whose parts are mapped."""
    X, y = many_rows
    from_files, in_memory = csr_in_files(X, tmp_path)
    found = SoftmaxGDClassifier(shuffle="blocks", **CHOICE).fit(from_files, y)
    wanted = SoftmaxGDClassifier(shuffle="blocks", **CHOICE).fit(in_memory, y)
    np.testing.assert_array_equal(found.coef_, wanted.coef_)


def test_designs_hold_the_file_itself(mapped, many_rows, tmp_path):
    """Dense and sparse designs share the memory of the mapping."""
    assert np.shares_memory(as_design(np.asarray(mapped[0])).X, mapped[0])
    X = csr_in_files(many_rows[0], tmp_path)[0]
    rows = as_design(X).X
    assert np.shares_memory(rows.data, X.data)
    assert MappedFile(rows.data).mapping is not None


class Pages(np.ndarray):
    """Bytes that note which of them are added up."""

    read: ClassVar = []

    def sum(self):
        """Note which bytes, and add them up."""
        Pages.read.append(self)
        return super().sum()


def test_which_pages_are_read(mapped, monkeypatch):
    """A byte of each page of the runs, in order; without a mapping none."""
    MappedFile(np.zeros((3, 2))).read([(0, 3)])
    file = MappedFile(mapped[0])
    pages = np.frombuffer(file.mapping, dtype=np.uint8).view(Pages)
    monkeypatch.setattr(Pages, "read", [])
    monkeypatch.setattr(mapping.np, "frombuffer", lambda *args, **keywords: pages)
    file.read([(100, 400), (500, 501)])
    assert [len(view) for view in Pages.read] == [-(-300 * 64 // mmap.PAGESIZE), 1]
    assert np.shares_memory(Pages.read[0], mapped[0][100])
    assert np.shares_memory(Pages.read[1], mapped[0][500])


def test_rows_are_read_before_they_are_needed(monkeypatch):
    """All rows of a part have been read when it begins, and the pieces behind it soon after."""
    monkeypatch.setattr(mapping, "PIECE", 1000)
    read = []
    ahead = ReadAhead(read.extend, row_bytes=100)
    order = np.concatenate([np.arange(50, 100), np.arange(50)])
    for _ in range(2):  # two epochs
        read.clear()
        for start in range(0, 100, 15):
            stop = min(start + 15, 100)
            ahead.expect(order, start, stop)
            done = np.concatenate([np.arange(*run) for run in list(read)])
            assert set(order[start:stop]) <= set(done)
        assert read == [(k, k + 10) for k in (*range(50, 100, 10), *range(0, 50, 10))]


def test_rows_from_all_over_a_file_are_not_read_ahead(monkeypatch):
    """Most of the file would be read for every piece."""
    monkeypatch.setattr(mapping, "PIECE", 1000)
    read = []
    ahead = ReadAhead(read.extend, row_bytes=100)
    ahead.expect(np.arange(0, 100, 5), 0, 20)
    assert read == []


def test_what_cannot_be_read_is_told(monkeypatch):
    """An error of the thread that reads comes out where the rows are needed."""

    def fail(runs):
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        ReadAhead(fail, row_bytes=8).expect(np.arange(10), 0, 5)


def test_rows_are_read_ahead_in_runs():
    """Rows near each other make a run, in any order; single rows and other places are apart."""
    rows = np.array([7, 3, 1_000_000, 5, 2_000_001, 2_000_000])
    assert runs_of(rows, row_bytes=100) == [(3, 8), (2_000_000, 2_000_002)]
    assert runs_of(rows[:0], row_bytes=100) == []


def test_designs_of_mapped_files_are_pickled(mapped):
    """A copy in another process is in ordinary memory."""
    copy = pickle.loads(pickle.dumps(as_design(mapped[0])))
    assert copy.file.mapping is None
    assert copy.ahead.pool is None
    np.testing.assert_array_equal(copy.X, mapped[0])


@pytest.mark.parametrize("block_bytes", [64 * 50, 10**9])
def test_blocks_are_shuffled_and_rows_within_them(many_rows, monkeypatch, block_bytes):
    """An order by blocks has every row once, whole blocks after one another, and is not sorted."""
    X, y = many_rows
    monkeypatch.setattr(ordering, "BLOCK_BYTES", block_bytes)
    objective = Objective(
        as_design(X),
        y.astype(np.int32),
        None,
        SoftmaxGDClassifier()._loss(4),
        None,
        0.0,
        n_scores=4,
        fit_intercept=True,
    )
    orders = [ordering.order_of_rows(objective, "blocks", 0, epoch) for epoch in (0, 0, 1)]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert (orders[0] != orders[2]).any()
    np.testing.assert_array_equal(np.sort(orders[0]), np.arange(600))
    if block_bytes < 10**9:
        blocks = orders[0].reshape(12, 50)
        assert (np.ptp(blocks, axis=1) == 49).all()
        assert (np.diff(blocks[:, 0] // 50) < 0).any()
        assert (np.diff(blocks) < 0).any()


def test_other_shuffles_are_refused(many_rows):
    """The message names the parameter and what it may be."""
    with pytest.raises(ValueError, match="shuffle='files' must be True or False; or 'blocks'"):
        SoftmaxGDClassifier(shuffle="files").fit(*many_rows)
