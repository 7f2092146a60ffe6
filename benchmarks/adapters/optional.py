"""Peers that take part where they are installed."""

from benchmarks.adapters.base import Adapter

NEVER = 1e-14


def _intelex(problem, data, budget, seed=0):
    from sklearnex.linear_model import LogisticRegression

    return LogisticRegression(
        C=problem.C(len(data.y)),
        fit_intercept=problem.fit_intercept,
        max_iter=budget,
        tol=NEVER,
        random_state=seed,
    )


def _lightning(problem, data, budget, seed=0):
    from lightning.classification import SGDClassifier

    return SGDClassifier(
        loss="log",
        multiclass=data.n_classes > 2,
        penalty="l2",
        alpha=problem.alpha,
        fit_intercept=problem.fit_intercept,
        max_iter=budget,
        random_state=seed,
    )


def _skglm(problem, data, budget, seed=0):
    from skglm import GeneralizedLinearEstimator
    from skglm.datafits import Logistic
    from skglm.penalties import L1_plus_L2
    from skglm.solvers import ProxNewton

    return GeneralizedLinearEstimator(
        datafit=Logistic(),
        penalty=L1_plus_L2(problem.alpha, l1_ratio=0.0),
        solver=ProxNewton(max_iter=budget, tol=NEVER, fit_intercept=problem.fit_intercept),
    )


def _torch(optimizer):
    def make(problem, data, budget, seed=0):
        from benchmarks.adapters.torch_linear import TorchLinear

        return TorchLinear(
            loss=problem.loss,
            alpha=problem.alpha,
            fit_intercept=problem.fit_intercept,
            optimizer=optimizer,
            max_iter=budget,
            random_state=seed,
        )

    return make


ADAPTERS = [
    Adapter("scikit-learn-intelex lbfgs", _intelex, ("softmax",), requires="scikit-learn-intelex"),
    Adapter(
        "lightning SGD",
        _lightning,
        ("softmax",),
        unit="epochs",
        requires="sklearn-contrib-lightning",
    ),
    Adapter(
        "skglm ProxNewton",
        _skglm,
        ("softmax",),
        many_classes=False,
        requires="skglm",
    ),
    Adapter(
        "PyTorch adam",
        _torch("adam"),
        ("softmax", "weston_watkins"),
        unit="epochs",
        sparse=False,
        two_classes=False,
        requires="torch",
    ),
    Adapter(
        "PyTorch lbfgs",
        _torch("lbfgs"),
        ("softmax",),
        sparse=False,
        two_classes=False,
        requires="torch",
    ),
]
