"""Break one line of the package after the other; the tests must notice each.

A copy of the installed package is mutated and put before the installed one on the path::

    python -P tests/programs/mutate.py

It prints what survived, and ends with 1 if anything did. The compiled twins are held to the same
formulas by ``tests/kernels``, so that the formulas are what is broken here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import sklinear_gd

TESTS = Path(__file__).parents[1]

# Folder, file, a piece of code that occurs once, and what it becomes.
MUTATIONS = [
    ("losses", "hinge", "return violation**2, 2 * violation", "return violation**2, violation"),
    ("losses", "hinge", "values[:, 0], -t * slopes", "values[:, 0], t * slopes"),
    ("losses", "one_vs_rest", "axis=1), -t * slopes", "axis=1), t * slopes"),
    ("losses", "weston_watkins", "where(own, -pull, slopes)", "where(own, pull, -slopes)"),
    ("losses", "weston_watkins", "where(own, -pull, slopes)", "where(own, -slopes, slopes)"),
    ("losses", "crammer_singer", "where(own, -pull, slopes)", "where(own, pull, -slopes)"),
    ("losses", "crammer_singer", "return values, -t * slopes", "return values, t * slopes"),
    ("losses", "crammer_singer", "2 * values * slopes", "values * slopes"),
    ("losses", "softmax", "powers / total - target", "target - powers / total"),
    ("losses", "softmax", "/ (1 + power) - target", "/ (1 + power) + target"),
    ("losses", "softmax", "max(scores.shape[1], 2)", "scores.shape[1]"),
    ("optimizers", "sgd", "rate * gradient", "2 * rate * gradient"),
    ("optimizers", "momentum", "velocity *= self.momentum", "velocity *= 1 - self.momentum"),
    ("optimizers", "momentum", 'self.momentum ** state["t"])', "self.momentum ** 1)"),
    ("optimizers", "nesterov", "gradient + self.momentum * velocity", "velocity"),
    ("optimizers", "adagrad", "+= gradient**2", "= gradient**2"),
    ("optimizers", "adagrad", "epsilon: float = 1e-10", "epsilon: float = 1e-2"),
    ("optimizers", "rmsprop", "decay: float = 0.99", "decay: float = 0.9"),
    ("optimizers", "rmsprop", "(1 - self.decay) * gradient**2", "self.decay * gradient**2"),
    ("optimizers", "rmsprop", "epsilon: float = 1e-8", "epsilon: float = 1e-3"),
    ("optimizers", "adam", "beta1: float = 0.9,", "beta1: float = 0.99,"),
    ("optimizers", "adam", "beta2: float = 0.999,", "beta2: float = 0.99,"),
    ("optimizers", "adam", "epsilon: float = 1e-8", "epsilon: float = 1e-3"),
    ("optimizers", "adam", '(1 - self.beta2 ** state["t"])', "1.0"),
    ("optimizers", "adam", '(mean / (1 - self.beta1 ** state["t"]))', "mean"),
    ("penalties", "l1", "soft_threshold(W, step)", "soft_threshold(W, 2 * step)"),
    ("penalties", "l2", "out += strength * W", "out -= strength * W"),
    ("penalties", "l2", "0.5 * float(", "float("),
    ("penalties", "elastic_net", "self.l1_strength * step", "step"),
    ("penalties", "elastic_net", "(strength * self.l2_strength) * W", "strength * W"),
    ("penalties", "group_lasso", "np.maximum(norms - step, 0)", "np.maximum(norms - 2 * step, 0)"),
    ("penalties", "group_lasso", "np.maximum(norms + step, TINY)", "np.maximum(norms, TINY)"),
    ("penalties", "base", "np.clip(W, -threshold, threshold)", "threshold * np.sign(W)"),
    ("schedules", "inverse_scaling", "** -self.power", "** self.power"),
    ("schedules", "exponential", "self.decay **", "1.01 * self.decay **"),
    ("schedules", "step", "np.floor(", "("),
    ("schedules", "linear", "self.final - 1.0", "self.final"),
    ("schedules", "adaptive", "/ self.divisor", "* self.divisor"),
]


def mutated(package, folder, file, old, new):
    """Write the package to a new folder, with the piece of code replaced."""
    path = package / folder / f"{file}.py"
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"{folder}/{file}.py: {old!r} occurs {text.count(old)} times; mend the list.")
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path, text


def main():
    """Try each mutation; exit with 1 if a test run passes."""
    survived = []
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "sklinear_gd"
        shutil.copytree(Path(sklinear_gd.__file__).parent, package)
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        for part, file, old, new in MUTATIONS:
            path, text = mutated(package, part, file, old, new)
            command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            run = subprocess.run(
                [*command, str(TESTS / part)], env=environment, capture_output=True, text=True
            )
            path.write_text(text, encoding="utf-8")
            caught = run.returncode == 1
            print(f"{'caught' if caught else 'SURVIVED'}: {part}/{file}.py: {new}", flush=True)
            if not caught:
                survived.append((part, file, new))
    print(f"{len(MUTATIONS)} mutations, {len(survived)} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
