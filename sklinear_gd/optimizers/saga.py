"""SAGA: steps along a gradient whose noise vanishes at the optimum."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd.optimizers.base import Optimizer


class SAGA(Optimizer):
    r"""Mini-batch steps that remember each row's derivative, so that their noise dies out.

    .. math::
        g = \frac{1}{|B|} \sum_{i \in B} x_i (d_i - m_i)^T + \frac1n \sum_i x_i m_i^T, \qquad
        \theta \leftarrow \theta - \eta \, g, \qquad m_i \leftarrow d_i \text{ for } i \in B

    with :math:`d_i` the derivative of row i's loss by its scores and :math:`m_i` the one that was
    met last. A smooth loss with an L2 penalty then converges linearly at a constant rate, where
    other rules need one that falls. The metric is η.

    It needs all data at once (not ``partial_fit``), memory for n_samples times n_classes numbers,
    and a pass over the data before the first step. Use it with ``schedule="constant"``. Without
    `GradientDescent` of the solvers, which keeps the memory, a step is one of `SGD`.

    References
    ----------
    A. Defazio, F. Bach and S. Lacoste-Julien, "SAGA: a fast incremental gradient method with
    support for non-strongly convex composite objectives", NeurIPS 2014; in mini-batches: N.
    Gazagnadou, R. Gower and J. Salmon, "Optimal mini-batch and step sizes for SAGA", ICML 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = SoftmaxGDClassifier(
    ...     optimizer="saga", schedule="constant", alpha=0.01, max_iter=100, random_state=0
    ... ).fit(X / 16, y)
    >>> bool(clf.optimality(X / 16, y).relative_gap < 1e-3)
    True
    """

    row_arrays = ("table",)

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        params -= rate * gradient
        return rate
