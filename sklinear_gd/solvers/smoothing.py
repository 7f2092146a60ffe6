"""A loss with a kink, smoothed about derivatives that are learnt: the method of multipliers.

Smoothed about the derivatives d_0 of an optimum, a loss has that optimum however wide the smoothing
is (``Loss.shifts``). So the width need not become tiny: the smoothed objective is minimized, d_0
becomes its derivatives there, and so on. With V = sum_i v_i x_iᵀ d_i, v_i the share of the weight
of row i, what is missing to the optimum is at most, without intercept,

    sum_i v_i (L(s_i) + L*(d_i) - <d_i, s_i>)  +  |V + alpha l2 W|² / (2 alpha l2)

where the first term is what the smoothing costs and the second one how far it is from being solved.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklinear_gd import kernels
from sklinear_gd._namespaces import copy_of, to_host


@dataclass(frozen=True)
class Nearest:
    """Parameters at which the derivatives of a smoothed loss make a good dual point.

    Attributes
    ----------
    missing : float
        What is missing to the optimum there, at most, as far as it is known.
    params : ndarray
    loss : Loss
    shifts : list of arrays, or None where all are 0
    """

    missing: float = np.inf
    params: Any = None
    loss: Any = None
    shifts: Any = None

    def all_shifts(self):
        """The shifts of all rows that count, on the host: (n, n_scores); None where all are 0."""
        if self.shifts is None:
            return None
        return np.concatenate([to_host(own) for own in self.shifts])


class Smoothing:
    """The smoothed neighbour of an objective whose loss has a kink.

    Parameters
    ----------
    objective : Objective
    width : float
        Of the first smoothing, which is about derivatives of 0.

    Attributes
    ----------
    loss : Loss
        The smoothed loss.
    smooth_value, value, cost : float
        Of the last evaluation: the smoothed objective, F, and the first term above; where there
        is no rule for the shifts, by how much the smoothing changes F.
    params : ndarray
        Where that was; the caller's own array.
    nearest : Nearest
        Of the evaluations that were noted, what the best dual point is made of.
    """

    def __init__(self, objective, width):
        self.objective, self.width = objective, width
        self.loss = objective.loss.smoothed(width)
        rows = objective.rows
        self.learns = objective.design.in_memory and self._shifts_of_none(width) is not None
        # With kernels: the weighted derivatives of all rows, to be pulled back together.
        self.table = objective.zeros_of_rows() if self.learns and objective.uses_kernels else None
        step = objective.formula_rows() if self.table is None else objective.slice_rows()
        self.slices = [rows[start : start + step] for start in range(0, len(rows), step)]
        self.shifts = self.derivatives = None
        self.smooth_value = self.value = self.cost = np.nan
        self.params, self.nearest = None, Nearest()

    def _shifts_of_none(self, width):
        zeros = np.zeros((1, self.objective.n_scores))
        return self.objective.loss.shifts(zeros, np.zeros(1, dtype=np.int32), width)

    def value_and_gradient(self, params, gradient):
        """The smoothed objective; the gradient of its smooth part is written to ``gradient``."""
        objective, self.params = self.objective, params
        if not self.learns:
            smooth = objective.with_loss(self.loss)
            self.smooth_value = smooth.value_and_gradient(params, gradient)
            self.value = objective.value(params)
            self.cost = abs(self.value - self.smooth_value)
            return self.smooth_value
        gradient[...] = 0
        shifts = self.shifts or [None] * len(self.slices)
        found = [
            self._slice(params, gradient, rows, own)
            if self.table is None
            else self._slice_by_kernel(params, rows, own)
            for rows, own in zip(self.slices, shifts, strict=True)
        ]
        *sums, self.derivatives = zip(*found, strict=True)
        if self.table is not None:
            objective.pull_back_table(self.table, gradient, 1 / len(objective.rows))
        penalty = objective.penalty_value(params)
        smooth, plain, self.cost = (float(sum(own)) / len(objective.rows) for own in sums)
        objective.add_penalty_gradient(params, gradient)
        self.smooth_value, self.value = smooth + penalty, plain + penalty
        return self.smooth_value

    def _slice(self, params, gradient, rows, shifts):
        """The sums of smoothed losses, losses and costs of some rows, and their derivatives."""
        objective = self.objective
        design, xp = objective.design, objective.design.xp
        block = objective.gathered(rows)
        scores = xp.asarray(objective.block_scores(block, params), dtype=design.wide)
        y, weights = objective.labels_and_weights(rows)
        smooth, d_scores = self.loss.formula(scores if shifts is None else scores + shifts, y, xp)
        plain = objective.loss.formula(scores, y, xp)[0]
        cost = plain + objective.loss.conjugate(d_scores, y, xp) - xp.sum(d_scores * scores, axis=1)
        weighted = d_scores
        if weights is not None:
            smooth, plain, cost = smooth * weights, plain * weights, cost * weights
            weighted = d_scores * weights[:, None]
        objective.pull_back(block, weighted / len(objective.rows), gradient)
        return xp.sum(smooth), xp.sum(plain), xp.sum(cost), d_scores

    def _slice_by_kernel(self, params, rows, shifts):
        """The same in compiled code, but for the gradient, which is left in the table."""
        objective = self.objective
        scores = objective.scores(params, rows)
        y, weights = objective.labels_and_weights(rows)
        derivatives = np.empty(scores.shape)
        sums = kernels.smoothed_losses(
            scores, y, weights, shifts, rows, self.loss, derivatives, self.table
        )
        return *sums, derivatives

    def move(self, width):
        """Smooth over this width, about the derivatives of the last evaluation."""
        objective, self.width = self.objective, width
        self.loss = objective.loss.smoothed(width)
        if self.learns:
            self.shifts = [
                objective.loss.shifts(
                    own, objective.labels_and_weights(rows)[0], width, objective.design.xp
                )
                for rows, own in zip(self.slices, self.derivatives, strict=True)
            ]

    def note(self, unsolved):
        """Keep the last evaluation if it is the nearest one.

        ``unsolved`` is the second term above.
        """
        missing = self.cost + unsolved
        if missing < self.nearest.missing:
            self.nearest = Nearest(missing, copy_of(self.params), self.loss, self.shifts)
