"""What can be chosen on the page, within which limits, and the estimator that it makes."""

from dataclasses import dataclass, fields, replace
from typing import Any

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._validation import check_choice, check_flag, check_number
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.schedules import SCHEDULES, Adaptive, Exponential, Schedule, Step

# What partial_fit can do, which makes the page's updates.
OPTIMIZER_CLASSES = {name: cls for name, cls in OPTIMIZERS.items() if not cls.row_arrays}
SCHEDULE_CLASSES = {name: cls for name, cls in SCHEDULES.items() if not cls.searches}
LOSS_NAMES = {
    "weston_watkins": "Weston-Watkins",
    "ovr": "One-vs-rest",
    "crammer_singer": "Crammer-Singer",
    "softmax": "Softmax",
}
PENALTY_NAMES = {
    "l2": "L2: ½‖W‖²",
    "l1": "L1: ‖W‖₁",
    "elasticnet": "Elastic net",
    "none": "None",
}
BATCH_SIZES = ("full", "1", "2", "4", "8", "16", "32")
RATES = (1e-4, 10.0)
ALPHAS = (1e-4, 10.0)
CLASSES = (2, 5)
MAX_POINTS = 80
# Every point lies in the square [-PLANE, PLANE]².
PLANE = 2.0
MAX_WEIGHT = 1e6
# Schedules that end do so after this many updates.
PLANNED_UPDATES = 500
# One call of partial_fit is one update here, so that schedules which count epochs count updates.
SLOW_SCHEDULES = {
    "exponential": Exponential(decay=0.99),
    "step": Step(every=100, drop=0.3),
    "adaptive": Adaptive(patience=20),
}


@dataclass(frozen=True)
class Racer:
    """How one of the two models moves.

    Attributes
    ----------
    optimizer, schedule : str
        Names in the registries.
    rate : float
        The step size before the schedule.
    """

    optimizer: str = "sgd"
    rate: float = 0.1
    schedule: str = "constant"

    def check(self) -> None:
        """Raise ValueError, naming what is out of its range."""
        check_choice("", "optimizer", self.optimizer, OPTIMIZER_CLASSES)
        check_number("", "rate", self.rate, low=RATES[0], high=RATES[1])
        check_choice("", "schedule", self.schedule, SCHEDULE_CLASSES)


@dataclass(frozen=True)
class Settings:
    """All choices on the page apart from points and weights.

    Attributes
    ----------
    loss, penalty : str
        Keys of `LOSS_NAMES` and `PENALTY_NAMES`.
    alpha : float
        Strength of the penalty.
    classes : int
        How many classes there are, with or without points.
    batch : str
        Points in each update, a member of `BATCH_SIZES`.
    race : bool
        Whether the second model runs, too.
    first, second : Racer
    """

    loss: str = "weston_watkins"
    penalty: str = "l2"
    alpha: float = 0.1
    classes: int = 3
    batch: str = "full"
    race: bool = False
    first: Racer = Racer()
    second: Racer = Racer("momentum")

    @property
    def racers(self) -> tuple[Racer, ...]:
        """The racers that run: one or two."""
        return (self.first, self.second) if self.race else (self.first,)

    @property
    def n_scores(self) -> int:
        """Rows of ``coef_``: one for two classes, else one a class."""
        return 1 if self.classes == 2 else self.classes

    def check(self) -> None:
        """Raise ValueError, naming what is out of its range."""
        check_choice("", "loss", self.loss, LOSS_NAMES)
        check_choice("", "penalty", self.penalty, PENALTY_NAMES)
        check_number("", "alpha", self.alpha, low=ALPHAS[0], high=ALPHAS[1])
        check_number("", "classes", self.classes, low=CLASSES[0], high=CLASSES[1], integer=True)
        check_choice("", "batch", self.batch, BATCH_SIZES)
        check_flag("", "race", self.race)
        self.first.check()
        self.second.check()

    def changed(self, name: str, value: Any) -> "Settings":
        """The same with one value changed; ``second.rate`` names one of a racer's.

        Raises
        ------
        ValueError
            If the value is out of its range.
        """
        owner, _, part = name.rpartition(".")
        if owner:
            name, value = owner, replace(getattr(self, owner), **{part: value})
        other = replace(self, **{name: value})
        other.check()
        return other


RACER_FIELDS = tuple(field.name for field in fields(Racer))


def make_schedule(name: str) -> str | Schedule:
    """The schedule of a name as the estimator takes it: an object where its pace is the demo's."""
    return SLOW_SCHEDULES.get(name, name)


def estimator_parameters(
    settings: Settings, racer: Racer
) -> tuple[type[SVMGDClassifier | SoftmaxGDClassifier], dict[str, Any]]:
    """The estimator's class and the parameters that it is made with.

    Parameters
    ----------
    settings : Settings
    racer : Racer

    Returns
    -------
    cls : type
        SVMGDClassifier or SoftmaxGDClassifier.
    parameters : dict
        In the order in which they are shown.
    """
    parameters = {
        "penalty": None if settings.penalty == "none" else settings.penalty,
        "alpha": settings.alpha,
        "optimizer": racer.optimizer,
        "learning_rate": racer.rate,
        "schedule": make_schedule(racer.schedule),
        "batch_size": "full",
        "max_iter": PLANNED_UPDATES,
        "random_state": 0,
    }
    if settings.loss == "softmax":
        return SoftmaxGDClassifier, parameters
    return SVMGDClassifier, {"multi_class": settings.loss, **parameters}
