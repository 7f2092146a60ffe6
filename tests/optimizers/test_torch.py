"""The update rules against PyTorch's, by trajectories that it wrote to a file."""

import json
from pathlib import Path

import numpy as np
import pytest

from sklinear_gd.optimizers import OPTIMIZERS

REFERENCE = json.loads(Path(__file__).with_name("torch_trajectories.json").read_text())
CASES = [
    pytest.param(case, id=f"{case['name']}-{case['parameters']}") for case in REFERENCE["cases"]
]

# Rules that PyTorch does not have; tests of the solver follow their definitions by hand.
NOT_IN_TORCH = {"accelerated", "saga", "schedule_free"}


@pytest.mark.parametrize("case", CASES)
def test_trajectory_is_that_of_torch(case):
    """Fifty steps of given gradients at falling rates agree with PyTorch's to 1e-12."""
    rule = OPTIMIZERS[case["name"]](**case["parameters"])
    params = np.array(REFERENCE["start"])
    state = rule.init(params)
    path = []
    for gradient, rate in zip(REFERENCE["gradients"], REFERENCE["rates"], strict=True):
        rule.step(params, np.array(gradient), state, rate)
        path.append(params.copy())
    np.testing.assert_allclose(path, case["params"], rtol=1e-12, atol=1e-12)


def test_every_optimizer_has_a_trajectory():
    """No rule of the registry is missing from the file, which names its maker's version."""
    assert {case["name"] for case in REFERENCE["cases"]} == set(OPTIMIZERS) - NOT_IN_TORCH
    assert REFERENCE["torch"].startswith("2.")
    assert len(REFERENCE["rates"]) == 50
