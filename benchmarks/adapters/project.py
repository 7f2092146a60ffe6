"""The project's own solvers, with settings chosen for each task.

The settings were found by trying a few rates and batch sizes on each problem, as a user would; the
search is not part of the time. The variant "low rate" takes more epochs and ends nearer to the
optimum, "default rate" leaves the rate to the estimator.
"""

from benchmarks.adapters.base import Adapter
from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

LOSSES = ("softmax", "weston_watkins", "crammer_singer", "ovr")
# Every epoch count is a fit of its own, whose rate falls to 0 in its last epoch.
COMMON = {"schedule": "cosine"}
LOW = 0.3
SETTINGS = {
    ("mnist", "softmax"): {"optimizer": "adam", "learning_rate": 0.02, "batch_size": 128},
    ("cifar10", "softmax"): {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 64},
    ("newsgroups", "softmax"): {
        "optimizer": "sgd",
        "schedule": "linear",
        "learning_rate": 4.0,
        "batch_size": 2,
    },
    ("mnist_high", "softmax"): {"optimizer": "adam", "learning_rate": 0.03, "batch_size": 128},
    ("mnist", "weston_watkins"): {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 256},
    ("mnist", "crammer_singer"): {"optimizer": "adam", "learning_rate": 0.005, "batch_size": 128},
}


def estimator(problem, **settings):
    """One of the two classifiers for a problem."""
    shared = {"alpha": problem.alpha, "fit_intercept": problem.fit_intercept, "tol": None}
    if problem.loss == "softmax":
        return SoftmaxGDClassifier(**shared, **settings)
    return SVMGDClassifier(multi_class=problem.loss, **shared, **settings)


def tuned(problem, n_rows):
    """The settings for a problem; made-up data of few rows has smaller batches."""
    settings = COMMON | SETTINGS.get((problem.dataset, problem.loss), {})
    if "batch_size" in settings:
        settings["batch_size"] = min(settings["batch_size"], max(1, n_rows // 8))
    return settings


def _gradient_descent(problem, data, budget, seed=0):
    return estimator(problem, max_iter=budget, random_state=seed, **tuned(problem, len(data.y)))


def _low_rate(problem, data, budget, seed=0):
    settings = tuned(problem, len(data.y))
    if "learning_rate" in settings:
        settings["learning_rate"] *= LOW
    return estimator(problem, max_iter=budget, random_state=seed, **settings)


def _default_rate(problem, data, budget, seed=0):
    return estimator(problem, max_iter=budget, random_state=seed, **COMMON)


def _lbfgs(problem, data, budget, seed=0):
    return estimator(problem, solver="lbfgs", max_iter=budget)


ADAPTERS = [
    Adapter("sklinear_gd gd", _gradient_descent, LOSSES, unit="epochs", is_project=True),
    Adapter("sklinear_gd gd, low rate", _low_rate, LOSSES, unit="epochs", is_project=True),
    Adapter("sklinear_gd gd, default rate", _default_rate, LOSSES, unit="epochs", is_project=True),
    Adapter("sklinear_gd lbfgs", _lbfgs, ("softmax",), is_project=True),
]
