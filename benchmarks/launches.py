"""How many operations of PyTorch an update and an epoch take: ``python -m benchmarks.launches``.

On a GPU each is the launch of a kernel, which is what small batches wait for. PyTorch's profiler
counts them on the CPU, so that no GPU is needed: operations that compute or copy, not views. Beside
the estimator stands the loop of ``benchmarks.device``. Numbers read by the host, each a wait for a
device, are counted, too.
"""

import os
import sys
import warnings
from collections import Counter

os.environ["SCIPY_ARRAY_API"] = "1"

import numpy as np
import sklearn

from benchmarks.device import ALPHA, RATE, Loop

ROWS, FEATURES, CLASSES = 256, 20, 10
EPOCHS = 3
# What makes no kernel run on a device.
VIEWS = """alias as_strided detach diagonal empty empty_like empty_strided expand is_nonzero
lift_fresh numpy_T permute reshape resize_ resolve_conj resolve_neg result_type select slice split
squeeze t to transpose unbind unsqueeze view _reshape_alias _unsafe_view set_ item
_local_scalar_dense narrow unfold contiguous expand_as""".split()


def counted(call):
    """The operations of a call by name; "read" counts numbers that the host reads."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU]) as found:
        call()
    names = Counter()
    for event in found.events():
        if event.name == "aten::_local_scalar_dense":
            names["read"] += 1
        elif _works(event) and not any(map(_works, _above(event))):
            names[event.name.removeprefix("aten::")] += 1
    return names


def _works(event):
    """Whether this is an operation that does something itself, not by others that it calls."""
    return _is_kernel(event) and not any(map(_is_kernel, event.cpu_children))


def _is_kernel(event):
    return event.name.startswith("aten::") and event.name.removeprefix("aten::") not in VIEWS


def _above(event):
    """The operations that called this one: on the host they convert Python's numbers so."""
    while (event := event.cpu_parent) is not None:
        yield event


def of_estimator(X, y, batch_size, epochs=EPOCHS, **params):
    """A call that fits the estimator."""
    from sklinear_gd import SoftmaxGDClassifier

    params = {"optimizer": "adam", "learning_rate": RATE, "alpha": ALPHA, "tol": None, **params}
    clf = SoftmaxGDClassifier(batch_size=batch_size, max_iter=epochs, random_state=0, **params)
    return lambda: clf.fit(X, y)


def of_loop(X, y, batch_size, epochs=EPOCHS):
    """A call that runs the loop."""
    loop = Loop(X, y, batch_size)
    return lambda: [loop.epoch() for _ in range(epochs)]


def per_update_and_epoch(make, X, y):
    """Operations of an update, and those that an epoch takes besides."""

    def count(n_batches, epochs):
        return counted(make(X, y, ROWS // n_batches, epochs=epochs))

    base, longer = count(4, EPOCHS), count(4, 2 * EPOCHS)
    more = count(8, EPOCHS)
    epoch, update = Counter(longer), Counter(more)
    epoch.subtract(base)
    update.subtract(base)
    update = {name: n / (4 * EPOCHS) for name, n in update.items() if n}
    epoch = {name: n / EPOCHS - 4 * update.get(name, 0) for name, n in epoch.items()}
    return update, {name: n for name, n in epoch.items() if n}


def main():
    import torch

    rng = np.random.default_rng(0)
    X = torch.asarray(rng.normal(size=(ROWS, FEATURES)).astype(np.float32))
    y = torch.asarray(rng.integers(0, CLASSES, ROWS))
    ways = {
        "estimator": lambda *args, **kw: of_estimator(*args, precondition=False, **kw),
        "with precondition": lambda *args, **kw: of_estimator(*args, precondition="diagonal", **kw),
        "loop": of_loop,
    }
    warnings.simplefilter("ignore")
    with sklearn.config_context(array_api_dispatch=True):
        for name, make in ways.items():
            for what, found in zip(
                ("an update", "an epoch besides"), per_update_and_epoch(make, X, y), strict=True
            ):
                reads = found.pop("read", 0)
                print(f"{name}, {what}: {sum(found.values()):.1f} operations, {reads:.1f} reads")
                if "--names" in sys.argv:
                    print("   ", {key: round(n, 2) for key, n in sorted(found.items())})


if __name__ == "__main__":
    main()
