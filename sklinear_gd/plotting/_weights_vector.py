"""Weights as one vector, which rays, planes and paths are drawn in."""

from typing import Any

import numpy as np


class Weights:
    """Between parameters, ``coef_`` and ``intercept_``, and flat vectors of float64.

    Parameters
    ----------
    objective : Objective
    """

    def __init__(self, objective: Any) -> None:
        self.objective = objective
        self.shape = (len(objective.zeros()), objective.n_scores)

    def vector(self, item: Any) -> Any:
        """The vector of an estimator, of (coef, intercept), or of coef alone."""
        if hasattr(item, "coef_"):
            item = (item.coef_, item.intercept_)
        coef, intercept = item if isinstance(item, tuple) else (item, 0.0)
        coef = np.asarray(coef, dtype=np.float64)
        n_features = self.objective.design.shape[1]
        if coef.shape != (self.shape[1], n_features):
            raise ValueError(
                f"weights of the shape {coef.shape} were given; (n_scores, n_features) is "
                f"{(self.shape[1], n_features)}, as in coef_."
            )
        params = np.zeros(self.shape)
        params[:n_features] = coef.T
        params[n_features:] = intercept
        return params.ravel()

    def of_params(self, params: Any) -> Any:
        """The vector of padded parameters."""
        return params[:, : self.shape[1]].ravel()

    def params(self, vector: Any) -> Any:
        """The padded parameters of a vector."""
        params = self.objective.zeros()
        params[:, : self.shape[1]] = vector.reshape(self.shape)
        return params

    def value(self, vector: Any) -> float:
        """The objective there."""
        return self.objective.value(self.params(vector))
