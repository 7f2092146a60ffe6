"""Rows 1, 2 and 9: what one epoch costs."""

import numpy as np
from sklearn.linear_model import SGDClassifier

from benchmarks import adapters
from benchmarks.adapters.project import estimator
from benchmarks.data import handed_over, made_up
from benchmarks.problems import Problem
from benchmarks.results import Case, Result
from benchmarks.timing import child, in_turn

EPOCHS = 5
ADAM = {"optimizer": "adam", "learning_rate": 1e-3, "schedule": "constant", "batch_size": 128}


def epoch_mnist(context):
    """Row 1: Adam on MNIST in batches of 128, whole fits divided by their epochs."""
    cases, problem = [], Problem("mnist", "softmax", 1e-4)
    for dtype, target in (("float32", 1 / 7), ("float64", 1 / 5)):
        data = context.load("mnist", dtype)
        ours = estimator(problem, max_iter=EPOCHS, random_state=0, **ADAM)
        tasks = {"sklinear_gd": lambda e=ours, d=data: e.fit(d.X, d.y)}
        for name in ("MLPClassifier(()) adam", "PyTorch adam"):
            for adapter in adapters.supporting(problem, data):
                if adapter.name == name:
                    peer = adapter.make(problem, data, EPOCHS)
                    tasks[name] = lambda e=peer, d=data: e.fit(d.X, d.y)
        context.say(f"an epoch of {dtype}")
        samples = in_turn(tasks, context.repeats)
        for name in list(tasks)[1:]:
            counts = name.startswith("MLP")
            cases.append(
                Case(
                    dtype if counts else f"{dtype}, beside PyTorch",
                    samples["sklinear_gd"].median / EPOCHS,
                    samples[name].median / EPOCHS,
                    "sklinear_gd, adam",
                    name,
                    target if counts else None,
                    samples={key: one.seconds for key, one in samples.items()},
                )
            )
    return Result(cases, notes=[f"Fits of {EPOCHS} epochs, divided by {EPOCHS}."])


def epoch_stream(context):
    """Row 2: the same epoch beside reading X once."""
    from sklinear_gd import kernels

    cases = []
    levels = {"": 2.5 if kernels.simd == "avx512" else 4.0}
    if kernels.simd == "avx512":
        levels["avx2"] = 4.0
    for dtype in ("float32", "float64"):
        with handed_over(context.load("mnist", dtype)) as path:
            for forced, target in levels.items():
                for threads in (2, 1):
                    name = f"{dtype}, {threads} threads, {forced or kernels.simd}"
                    context.say(name)
                    # The target is that of both cores.
                    wanted = target if threads == 2 else None
                    cases.append(_stream_case(context, name, path, forced, threads, wanted))
    note = "With two threads each sums half of X, since X.sum() itself uses one."
    return Result(cases, notes=[note])


def _stream_case(context, name, path, forced, threads, target):
    environment = {"OMP_NUM_THREADS": str(threads)}
    if forced:
        environment["SKLINEAR_GD_SIMD"] = forced
    order = {"data": path, "threads": threads, "epochs": EPOCHS, "repeats": context.repeats}
    found = list(child("benchmarks.stream", order, environment=environment))[-1]
    if "failed" in found:
        raise RuntimeError(f"benchmarks.stream: {found['failed']}")
    figures, samples = (found["epoch"], found["stream"]), found["samples"]
    return Case(name, *figures, "an epoch of fit", "X.sum()", target, samples=samples)


def single_rows(context):
    """Row 9: plain SGD with batch_size=1, one epoch."""
    n_rows = context.size(60_000, 150)
    targets = {"20 features, 3 classes": 1.0, "100 features, 10 classes": 1 / 2}
    targets |= {"784 features, 10 classes (MNIST)": 1 / 5, "newsgroups": 1 / 3}
    sets = (
        lambda: made_up(n_rows, 20, 3),
        lambda: made_up(n_rows, 100, 10),
        lambda: _training(context.load("mnist")),
        lambda: _training(context.load("newsgroups")),
    )
    cases = []
    for (name, target), make in zip(targets.items(), sets, strict=True):
        X, y = make()
        for loss, peer_loss in (("ovr", "hinge"), ("softmax", "log_loss")):
            context.say(f"{name}, {loss}")
            cases.append(_single_rows_case(context, name, target, X, y, loss, peer_loss))
    note = (
        "ovr against hinge is the same objective, softmax against log_loss is not: the peer then "
        "still trains one-vs-rest. The peer runs with n_jobs=1 and n_jobs=2; the faster counts."
    )
    return Result(cases, notes=[note])


def _training(data):
    return data.X, data.y


def _single_rows_case(context, name, target, X, y, loss, peer_loss):
    problem = Problem("", loss, 1e-4)
    rate = 0.01 if isinstance(X, np.ndarray) else 1.0
    sgd = {"optimizer": "sgd", "learning_rate": rate, "schedule": "constant", "batch_size": 1}
    ours = estimator(problem, max_iter=1, random_state=0, **sgd)
    tasks = {"sklinear_gd": lambda: ours.fit(X, y)}
    for n_jobs in (1, 2):
        peer = SGDClassifier(
            loss=peer_loss, alpha=1e-4, max_iter=1, tol=None, random_state=0, n_jobs=n_jobs
        )
        tasks[f"SGDClassifier, n_jobs={n_jobs}"] = lambda e=peer: e.fit(X, y)
    samples = in_turn(tasks, context.repeats)
    best = min(list(tasks)[1:], key=lambda task: samples[task].median)
    return Case(
        f"{name}, {loss}",
        samples["sklinear_gd"].median,
        samples[best].median,
        "sklinear_gd, sgd",
        f"{best}, {peer_loss}",
        target,
        samples={key: one.seconds for key, one in samples.items()},
    )
