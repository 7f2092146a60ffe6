"""Both estimators on scikit-learn's digits: a pipeline, a grid search, and a reference.

    python examples/quickstart.py

Gradient descent is searched over its learning rate by cross-validation; L-BFGS minimizes the same
objective without one and shows where the optimum lies.
"""

from time import perf_counter

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

ALPHA = 1e-2
RATES = [0.01, 0.03, 0.1, 0.3]
DESCENT = {"schedule": "cosine", "max_iter": 200, "tol": None, "random_state": 0}
REFERENCE = {"solver": "lbfgs", "max_iter": 5000}


def searched(estimator):
    """Return gradient descent in a pipeline, under a grid search over the learning rate."""
    pipeline = make_pipeline(StandardScaler(), estimator(alpha=ALPHA, **DESCENT))
    name = f"{estimator.__name__.lower()}__learning_rate"
    return GridSearchCV(pipeline, {name: RATES}, cv=3)


def reference(estimator):
    """Return the same model by L-BFGS."""
    return make_pipeline(StandardScaler(), estimator(alpha=ALPHA, **REFERENCE))


def main():
    """Train, and print two rows of the table for each estimator."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(f"digits: {len(y_train)} training rows, {len(y_test)} test rows, alpha={ALPHA:g}")
    names = f"{'estimator':<20} {'solver':<6} {'rate':>5} {'objective':>9} {'test':>7}"
    print(f"{names} {'seconds':>8}")
    for estimator in (SoftmaxGDClassifier, SVMGDClassifier):
        search = searched(estimator).fit(X_train, y_train)
        report(search.best_estimator_, search.refit_time_, X_test, y_test)
        pipeline = reference(estimator)
        start = perf_counter()
        pipeline.fit(X_train, y_train)
        report(pipeline, perf_counter() - start, X_test, y_test)


def report(pipeline, seconds, X_test, y_test):
    """Print a row of the table: the final objective on the training rows, the test accuracy."""
    model, accuracy = pipeline[-1], pipeline.score(X_test, y_test)
    rate = f"{model.learning_rate:g}" if model.solver == "gd" else ""
    print(
        f"{type(model).__name__:<20} {model.solver:<6} {rate:>5} {model.objective_:9.4f} "
        f"{accuracy:7.4f} {seconds:8.2f}"
    )


if __name__ == "__main__":
    main()
