"""Train both estimators on all of MNIST: ten passes over 60,000 images of 784 pixels.

    python examples/mnist.py

downloads the data from OpenML once; with the environment variable SKLINEAR_GD_DATA it reads
``mnist.npz`` from that folder.
"""

from time import perf_counter

from _data import load_mnist

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

# Adam in batches of 128 rows. The rate falls along a cosine to 0 in the last of the ten epochs;
# with tol=None all of them are run.
TRAINING = {
    "optimizer": "adam",
    "learning_rate": 0.003,
    "schedule": "cosine",
    "batch_size": 128,
    "max_iter": 10,
    "tol": None,
    "random_state": 0,
}
MODELS = [
    SoftmaxGDClassifier(alpha=1e-5, **TRAINING),
    SVMGDClassifier(multi_class="crammer_singer", alpha=1e-4, **TRAINING),
]


def main():
    """Train, and print a row of the table for each estimator."""
    X_train, y_train, X_test, y_test = load_mnist()
    print(f"MNIST: {X_train.shape[0]} training rows, {X_test.shape[0]} test rows, float32")
    print(f"{'estimator':<20} {'objective':>9} {'train':>7} {'test':>7} {'seconds':>8}")
    for model in MODELS:
        start = perf_counter()
        model.fit(X_train, y_train)
        seconds = perf_counter() - start
        train, test = model.score(X_train, y_train), model.score(X_test, y_test)
        name = type(model).__name__
        print(f"{name:<20} {model.objective_:9.4f} {train:7.4f} {test:7.4f} {seconds:8.2f}")


if __name__ == "__main__":
    main()
