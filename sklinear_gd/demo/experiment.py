"""All that the page shows, without the page: points, settings, weights and one or two trainers."""

from typing import Any

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.demo.data_sets import load
from sklinear_gd.demo.settings import MAX_POINTS, MAX_WEIGHT, PLANE, Settings
from sklinear_gd.demo.trainer import Trainer, Weights

# Beyond this loss training has diverged, and the run is stopped.
DIVERGED = 1e6


class Experiment:
    """Points in the plane and the models that are trained on them.

    Every change begins a new run from the weights that stand. A change that is refused raises
    ValueError and leaves everything as it was.

    Parameters
    ----------
    settings : Settings, default=Settings()
    X : ndarray of shape (n_points, 2), default=None
        None takes Stanford's nine points.
    y : ndarray of shape (n_points,), default=None
    weights : list of (coef, intercept), default=None
        One pair a racer; None draws them.

    Attributes
    ----------
    trainers : list of Trainer
        One for each racer that runs.
    evaluations : list of Evaluation
        Of each trainer, as of the last update or call of `evaluate`.
    start : tuple (coef, intercept)
        Where `restart` leads back to.
    updates : int
        Updates since then, over all runs.
    version : int
        Changes whenever points, loss or penalty do: the landscape is then another.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        X: Array = None,
        y: Array = None,
        weights: list[Weights] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.X, self.y = load("stanford") if X is None else (X, y)
        self.draws, self.version, self.updates = 0, 0, 0
        self.moving = False
        self.trainers: list[Trainer] = []
        if weights is None:
            self.randomize()
        else:
            self.start = weights[0]
            self._begin(weights)

    # -- runs ------------------------------------------------------------------------------

    def _begin(self, weights: list[Weights] | None = None) -> None:
        """Begin a new run, by default from the weights that stand."""
        if weights is None:
            weights = [(trainer.coef, trainer.intercept) for trainer in self.trainers]
        racers = self.settings.racers
        weights = [*weights, self.start][: len(racers)]  # a second racer that joins begins anew
        self.trainers = [
            Trainer(self.settings, racer, self.X, self.y, *pair)
            for racer, pair in zip(racers, weights, strict=True)
        ]

    def update(self, times: int = 1) -> str:
        """Make some updates of each model.

        Returns
        -------
        message : str
            Why the run should stop, or nothing.
        """
        for trainer in self.trainers:
            with np.errstate(over="ignore", invalid="ignore"):
                for _ in range(times):
                    trainer.update()
        self.updates += times
        self.evaluate()
        for name, found in zip("AB", self.evaluations, strict=False):
            if not found.total < DIVERGED:
                self._clip_weights()
                return (
                    f"Optimizer {name} diverged: the loss went beyond {DIVERGED:,.0f}. "
                    "Lower its step size, then go back to the start."
                )
        return ""

    def evaluate(self) -> None:
        """Compute what the page shows of each model: `evaluations`."""
        self.evaluations = [trainer.evaluate() for trainer in self.trainers]

    def _clip_weights(self) -> None:
        """Keep weights in the range that a link may carry."""
        self._begin([(_clipped(own.coef), _clipped(own.intercept)) for own in self.trainers])

    def randomize(self) -> None:
        """Draw new weights, the same for both racers, and begin from them."""
        rng = np.random.default_rng(self.draws)
        self.draws += 1
        n_scores = self.settings.n_scores
        self.start = rng.normal(size=(n_scores, 2)).round(2), np.zeros(n_scores)
        self.restart()

    def restart(self) -> None:
        """Go back to the weights where training started."""
        self.updates = 0
        self._begin([self.start] * len(self.settings.racers))

    def set_weight(self, row: int, column: int, value: float) -> None:
        """Set one weight of the first model by hand (column 2 is b), and start from there."""
        value = float(value)
        if not abs(value) <= MAX_WEIGHT:
            raise ValueError(f"a weight must lie between -{MAX_WEIGHT:g} and {MAX_WEIGHT:g}.")
        coef, intercept = self.trainers[0].coef.copy(), self.trainers[0].intercept.copy()
        if column < 2:
            coef[row, column] = value
        else:
            intercept[row] = value
        self.start = coef, intercept
        self.restart()

    # -- settings --------------------------------------------------------------------------

    def change(self, name: str, value: Any) -> None:
        """Change one of the settings; ``second.rate`` names one of a racer's."""
        settings = self.settings.changed(name, value)
        if settings == self.settings:
            return
        if settings.classes < self.settings.classes:
            keep = self.y < settings.classes
            if not keep.any():
                raise ValueError("no point would be left; relabel one first.")
            self.X, self.y = self.X[keep], self.y[keep]
        classes_changed = settings.classes != self.settings.classes
        self.settings = settings
        if name in ("loss", "penalty", "alpha", "classes"):
            self.version += 1
        if classes_changed:
            self.randomize()
        else:
            self._begin()

    # -- points ----------------------------------------------------------------------------

    def _set_points(self, X: Array, y: Array) -> None:
        self.X, self.y = X, y
        self.version += 1
        self._begin()

    def load(self, name: str) -> None:
        """Take a ready data set, with as many classes as it has."""
        X, y = load(name)
        self.X, self.y = X, y
        self.settings = self.settings.changed("classes", int(y.max()) + 1)
        self.version += 1
        self.randomize()

    def add(self, x0: float, x1: float, label: int) -> int:
        """Add a point; returns its number."""
        if len(self.X) >= MAX_POINTS:
            raise ValueError(f"there are {MAX_POINTS} points already; delete one first.")
        self._check_label(label)
        self._set_points(np.vstack([self.X, _place(x0, x1)]), np.append(self.y, label))
        return len(self.X) - 1

    def delete(self, index: int) -> None:
        """Delete a point; one has to stay."""
        if len(self.X) == 1:
            raise ValueError("the last point has to stay.")
        self._set_points(np.delete(self.X, index, axis=0), np.delete(self.y, index))

    def relabel(self, index: int, label: int) -> None:
        """Give a point another class."""
        self._check_label(label)
        y = self.y.copy()
        y[index] = label
        self._set_points(self.X, y)

    def _check_label(self, label: int) -> None:
        if not 0 <= label < self.settings.classes:
            raise ValueError(f"class {label} is not among the {self.settings.classes} classes.")

    def drag(self, index: int, x0: float, x1: float) -> None:
        """Move a point under the run, which goes on; `drop` ends it."""
        X = self.X.copy()
        X[index] = _place(x0, x1)
        self.X = X
        self.version += 1
        self.moving = True
        for trainer in self.trainers:
            trainer.move_points(X)

    def drop(self) -> None:
        """End a drag: a run that can be repeated begins."""
        if self.moving:
            self.moving = False
            self._begin()

    def move(self, index: int, x0: float, x1: float) -> None:
        """Put a point in another place at once."""
        self.drag(index, x0, x1)
        self.drop()


def _clipped(weights: Array) -> Array:
    return np.clip(np.nan_to_num(weights), -MAX_WEIGHT, MAX_WEIGHT)


def _place(x0: float, x1: float) -> Array:
    """A place in the plane's square, in hundredths: short numbers for code and link."""
    return np.clip([x0, x1], -PLANE, PLANE).round(2)
