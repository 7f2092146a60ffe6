"""scikit-learn's linear classifiers, each on the suite's objective.

Every one runs its whole budget: the tolerances are so small that none stops early.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from benchmarks.adapters.base import Adapter
from benchmarks.problems import Model

NEVER = 1e-14
MLP_BATCH = 128


def _logistic(solver):
    def make(problem, data, budget, seed=0):
        return LogisticRegression(
            solver=solver,
            C=problem.C(len(data.y)),
            fit_intercept=problem.fit_intercept,
            max_iter=budget,
            tol=NEVER,
            random_state=seed,
        )

    unit = "epochs" if solver == "saga" else "iterations"
    return Adapter(f"LogisticRegression {solver}", make, ("softmax",), unit=unit)


def _mlp_adam(problem, data, budget, seed=0):
    # The penalty that a batch sees is alpha / (2 * its rows): hence the factor.
    return MLPClassifier(
        hidden_layer_sizes=(),
        solver="adam",
        batch_size=min(MLP_BATCH, len(data.y)),
        alpha=problem.alpha * min(MLP_BATCH, len(data.y)),
        max_iter=budget,
        tol=0.0,
        n_iter_no_change=budget + 1,
        random_state=seed,
    )


def _mlp_lbfgs(problem, data, budget, seed=0):
    return MLPClassifier(
        hidden_layer_sizes=(),
        solver="lbfgs",
        alpha=problem.alpha * len(data.y),
        max_iter=budget,
        max_fun=20 * budget,
        tol=NEVER,
        random_state=seed,
    )


def _mlp_model(estimator):
    return Model(estimator.coefs_[0].T, estimator.intercepts_[0])


def _sgd(**settings):
    def make(problem, data, budget, seed=0):
        return SGDClassifier(
            loss="hinge" if problem.loss == "ovr" else "log_loss",
            alpha=problem.alpha,
            fit_intercept=problem.fit_intercept,
            max_iter=budget,
            tol=None,
            random_state=seed,
            **settings,
        )

    return make


def _linear_svc(problem, data, budget, seed=0):
    return LinearSVC(
        multi_class="crammer_singer",
        C=problem.C(len(data.y)),
        fit_intercept=problem.fit_intercept,
        max_iter=budget,
        tol=NEVER,
        random_state=seed,
    )


def _liblinear(problem, data, budget, seed=0):
    return LogisticRegression(
        solver="liblinear",
        C=problem.C(len(data.y)),
        fit_intercept=problem.fit_intercept,
        max_iter=budget,
        tol=NEVER,
        random_state=seed,
    )


def _svc_model(estimator):
    # Two classes have one score, the margin of which is half the difference of the two.
    return Model(np.atleast_2d(estimator.coef_), np.zeros(np.atleast_2d(estimator.coef_).shape[0]))


# With several classes SGDClassifier trains one-vs-rest: another objective than softmax.
SGD = Adapter("SGDClassifier", _sgd(n_jobs=2), ("ovr",), compared=("softmax",), unit="epochs")
SGD_BINARY = SGD.named("SGDClassifier", losses=("ovr", "softmax"), compared=(), many_classes=False)

ADAPTERS = [
    *(_logistic(solver) for solver in ("lbfgs", "saga", "newton-cg", "newton-cholesky")),
    Adapter(
        "LogisticRegression liblinear",
        _liblinear,
        ("softmax",),
        intercept=(False,),  # it would penalise one
        many_classes=False,
    ),
    Adapter(
        "MLPClassifier(()) adam",
        _mlp_adam,
        ("softmax",),
        unit="epochs",
        intercept=(True,),
        model=_mlp_model,
    ),
    Adapter(
        "MLPClassifier(()) lbfgs", _mlp_lbfgs, ("softmax",), intercept=(True,), model=_mlp_model
    ),
    SGD.named(SGD.name, two_classes=False),
    SGD_BINARY,
    Adapter(
        "LinearSVC crammer_singer",
        _linear_svc,
        ("crammer_singer",),
        intercept=(False,),  # it would penalise one
        two_classes=False,
        model=_svc_model,
    ),
]
