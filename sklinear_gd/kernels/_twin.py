"""How a component of the objective names its compiled twin."""

from collections import namedtuple
from typing import Any


class Twin(namedtuple("Twin", ["name", "parameters", "state"], defaults=[(), ()])):
    """The compiled twin of a component.

    Parameters
    ----------
    name : str
        What the compiled code calls it.
    parameters : tuple of str, default=()
        The attributes whose values it takes as floats, in this order.
    state : tuple of str, default=()
        The arrays of an optimizer's state that it takes, in this order.
    """

    __slots__ = ()


class Twinned:
    """Mixin of the classes that may have a compiled twin.

    A subclass that redefines what the twin computes loses the twin, so that a user's formula is
    never served by its parent's kernel; it may name a twin of its own in ``kernel``. So it is with
    everything else that is derived from the definition.

    Attributes
    ----------
    definition : str or tuple of str
        The methods that the twin stands for.
    derived : tuple of str
        What holds for this definition only; a subclass with another one gets the default back.
    kernel : Twin or None
        The twin.
    """

    definition: str | tuple[str, ...] = "formula"
    derived: tuple[str, ...] = ("kernel",)
    kernel: Twin | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        names = (cls.definition,) if isinstance(cls.definition, str) else cls.definition
        newest = min(_depth(cls, name) for name in names)
        for name in cls.derived:
            # A method found before the kernel in the method resolution order is newer than it.
            if newest < _depth(cls, name):
                default = next(o for o in reversed(cls.__mro__) if name in o.__dict__)
                setattr(cls, name, default.__dict__[name])


def _depth(cls: type, name: str) -> int:
    """Return how far along the method resolution order `name` is found."""
    for depth, owner in enumerate(cls.__mro__):
        if name in owner.__dict__:
            return depth
    return len(cls.__mro__)
