"""The penalties: one a file, and `PENALTIES`, the registry of those known by name.

To add one, write a file with one class derived from `Penalty` that defines ``value(W)`` and, for
its smooth part, ``add_gradient(W, out, strength)`` and, for its part with kinks, ``prox(W, step)``;
then enter it in `PENALTIES` below. The generic tests run over the registry. It needs no entry to
be used as an object.
"""

from sklinear_gd._validation import resolve
from sklinear_gd.penalties.base import Penalty
from sklinear_gd.penalties.elastic_net import ElasticNet
from sklinear_gd.penalties.group_lasso import GroupLasso
from sklinear_gd.penalties.l1 import L1
from sklinear_gd.penalties.l2 import L2
from sklinear_gd.penalties.none import NoPenalty

PENALTIES = {
    "l2": L2,
    "l1": L1,
    "elasticnet": ElasticNet,
    "group_lasso": GroupLasso,
}


def resolve_penalty(value: object, l1_ratio: float = 0.15, name: str = "penalty") -> Penalty:
    """Return a penalty of one's own for a key of `PENALTIES`, None or a Penalty object.

    Parameters
    ----------
    value : str, None or Penalty
        A key of `PENALTIES`; None for no penalty; or an object, which is cloned.
    l1_ratio : float, default=0.15
        The share of L1 in ``"elasticnet"``; an ElasticNet object has its own.
    name : str, default="penalty"
        What the parameter is called, for the message.

    Returns
    -------
    penalty : Penalty
        The object.
    """
    if value is None:
        return NoPenalty()
    mixture = {"l1_ratio": l1_ratio} if isinstance(value, str) and value == "elasticnet" else {}
    return resolve(name, value, PENALTIES, Penalty, also=", None", **mixture)


__all__ = [
    "L1",
    "L2",
    "PENALTIES",
    "ElasticNet",
    "GroupLasso",
    "NoPenalty",
    "Penalty",
    "resolve_penalty",
]
