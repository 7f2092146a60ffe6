"""The optimizers: one a file, and `OPTIMIZERS`, the registry of those known by name.

To add one, write a file with one class derived from `Optimizer` that defines
``step(params, gradient, state, rate)``, if it remembers anything ``init(params)``, and if it moves
on after the prox ``extrapolate(params, state)``; then enter it in `OPTIMIZERS` below. The generic
tests run over the registry. It needs neither `kernel` nor an entry to be used as an object.

`GradientDescent` runs them on any function, as a method of `scipy.optimize.minimize`.
"""

from sklinear_gd._validation import resolve
from sklinear_gd.optimizers.accelerated import AcceleratedGradient
from sklinear_gd.optimizers.adagrad import AdaGrad
from sklinear_gd.optimizers.adam import Adam
from sklinear_gd.optimizers.base import Optimizer
from sklinear_gd.optimizers.gradient_descent import GradientDescent
from sklinear_gd.optimizers.momentum import Momentum
from sklinear_gd.optimizers.nesterov import Nesterov
from sklinear_gd.optimizers.rmsprop import RMSprop
from sklinear_gd.optimizers.saga import SAGA
from sklinear_gd.optimizers.schedule_free import ScheduleFree
from sklinear_gd.optimizers.sgd import SGD

OPTIMIZERS = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "accelerated": AcceleratedGradient,
    "adagrad": AdaGrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "schedule_free": ScheduleFree,
    "saga": SAGA,
}


def resolve_optimizer(value: object, name: str = "optimizer") -> Optimizer:
    """Return an optimizer of one's own for a key of `OPTIMIZERS` or an Optimizer object.

    Parameters
    ----------
    value : str or Optimizer
        A key of `OPTIMIZERS`, or an object, which is cloned.
    name : str, default="optimizer"
        What the parameter is called, for the message.

    Returns
    -------
    optimizer : Optimizer
        The object.
    """
    return resolve(name, value, OPTIMIZERS, Optimizer)


__all__ = [
    "OPTIMIZERS",
    "SAGA",
    "SGD",
    "AcceleratedGradient",
    "AdaGrad",
    "Adam",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "ScheduleFree",
    "resolve_optimizer",
]
