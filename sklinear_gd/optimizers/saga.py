"""SAGA: steps along a gradient whose noise vanishes at the optimum."""

from sklinear_gd._validation import check_flag
from sklinear_gd.optimizers.nesterov import Nesterov


class SAGA(Nesterov):
    r"""Mini-batch steps that remember each row's derivative, so that their noise dies out.

    .. math::
        g = \frac{1}{|B|} \sum_{i \in B} x_i (d_i - m_i)^T + \frac1n \sum_i x_i \bar m_i^T,
        \qquad m_i \leftarrow d_i \text{ for } i \in B

    with :math:`d_i` the derivative of row i's loss by its scores, :math:`m_i` the one that was met
    last, at first 0, and :math:`\bar m_i` the :math:`m_i` at the beginning of the epoch; then a
    step of `Nesterov` along g and the penalty's gradient. A smooth loss then converges linearly at
    a constant rate, where other rules need one that falls. An epoch begins where the weights would
    be if they went on moving as in the epochs before,

    .. math::
        \theta \leftarrow \theta_e + \frac{k}{k + 3} (\theta_e - \theta_{e-1})

    with :math:`\theta_e` the parameters at the end of epoch e, and k the epochs since the objective
    has risen, or since the memory is complete.

    It needs all data at once (not ``partial_fit``) and memory for n_samples times n_classes
    numbers. Without momentum, and with L2 or no penalty, it runs in compiled code: there a batch of
    sparse rows costs as much as one of plain SGD, and an epoch two passes over the data more. Use
    it with ``schedule="constant"``. The solver keeps the memory: elsewhere a step is one of
    `Nesterov`.

    With ``dual``, of a plain hinge with an L2 penalty :math:`d_i` is the derivative at the scores
    that the step leads to, the rate 1 / (alpha n), and the mean gradient and the penalty's add up
    to 0: that is stochastic dual coordinate ascent, here on centred rows, and what goes on moving
    is the memory. It reaches the optimum in spite of the kinks. It asks for
    ``learning_rate="auto"``, ``precondition="auto"`` and batches smaller than the data, and allows
    no average, dropout or ``max_norm``.

    Parameters
    ----------
    momentum : float, default=0
        μ, the share of the velocity that is kept from step to step; in [0, 1). 0 is the rule as
        published; with more the steps are left to array formulas.
    epoch_momentum : bool, default=True
        Whether an epoch begins beyond where the last one ended; it saves from a fifth to a half of
        the epochs, and takes a copy of the parameters.
    dual : bool, default=True
        Whether the steps of a plain hinge with an L2 penalty are those of dual coordinate ascent,
        which reach the optimum; else :math:`d_i` are subgradients, whose noise remains for rows at
        a kink. They want a rate that falls, e.g. ``Adaptive(divisor=2.0, patience=1)``, and come
        near the optimum sooner where rows are many and the penalty is weak.

    References
    ----------
    A. Defazio, F. Bach and S. Lacoste-Julien, "SAGA: a fast incremental gradient method with
    support for non-strongly convex composite objectives", NeurIPS 2014; with shuffled passes and a
    mean that stands still: B. Ying, K. Yuan and A. Sayed, "Convergence of variance-reduced
    learning under random reshuffling", ICASSP 2018. For hinges: S. Shalev-Shwartz and T. Zhang,
    "Stochastic dual coordinate ascent methods for regularized loss minimization", JMLR 14, 2013.
    Epochs as steps of an accelerated method: Y. Nesterov, 1983, begun anew where the objective
    rises as in B. O'Donoghue and E. Candès, "Adaptive restart for accelerated gradient schemes",
    Foundations of Computational Mathematics 15, 2015.

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

    def __init__(
        self, momentum: float = 0.0, epoch_momentum: bool = True, dual: bool = True
    ) -> None:
        super().__init__(momentum)
        self.epoch_momentum = epoch_momentum
        self.dual = dual

    @property
    def noise(self) -> float:  # type: ignore[override] # a constant in the base
        """The share of a batch's noise that does not die out; see `Optimizer`."""
        return 1 / 2 if self.epoch_momentum else 1 / 3

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        super().check()
        check_flag(type(self).__name__, "epoch_momentum", self.epoch_momentum)
        check_flag(type(self).__name__, "dual", self.dual)
