"""Train both estimators on 20 newsgroups: 11,314 posts as sparse rows of tf-idf weights.

    python examples/newsgroups.py

downloads the data once; with the environment variable SKLINEAR_GD_DATA it reads
``news20_bydate_counts.npz`` from that folder.
"""

from time import perf_counter

from _data import load_newsgroups

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

# Plain SGD, the optimizer whose updates cost no more than a batch has non-zeros. Rows of norm 1
# with small, sparse entries want rates far above 1.
TRAINING = {
    "optimizer": "sgd",
    "schedule": "cosine",
    "batch_size": 128,
    "max_iter": 10,
    "tol": None,
    "random_state": 0,
}
MODELS = [
    SoftmaxGDClassifier(alpha=1e-5, learning_rate=100.0, **TRAINING),
    SVMGDClassifier(multi_class="crammer_singer", alpha=1e-4, learning_rate=10.0, **TRAINING),
]


def main():
    """Train, and print a row of the table for each estimator."""
    X_train, y_train, X_test, y_test = load_newsgroups()
    print(
        f"20 newsgroups: {X_train.shape[0]} training rows, {X_test.shape[0]} test rows, "
        f"{X_train.shape[1]} features, {X_train.nnz / X_train.shape[0]:.0f} non-zeros a row"
    )
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
