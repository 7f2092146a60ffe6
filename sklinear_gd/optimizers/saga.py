"""SAGA: steps along a gradient whose noise vanishes at the optimum."""

from sklinear_gd.optimizers.nesterov import Nesterov


class SAGA(Nesterov):
    r"""Mini-batch steps that remember each row's derivative, so that their noise dies out.

    .. math::
        g = \frac{1}{|B|} \sum_{i \in B} x_i (d_i - m_i)^T + \frac1n \sum_i x_i \bar m_i^T,
        \qquad m_i \leftarrow d_i \text{ for } i \in B

    with :math:`d_i` the derivative of row i's loss by its scores, :math:`m_i` the one that was met
    last, at first 0, and :math:`\bar m_i` the :math:`m_i` at the beginning of the epoch; then a
    step of `Nesterov` along g and the penalty's gradient. A smooth loss then converges linearly at
    a constant rate, where other rules need one that falls.

    It needs all data at once (not ``partial_fit``) and memory for n_samples times n_classes
    numbers. Without momentum, and with L2 or no penalty, it runs in compiled code: there a batch of
    sparse rows costs as much as one of plain SGD, and an epoch two passes over the data more. Use
    it with ``schedule="constant"``. The solver keeps the memory: elsewhere a step is one of
    `Nesterov`.

    Of a plain hinge with an L2 penalty :math:`d_i` is the derivative at the scores that the step
    leads to, the rate 1 / (alpha n), and the mean gradient and the penalty's add up to 0: that is
    stochastic dual coordinate ascent, here on centred rows and with a momentum from epoch to epoch.
    It reaches the optimum in spite of the kinks. It asks for ``learning_rate="auto"``,
    ``precondition="auto"`` and batches smaller than the data, and allows no average, dropout or
    ``max_norm``.

    Parameters
    ----------
    momentum : float, default=0
        μ, the share of the velocity that is kept from step to step; in [0, 1). 0 is the rule as
        published; with more the steps are left to array formulas.

    References
    ----------
    A. Defazio, F. Bach and S. Lacoste-Julien, "SAGA: a fast incremental gradient method with
    support for non-strongly convex composite objectives", NeurIPS 2014; with shuffled passes and a
    mean that stands still: B. Ying, K. Yuan and A. Sayed, "Convergence of variance-reduced
    learning under random reshuffling", ICASSP 2018. For hinges: S. Shalev-Shwartz and T. Zhang,
    "Stochastic dual coordinate ascent methods for regularized loss minimization", JMLR 14, 2013.

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

    row_arrays = ("table", "table_before", "scores")
    noise = 1 / 3

    def __init__(self, momentum: float = 0.0) -> None:
        super().__init__(momentum)
