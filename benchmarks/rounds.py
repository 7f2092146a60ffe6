"""Mini-batches on Dask blocks against mini-batches in memory, at the same number of passes.

SKLINEAR_GD_DATA=FOLDER python -m benchmarks.rounds [--blocks 16] [--rounds 10]
"""

import argparse
import sys
import warnings

from benchmarks import ROOT

SCHEDULES = ("adaptive", "cosine")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    import dask.array

    from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

    sys.path.insert(0, str(ROOT / "examples"))
    from _data import load_mnist

    X, y = load_mnist()[:2]
    size = -(-len(y) // options.blocks)
    blocks = dask.array.from_array(X, chunks=(size, X.shape[1]))
    labels = dask.array.from_array(y, chunks=size)
    print("estimator, schedule, objective in memory, in blocks, difference")
    for cls in (SoftmaxGDClassifier, SVMGDClassifier):
        for schedule in SCHEDULES:
            choice = {"schedule": schedule, "max_iter": options.rounds, "tol": None}
            memory, apart = (
                cls(random_state=0, **choice).fit(*own).objective(X, y)
                for own in ((X, y), (blocks, labels))
            )
            numbers = f"{memory:.4f}, {apart:.4f}, {apart / memory - 1:+.1%}"
            print(f"{cls.__name__}, {schedule}, {numbers}", flush=True)


if __name__ == "__main__":
    main()
