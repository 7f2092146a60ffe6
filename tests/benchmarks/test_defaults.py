"""The table of where the defaults end."""

import json

from benchmarks import defaults


def test_the_defaults_arrive_on_raw_wine(tmp_path):
    """On unscaled data the worst seed ends as near the optimum as promised, and is kept."""
    file, path = tmp_path / "found.json", tmp_path / "table.rst"
    arguments = ["--sets", "wine", "--alphas", "1e-2", "--seeds", "2", "--losses", "softmax"]
    defaults.main([*arguments, "--file", str(file), "--path", str(path)])
    text = path.read_text(encoding="utf-8")
    assert text.count("wine") == 2  # the row, and how many seeds it had
    assert "**" not in text  # which would mark a miss
    (found,) = json.loads(file.read_text(encoding="utf-8"))
    assert found["lowest"] <= found["worst"] < found["lowest"] + defaults.ABSOLUTE
    assert found["LogisticRegression"] > 0 < found["seconds"]


def test_a_new_finding_takes_the_place_of_the_old(tmp_path):
    """Measuring again replaces a row; other rows stay, in the order of sets and strengths."""
    file = tmp_path / "found.json"
    defaults.renew(file, ["iris"], [1e-2], ["SVM"], seeds=1)
    defaults.renew(file, ["iris"], [1e-1], ["softmax"], seeds=1)
    kept = defaults.renew(file, ["iris"], [1e-2], ["SVM"], seeds=2)
    assert [(found["alpha"], found["loss"], found["seeds"]) for found in kept] == [
        (1e-1, "softmax", 1),
        (1e-2, "SVM", 2),
    ]


def test_what_misses_its_aim_is_bold():
    """A distance above the promise, and a fit that takes longer than the peer on many rows."""
    found = {
        "data": "iris",
        "alpha": 1e-3,
        "loss": "SVM",
        "lowest": 1.0,
        "worst": 1.1,
        "rows": 9000,
    }
    found |= {"accuracy": 0.9, "converged": 0.9, "seconds": 2.0, "LogisticRegression": 1.0}
    cells = defaults.cells(found)
    assert cells[5] == "**10.00 %**"
    assert cells[8] == "**2**"
    assert "**" not in "".join(defaults.cells(found | {"worst": 1.01, "rows": 150}))
