"""The figures of clusters, and the model that is fitted to them."""

import json

import pytest

from benchmarks import workers


def test_the_table_is_that_of_the_record(tmp_path):
    """The documentation's table is made from the recorded measurements, and from nothing else."""
    path = tmp_path / "workers.rst"
    workers.write(json.loads(workers.RECORD.read_text("utf-8")), path)
    assert path.read_text("utf-8") == workers.TABLE.read_text("utf-8")


def test_the_constants_are_found_in_times_made_from_them():
    """Least squares over overheads that follow the model give the model's constants back."""
    known = {"fixed": 3e-3, "worker": 1e-3, "block_of_client": 2e-4, "block_of_worker": 4e-4}
    known["row"] = 4e-7
    runs = [
        {
            "workers": n_workers,
            "blocks": n_blocks,
            "overhead": workers.predicted(known, 0, n_workers, n_blocks),
        }
        for n_workers in workers.WORKERS
        for n_blocks in workers.BLOCKS
    ]
    record = {"runs": runs, "memory": 4e-7 * workers.ROWS[-1], "machine": {"cores": 4}}
    assert workers.constants(record) == pytest.approx(known)


def test_the_model_shares_rows_and_adds_tasks():
    """Ten workers take a tenth of the rows' time each, and their tasks one after another."""
    known = {"fixed": 0.0, "worker": 0.5, "block_of_client": 0.0, "block_of_worker": 0.0}
    assert workers.predicted({**known, "row": 1e-2}, 1000, 10, 10) == pytest.approx(6.0)


def test_workers_without_a_core_of_their_own_share():
    """Four workers on two cores are as fast as two, but for their tasks."""
    known = {"fixed": 0.0, "worker": 0.5, "block_of_client": 0.0, "block_of_worker": 0.0}
    assert workers.predicted({**known, "row": 1e-2}, 1000, 4, 4, cores=2) == pytest.approx(7.0)


def test_the_rows_at_which_a_cluster_is_as_fast_as_one_core():
    """So many rows take as long on the workers as in memory."""
    known = {"fixed": 3e-3, "worker": 1e-3, "block_of_client": 2e-4, "block_of_worker": 4e-4}
    known["row"] = 4e-7
    n_rows = workers.break_even(known, 10)
    assert workers.predicted(known, n_rows, 10, 10) == pytest.approx(n_rows * known["row"])


@pytest.mark.parametrize(
    ("memory", "verdict"), [(0.5, "2.00 times as long"), (2.0, "2.00 times as fast")]
)
def test_what_is_said_of_the_winner(memory, verdict):
    """The text under the table follows from the figures, whoever is faster."""
    run = {"workers": 1, "blocks": 4, "overhead": 0.1, "passes": {str(workers.ROWS[-1]): 1.0}}
    record = {"runs": [run], "memory": memory, "machine": {"cores": 2}}
    assert f"takes 1000.0 ms, {verdict} as in memory" in workers.judged(
        record, workers.constants(record)
    )
