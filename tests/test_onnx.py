"""Export to ONNX: onnxruntime gives the same labels, scores and probabilities."""

import numpy as np
import onnxruntime
import pytest
from skl2onnx import to_onnx
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklinear_gd.onnx  # noqa: F401 (the import registers)
from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

LABELS = {
    "int": np.array([-3, 5, 2**40]),
    "str": np.array(["blue", "green", "réd"]),
    "object": np.array(["blue", "green", "réd"], dtype=object),
    "bool": np.array([False, True]),
}


def _run(model, X, **options):
    session = onnxruntime.InferenceSession(
        to_onnx(model, X[:1], options={"zipmap": False, **options}).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    return session.run(None, {session.get_inputs()[0].name: X})


def _model(cls, in_pipeline):
    clf = cls(solver="lbfgs", alpha=1e-2)
    return make_pipeline(StandardScaler(), clf) if in_pipeline else clf


@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize(
    ("kind", "n_classes"), [(k, n) for k in LABELS for n in (2, 3) if n <= len(LABELS[k])]
)
def test_labels_and_probabilities(kind, n_classes, dtype, tolerance, in_pipeline, three_classes):
    """Labels are equal and probabilities within 1e-5, alone and in a Pipeline."""
    X, y = three_classes
    X, y = X[y < n_classes].astype(dtype), LABELS[kind][y[y < n_classes]]
    model = _model(SoftmaxGDClassifier, in_pipeline).fit(X, y)
    labels, probabilities = _run(model, X)
    np.testing.assert_array_equal(labels, model.predict(X))
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=tolerance)


@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_of_the_svm(n_classes, in_pipeline, three_classes):
    """The SVM's second output is its scores; two classes have -s and s."""
    X, y = three_classes
    X, y = X[y < n_classes], LABELS["str"][y[y < n_classes]]
    model = _model(SVMGDClassifier, in_pipeline).fit(X, y)
    labels, scores = _run(model, X)
    expected = model.decision_function(X)
    if n_classes == 2:
        expected = np.stack([-expected, expected], axis=1)
    np.testing.assert_array_equal(labels, model.predict(X))
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)


def test_raw_scores_of_softmax_and_sparse_coef(three_classes):
    """The option raw_scores gives scores in place of probabilities; sparsify() changes nothing."""
    X, y = three_classes
    clf = _model(SoftmaxGDClassifier, False).fit(X, y).sparsify()
    labels, scores = _run(clf, X, raw_scores=True)
    np.testing.assert_array_equal(labels, clf.predict(X))
    np.testing.assert_allclose(scores, clf.decision_function(X), rtol=0, atol=1e-12)


def test_integers_are_cast(three_classes):
    """Integer input is cast to float32."""
    X, y = three_classes
    X = np.round(10 * X).astype(np.int64)
    clf = _model(SoftmaxGDClassifier, False).fit(X, y)
    labels, probabilities = _run(clf, X)
    np.testing.assert_array_equal(labels, clf.predict(X))
    np.testing.assert_allclose(probabilities, clf.predict_proba(X), rtol=0, atol=1e-5)
