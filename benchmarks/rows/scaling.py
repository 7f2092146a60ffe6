"""No row: how the cost of a fit grows with rows, classes, non-zeros and features."""

import numpy as np

from benchmarks.adapters.project import estimator
from benchmarks.data import made_up
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.timing import in_turn

EPOCHS = 10
ADAM = {"optimizer": "adam", "learning_rate": 1e-3, "schedule": "constant", "batch_size": 128}
SGD = ADAM | {"optimizer": "sgd", "learning_rate": 1.0}
# Three decades of each; the rest stays as it is.
ROWS = (400, 1_200, 4_000, 12_000, 40_000, 120_000, 400_000)
CLASSES = (2, 6, 20, 60, 200, 600, 2_000)
NON_ZEROS = (1, 3, 10, 30, 100, 300, 1_000)
FEATURES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def scaling(context):
    """Seconds of whole fits of ten epochs."""
    curves = {
        "rows (dense, Adam)": (ROWS, lambda v: made_up(v, 50, 10), ADAM),
        "classes (dense, Adam)": (CLASSES, lambda v: made_up(4_000, 50, v), ADAM),
        "non-zeros a row (CSR, SGD)": (NON_ZEROS, _non_zeros, SGD),
        "features (CSR, SGD)": (FEATURES, _features, SGD),
    }
    result = Result([])
    for name, (values, make, settings) in curves.items():
        values = values[: context.size(len(values), 2)]
        seconds = []
        for value in values:
            context.say(f"{name}: {value:,}")
            X, y = make(value)
            clf = estimator(
                Problem("", "softmax", 1e-4), max_iter=EPOCHS, random_state=0, **settings
            )
            samples = in_turn({"fit": lambda e=clf, X=X, y=y: e.fit(X, y)}, context.size(3, 1))
            seconds.append(samples["fit"].median)
        result.curves[name] = {"values": list(values), "seconds": seconds}
        result.cases.append(_case(name, values, seconds))
    result.notes.append(
        f"Whole fits of {EPOCHS} epochs. The ratio is that of the seconds between the last and the "
        "first value, to the ratio of these values: below 1 where fixed costs count, 1 where the "
        "cost is proportional. The exponent is fitted to the upper half of the values."
    )
    return result


def _non_zeros(per_row):
    return made_up(10_000, 20_000, 10, density=per_row / 20_000)


def _features(n_features):
    return made_up(10_000, n_features, 10, density=50 / n_features)


def _case(name, values, seconds):
    upper = slice(len(values) // 2, None)
    if len(values) < 4:
        upper = slice(None)
    exponent = np.polyfit(np.log(values[upper]), np.log(seconds[upper]), 1)[0]
    return Case(
        name,
        seconds[-1] / seconds[0],
        values[-1] / values[0],
        f"seconds grow {seconds[-1] / seconds[0]:.3g} ×",
        f"values grow {values[-1] / values[0]:.3g} ×",
        unit="×",
        note=f"exponent {exponent:.2f}",
    )
