"""Saving the model on the way."""

import os
import pickle
from copy import copy
from pathlib import Path
from typing import Any
from uuid import uuid4

from sklinear_gd._validation import check_number, shown
from sklinear_gd.callbacks.base import Callback, fitted_attributes


class Checkpoint(Callback):
    """Saves the fitted estimator to a file after every so many epochs, and at the end.

    The file is a pickle of an estimator that predicts, and that goes on where it stood: with
    ``warm_start=True`` its ``fit`` has the weights, the optimizer's state, the schedule, the counts
    and the random orders of the interrupted fit. The new content takes the place of the old in one
    step: whenever the process dies, the file holds a whole model. Callbacks are not saved.

    Parameters
    ----------
    path : str or path-like
        The file; its folder must exist. Each fit overwrites it, so that in a search over
        parameters the last fit's model remains.
    every : int, default=1
        Epochs from one saving to the next.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.callbacks import Checkpoint
    >>> X, y = load_iris(return_X_y=True)
    >>> with TemporaryDirectory() as folder:
    ...     checkpoint = Checkpoint(Path(folder) / "model.pickle", every=5)
    ...     clf = SoftmaxGDClassifier(max_iter=20, tol=None).set_callbacks(checkpoint).fit(X, y)
    ...     saved = checkpoint.load()
    >>> saved.n_iter_
    20
    >>> saved.set_params(warm_start=True, max_iter=10).fit(X, y).n_iter_
    30
    """

    def __init__(self, path: Any, *, every: int = 1) -> None:
        self.path = path
        self.every = every

    def load(self) -> Any:
        """The estimator in the file.

        A pickle can run any code: load only what you have saved yourself.

        Returns
        -------
        estimator : estimator
            Fitted, without callbacks.
        """
        return pickle.loads(Path(self.path).read_bytes())

    def start(self, estimator: Any) -> Any:
        """Check the parameters and begin a record."""
        check_number("Checkpoint", "every", self.every, low=1, integer=True)
        if not isinstance(self.path, str | os.PathLike) or Path(self.path).is_dir():
            raise ValueError(
                f"Checkpoint: path={shown(self.path)} must name a file, in a folder that exists, "
                "e.g. 'model.pkl'."
            )
        if not Path(self.path).parent.is_dir():
            raise ValueError(f"Checkpoint: the folder of path={str(self.path)!r} does not exist.")
        return {"epochs": 0}

    def epoch(
        self, record: Any, fitted_estimator: Any, X: Any, y: Any, metadata: dict[str, Any]
    ) -> bool:
        """Save the model, if it is time."""
        record["epochs"] += 1
        if record["epochs"] % self.every == 0:
            self._save(fitted_estimator)
        return False

    def end(self, record: Any, estimator: Any, completed: bool) -> None:
        """Save the finished model."""
        if completed:
            self._save(estimator)

    def _save(self, fitted_estimator: Any) -> None:
        """Write a new file and put it in the place of the old one."""
        estimator = copy(fitted_estimator)
        params = estimator.get_params(deep=False)
        kept = {name: value for name, value in vars(estimator).items() if name in params}
        kept |= fitted_attributes(estimator)
        vars(estimator).clear()
        vars(estimator).update(kept)
        path = Path(self.path)
        part = path.with_name(f"{path.name}.{uuid4().hex}.part")
        try:
            with open(part, "xb") as file:
                pickle.dump(estimator, file, protocol=pickle.HIGHEST_PROTOCOL)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
