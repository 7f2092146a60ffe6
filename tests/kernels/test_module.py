"""The choice of the compiled module, each in a process of its own."""

import os
import subprocess
import sys

import numpy as np
import pytest

from sklinear_gd import kernels

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)

TRAIN = """
import sys
import numpy as np
from scipy import sparse
from sklinear_gd import kernels
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.optimizers import SGD, Adam

rng = np.random.default_rng(0)
results = []
for dtype in (np.float32, np.float64):
    for n_scores in (1, 3, 10, 37):
        X = (rng.normal(size=(130, 75)) * (rng.random((130, 75)) < 0.5)).astype(dtype)
        y = rng.integers(max(n_scores, 2), size=130).astype(np.int32)
        csr = sparse.csr_array(X)
        for rows in (
            kernels.DenseRows(X),
            kernels.CsrRows(csr.data, csr.indices, csr.indptr, 75),
        ):
            for optimizer in (SGD(), Adam()):
                params = np.zeros((76, kernels.padded_width(n_scores, dtype)), dtype)
                state = optimizer.init(params)
                model = params, n_scores, True, SoftmaxCrossEntropy(), optimizer, state
                kernels.train(
                    rows, y, None, np.arange(130), 30, *model, np.full(5, 0.1), 0.01, 1e-3
                )
                results.append(params[:, :n_scores].astype(np.float64).ravel())
np.save(sys.argv[1], np.concatenate(results))
print(kernels.simd)
"""


def start(code, *arguments, **environment):
    """Start a process with more environment variables."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    """Wait for a process; returns its exit status, output and complaints."""
    with process:
        try:
            printed, complaints = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, printed, complaints


def test_levels_agree(tmp_path):
    """Every SIMD level that this CPU runs gives the same model to rounding."""
    files = {level: tmp_path / f"{level}.npy" for level in ("baseline", "avx2", "avx512")}
    processes = {
        level: start(TRAIN, str(file), SKLINEAR_GD_SIMD=level) for level, file in files.items()
    }
    models = {}
    for level, process in processes.items():
        status, printed, complaints = ended(process)
        if status == 0:
            assert printed.strip() == level
            models[level] = np.load(files[level])
        else:
            assert "this CPU or this build has no" in complaints
    assert "baseline" in models
    for model in models.values():
        np.testing.assert_allclose(model, models["baseline"], atol=1e-5)


def test_forced_level_must_exist():
    """An unknown level is refused in one sentence."""
    status, _, complaints = ended(start("import sklinear_gd.kernels", SKLINEAR_GD_SIMD="sse9"))
    assert status != 0
    assert "SKLINEAR_GD_SIMD='sse9' must be one of baseline, avx2, avx512" in complaints


def test_kernels_can_be_switched_off():
    """SKLINEAR_GD_KERNELS=0 leaves the array formulas."""
    code = "from sklinear_gd import kernels as k; print(k.available, k.simd, k.max_threads())"
    assert ended(start(code, SKLINEAR_GD_KERNELS="0"))[1].split() == ["False", "none", "1"]
