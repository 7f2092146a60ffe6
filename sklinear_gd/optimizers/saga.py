"""SAGA: steps along a gradient whose noise vanishes at the optimum."""

from sklinear_gd.optimizers.nesterov import Nesterov


class SAGA(Nesterov):
    r"""Mini-batch steps that remember each row's derivative, so that their noise dies out.

    .. math::
        g = \frac{1}{|B|} \sum_{i \in B} x_i (d_i - m_i)^T + \frac1n \sum_i x_i \bar m_i^T,
        \qquad m_i \leftarrow d_i \text{ for } i \in B

    with :math:`d_i` the derivative of row i's loss by its scores, :math:`m_i` the one that was met
    last, and :math:`\bar m_i` the :math:`m_i` at the beginning of the epoch; then a step of
    `Nesterov` along g and the penalty's gradient. A smooth loss then converges linearly at a
    constant rate, where other rules need one that falls.

    It needs all data at once (not ``partial_fit``), memory for n_samples times n_classes numbers,
    and a pass over the data before the first step. Each batch touches all weights, so that it is no
    rule for wide sparse rows. Use it with ``schedule="constant"``. The solver keeps the memory:
    elsewhere a step is one of `Nesterov`.

    Parameters
    ----------
    momentum : float, default=0.9
        μ, the share of the velocity that is kept from step to step; in [0, 1). 0 is the rule as
        published.

    References
    ----------
    A. Defazio, F. Bach and S. Lacoste-Julien, "SAGA: a fast incremental gradient method with
    support for non-strongly convex composite objectives", NeurIPS 2014; with shuffled passes and a
    mean that stands still: B. Ying, K. Yuan and A. Sayed, "Convergence of variance-reduced
    learning under random reshuffling", ICASSP 2018.

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
