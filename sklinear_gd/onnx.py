"""Export to ONNX: importing this module teaches skl2onnx the two classifiers.

Needs the extra ``onnx``: ``python -m pip install "sklinear-gd[onnx]"``.

Examples
--------
>>> from sklearn.datasets import load_iris
>>> from skl2onnx import to_onnx
>>> import sklinear_gd.onnx
>>> from sklinear_gd import SoftmaxGDClassifier
>>> X, y = load_iris(return_X_y=True)
>>> clf = SoftmaxGDClassifier(solver="lbfgs").fit(X, y)
>>> model = to_onnx(clf, X[:1], options={"zipmap": False})
>>> [output.name for output in model.graph.output]
['label', 'probabilities']
"""

from typing import Any

import numpy as np
from scipy import sparse

from sklinear_gd.softmax import SoftmaxGDClassifier
from sklinear_gd.svm import SVMGDClassifier

try:
    from onnx import TensorProto
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import guess_numpy_type
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
except ImportError as error:
    raise ImportError(
        'sklinear_gd.onnx needs skl2onnx: python -m pip install "sklinear-gd[onnx]"'
    ) from error

OPTIONS = {
    "zipmap": [True, False, "columns"],
    "nocl": [True, False],
    "output_class_labels": [False, True],
    "raw_scores": [True, False],
}


def convert(scope: Any, operator: Any, container: Any) -> None:
    """Write a fitted classifier as ONNX operators.

    Importing this module registers it with skl2onnx, which calls it. The outputs are the labels,
    and the probabilities of ``SoftmaxGDClassifier``, of shape (n_samples, n_classes). For
    ``SVMGDClassifier``, or with the option ``raw_scores``, the scores are in their place; two
    classes have the scores -s and s.

    Parameters
    ----------
    scope : skl2onnx.common._topology.Scope
        Gives names to what is made.
    operator : skl2onnx.common._topology.Operator
        The classifier, its input and its outputs.
    container : skl2onnx.common._container.ModelComponentContainer
        Takes the operators.
    """
    model, source = operator.raw_operator, operator.inputs[0]
    dtype = guess_numpy_type(source.type)
    dtype = np.float64 if dtype == np.float64 else np.float32
    kind = TensorProto.DOUBLE if dtype == np.float64 else TensorProto.FLOAT

    def constant(name: str, kind: Any, array: Any) -> str:
        name = scope.get_unique_variable_name(name)
        container.add_initializer(name, kind, array.shape, array.ravel().tolist())
        return name

    def node(kind: Any, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        output = output or scope.get_unique_variable_name(kind.lower())
        name = scope.get_unique_operator_name(kind)
        container.add_node(kind, inputs, output, name=name, **attributes)
        return output

    coef = model.coef_.toarray() if sparse.issparse(model.coef_) else model.coef_
    W = constant("coef", kind, coef.T.astype(dtype))
    b = constant("intercept", kind, model.intercept_.astype(dtype))
    X = node("Cast", [source.full_name], to=kind)
    scores = node("Gemm", [X, W, b], op_version=11)
    binary = len(model.classes_) == 2
    if binary:
        scores = node("Concat", [node("Neg", [scores], op_version=6), scores], axis=1, op_version=4)

    label, second = (output.full_name for output in operator.outputs)
    text = model.classes_.dtype.kind in "OUS"
    classes = constant(
        "classes",
        TensorProto.STRING if text else TensorProto.INT64,
        model.classes_.astype(str if text else np.int64),
    )
    index = node("ArgMax", [scores], axis=1, keepdims=0, op_version=13)
    node("Gather", [classes, index], label, op_version=13)
    raw = scope.get_options(model, {"raw_scores": False})["raw_scores"]
    if raw or not hasattr(model, "predict_proba"):
        node("Identity", [scores], second, op_version=13)
    elif binary:
        node("Sigmoid", [scores], second, op_version=13)
    else:
        node("Softmax", [scores], second, axis=1, op_version=13)


for _estimator in (SVMGDClassifier, SoftmaxGDClassifier):
    update_registered_converter(
        _estimator,
        f"SklinearGD{_estimator.__name__}",
        calculate_linear_classifier_output_shapes,
        convert,
        options=OPTIONS,
        overwrite=True,
    )

__all__ = ["convert"]
