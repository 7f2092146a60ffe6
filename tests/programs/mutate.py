"""Break one line of the package after the other; the tests must notice each.

A copy of the installed package is mutated and put before the installed one on the path::

    python -P tests/programs/mutate.py                    # all
    python -P tests/programs/mutate.py losses row_space    # of some folders and files

It prints what survived, and ends with 1 if anything did. The compiled twins are held to the same
formulas by ``tests/kernels``, so that formulas are what is broken here; those of ``objective`` and
of ``smoothing`` are looked at without the kernels, which take their place.
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
    ("losses", "hinge", "-xp.sum(slopes, axis=1)[:, None]", "xp.sum(slopes, axis=1)[:, None]"),
    ("losses", "hinge", "-xp.sum(slopes, axis=1)[:, None]", "-slopes"),
    ("losses", "hinge", "scores - own_score + float", "scores + float"),
    ("losses", "crammer_singer", "values, with_own(", "values, -with_own("),
    ("losses", "crammer_singer", "return values, -t * slopes", "return values, t * slopes"),
    ("losses", "crammer_singer", "2 * values * slopes", "values * slopes"),
    ("losses", "softmax", "powers / total - target", "target - powers / total"),
    ("losses", "softmax", "/ (1 + power) - target", "/ (1 + power) + target"),
    ("losses", "softmax", "max(scores.shape[1], 2)", "scores.shape[1]"),
    ("losses", "softmax", "p / xp.where(total > 0, total, 1.0)", "p"),
    ("losses", "hinge", "return slopes if self.squared else", "return"),
    ("losses", "squared_error", "axis=1), 2 * residual", "axis=1), -2 * residual"),
    ("optimizers", "sgd", "rate * gradient", "2 * rate * gradient"),
    ("optimizers", "momentum", "velocity *= self.momentum", "velocity *= 1 - self.momentum"),
    ("optimizers", "momentum", 'self.momentum ** state["t"])', "self.momentum ** 1)"),
    ("optimizers", "momentum", "momentum: float = 0.9", "momentum: float = 0.8"),
    ("optimizers", "nesterov", "momentum: float = 0.9", "momentum: float = 0.8"),
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
    ("optimizers", "accelerated", 'state["steps"] + 3', 'state["steps"] + 1'),
    ("optimizers", "accelerated", "* change) > 0", "* change) < 0"),
    ("optimizers", "accelerated", "shift[...] = xp.where", "shift[...] = 2 * xp.where"),
    ("optimizers", "schedule_free", "beta: float = 0.9,", "beta: float = 0.99,"),
    ("optimizers", "schedule_free", "beta2: float = 0.999,", "beta2: float = 0.99,"),
    ("optimizers", "schedule_free", "epsilon: float = 1e-8", "epsilon: float = 1e-3"),
    ("optimizers", "schedule_free", "(1 - self.beta2) * gradient**2", "gradient**2"),
    ("optimizers", "schedule_free", "(1 - self.beta2 **", "(1 - self.beta **"),
    ("optimizers", "schedule_free", '"rate"] ** 2 / state["weight"]', '"rate"] / state["weight"]'),
    ("optimizers", "schedule_free", "(1 - self.beta) * z + self.beta", "self.beta * z + self.beta"),
    ("solvers", "variance_reduction", "change / size", "change"),
    ("solvers", "variance_reduction", "gradient[...] = self.mean", "gradient[...] = 0"),
    ("solvers", "variance_reduction", "table[batch] = d_scores", "table[batch] = 0 * d_scores"),
    ("solvers", "variance_reduction", "settle=last == end", "settle=False"),
    ("solvers", "dual_ascent", "rate = 1 / (self.l2", "rate = 2 / (self.l2"),
    ("solvers", "dual_ascent", "squares - 2 * inner", "squares + 2 * inner"),
    ("solvers", "dual_ascent", "else widths * objective.weights", "else widths"),
    ("solvers", "variance_reduction", "run / (run + 3)", "run / 1.0"),
    ("solvers", "variance_reduction", 'self.kept["run"] + self.has_mean', "2"),
    ("solvers", "variance_reduction", "before[part, ...] = now", "pass"),
    ("solvers", "dual_ascent", "if value >= kept", "if value < kept"),
    ("solvers", "dual_ascent", "if missing <= stall.tol", "if missing <= 100 * stall.tol"),
    (
        "solvers",
        "dual_ascent",
        "objective.loss.feasible(moved / weights,",
        "(lambda m, y: m)(moved,",
    ),
    ("solvers", "dual_ascent", "self.l2 / 2 * float(", "self.l2 * float("),
    ("solvers", "row_space", "by_rows += R", "by_rows -= R"),
    ("solvers", "row_space", "b[...] = own - self._shift(W)", "b[...] = own"),
    ("solvers", "row_space", "= along + c * self.square", "= along"),
    ("solvers", "row_space", "(2 * along + self", "(along + self"),
    ("solvers", "row_space", "penalty = space.bend / 2", "penalty = space.bend"),
    ("solvers", "row_space", "self.bend * c", "0 * c"),
    (
        "solvers",
        "row_space",
        'scores -= np.einsum("i,ik->k", self.shares, scores)',
        "pass",
    ),
    ("solvers", "limited_memory", "weights * scale, own * scale", "weights, own"),
    ("solvers", "limited_memory", "else (2 * j + 1, y)", "else (y, 2 * j + 1)"),
    ("solvers", "smoothing", "weighted / len(objective.rows)", "weighted"),
    ("solvers", "smoothing", "- xp.sum(d_scores * scores", "+ xp.sum(d_scores * scores"),
    ("solvers", "smoothing", "missing < self.nearest", "missing <= 2 * self.nearest"),
    ("solvers", "smoothing", "smooth + penalty, plain + penalty", "smooth + penalty, plain"),
    ("solvers", "smoothing", "scores if shifts is None else scores + shifts", "scores"),
    ("solvers", "weight_space", "np.maximum(-weights, 0)", "np.maximum(weights, 0)"),
    ("solvers", "weight_space", "[gradient, slope - W]", "[gradient, slope + W]"),
    ("solvers", "weight_space", "value < self.best_value", "value > self.best_value"),
    ("solvers", "rescue", "FAR, VERY_FAR = 10.0, 1000.0", "FAR, VERY_FAR = 1e9, 1e9"),
    ("solvers", "rescue", "0 < RISEN * monitor.best_value < value", "False"),
    ("solvers", "step_size", "return 1.05 * value", "return 0.1 * value"),
    ("schedules", "adaptive", "divisor: float = 3.0", "divisor: float = 2.0"),
    ("schedules", "adaptive", '["wait"] >= self', '["wait"] > self'),
    ("solvers", "line_search", "return slope + self._kinks(params) - self.kinks", "return slope"),
    ("solvers", "line_search", "return factor * run.plan.learning_rate", "return factor"),
    ("penalties", "l1", "soft_threshold(W, step)", "soft_threshold(W, 2 * step)"),
    ("penalties", "l2", "out += strength * W", "out -= strength * W"),
    ("penalties", "l2", "0.5 * float(", "float("),
    ("penalties", "elastic_net", "self.l1_strength * step", "step"),
    ("penalties", "elastic_net", "(strength * self.l2_strength) * W", "strength * W"),
    ("penalties", "group_lasso", "clip(norms - step,", "clip(norms - 2 * step,"),
    ("penalties", "group_lasso", "norms = shrunken + step", "norms = shrunken"),
    ("penalties", "base", "clip(W, -threshold, threshold)", "clip(W, 0 * threshold, threshold)"),
    ("schedules", "inverse_scaling", "** -self.power", "** self.power"),
    ("schedules", "exponential", "self.decay **", "1.01 * self.decay **"),
    ("schedules", "step", "np.floor(", "("),
    ("schedules", "linear", "self.final - 1.0", "self.final"),
    ("schedules", "cosine", "cosine(1.0, self.final", "cosine(self.final, 1.0"),
    ("schedules", "one_cycle", "warmup: float = 0.3", "warmup: float = 0.2"),
    ("schedules", "one_cycle", "(1.0 - self.warmup)", "self.warmup"),
    ("schedules", "line_search", "self.slope * change", "change"),
    ("schedules", "line_search", "factor * self.growth", "factor"),
    ("schedules", "line_search", "factor *= self.shrink", "factor *= 0.9 * self.shrink"),
    ("schedules", "line_search", "values[best] < objective", "values[best] > objective"),
    ("schedules", "adaptive", "/ self.divisor", "* self.divisor"),
    (
        "objective",
        "weighted_losses",
        "return values * weights, d_scores",
        "return values, d_scores",
    ),
    ("objective", "weighted_losses", "d_scores * scale, gradient)", "d_scores, gradient)"),
    ("objective", "weighted_losses", "return weights / weights[rows].mean()", "return weights"),
    ("objective", "objective", "return self.alpha * float(", "return float("),
    ("solvers", "lead", "most * abs(value)", "1e9 * abs(value)"),
    ("solvers", "lead", "state.schedule, state.learning_rate = {}, {}, None", "_, _ = {}, 0, 0"),
    ("solvers", "lead", "0.1 ** ((passes - FIRST) / TENTH)", "1"),
    ("solvers", "lead", "result.objective > SETTLED * monitor.best_value", "False"),
    ("solvers", "lead", "state.params[...] = monitor.best_params", "pass"),
    ("solvers", "automatic", "design.shape[1] <= len(objective.rows)", "True"),
    ("solvers", "automatic", "PATIENCE_OF_LBFGS = 2", "PATIENCE_OF_LBFGS = 20"),
    ("solvers", "automatic", "share_of_a_row(objective) > MUCH", "True"),
    ("solvers", "automatic", "share_of_a_row(objective) > MOST", "False"),
    ("solvers", "automatic", "len(objective.rows) >= LEAST_ROWS and", "True and"),
    ("solvers", "automatic", "and before == WITHOUT)", "and before == 0)"),
    ("solvers", "automatic", "in (None, WITHOUT)", "is None"),
    ("solvers", "monitor", "max(self.chance - value, LEAST_GAIN * size)", "size"),
    ("solvers", "monitor", "self.chance - value, LEAST_GAIN * size", "self.chance - value, 0.0"),
    ("solvers", "variance_reduction", "float(b @ unbalanced", "float(0 * b @ unbalanced"),
    ("solvers", "variance_reduction", " - margin * np.abs(unbalanced).sum()", ""),
    ("solvers", "variance_reduction", "<= stall.share(value)", "<= 1e3 * stall.share(value)"),
    ("solvers", "variance_reduction", "known = known / weights[:, None]", "pass"),
    ("solvers", "segments", "if value < self.value:", "if True:"),
    ("solvers", "segments", "self.scores += scores", "self.scores += 0"),
    ("solvers", "segments", "+ slope + share * bend < 0", "< 0"),
    ("solvers", "segments", "<= rounding:", ">= 0:"),
    ("conditioning", "choice", "return weights * (apart", "return (apart"),
    ("conditioning", "choice", ">= MEDIAN:", ">= 0:"),
    ("objective", "scores", "found = found + params[n_features, :n_scores]", "pass"),
]


def tests_of(folder, file):
    """The tests that are to notice, the likeliest first: it ends at the first failure."""
    own = [*TESTS.rglob(f"test_{file}.py"), *(TESTS / folder).glob(f"test_{folder}.py")]
    return own if own and folder == "solvers" else [*own, TESTS / folder]


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
    survived, words = [], set(sys.argv[1:])
    chosen = [one for one in MUTATIONS if not words or words & {*one[:2]}]
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "sklinear_gd"
        shutil.copytree(Path(sklinear_gd.__file__).parent, package)
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        for part, file, old, new in chosen:
            path, text = mutated(package, part, file, old, new)
            by_formula = part == "objective" or file == "smoothing"
            command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            run = subprocess.run(
                [*command, *map(str, tests_of(part, file))],
                env=environment | ({"SKLINEAR_GD_KERNELS": "0"} if by_formula else {}),
                capture_output=True,
                text=True,
            )
            path.write_text(text, encoding="utf-8")
            caught = run.returncode == 1
            print(f"{'caught' if caught else 'SURVIVED'}: {part}/{file}.py: {new}", flush=True)
            if not caught:
                survived.append((part, file, new))
    print(f"{len(chosen)} mutations, {len(survived)} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
