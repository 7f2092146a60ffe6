"""What a fit that did not end well says: the numbers, and what would help."""

import numpy as np

from sklinear_gd.conditioning import moments
from sklinear_gd.optimality import measure

# Epochs after which even tol=None has had its chance.
TRIED = 10


def complaint(name, result, plan, objective, history):
    """The text of the warning after a fit, or None where there is nothing to complain of.

    Parameters
    ----------
    name : str
        Of the estimator's class.
    result : Result
    plan : Plan
    objective : Objective
        That the solver minimized.
    history : dict of ndarray
    """
    if result.rise is not None and _was_up(result, objective):
        return _rise(name, result, objective, history)
    # Who asks for a few epochs does not ask for a good model.
    tried = plan.tol is not None or len(history["epoch"]) >= TRIED
    tried = result.reason in ("tol", "line_search") or (tried and result.reason == "max_iter")
    chance = tried and result.objective > (1 - 1e-6) * objective.frequency_value()
    if chance or (result.reason == "diverged" and not _was_up(result, objective)):
        return (
            f"{name} is no better than class frequencies alone: the objective is "
            f"{result.objective:.4g}. The features tell nothing of the classes at this scale and "
            "this alpha; scale them (StandardScaler), lower alpha, or train longer."
        )
    if result.reason == "diverged":
        return f"{name} diverged: {_kept(result)}. Scale the features (StandardScaler)."
    if result.reason == "max_iter" and plan.tol is not None:
        return (
            f"{name} ran max_iter={plan.max_iter} epochs and the objective, now "
            f"{result.objective:.4g}, may still fall by more than tol={plan.tol:g}"
            f"{_known(_gap(result, objective))}: raise max_iter, scale the features "
            "(StandardScaler), or set tol=None to run all epochs without this warning."
        )
    if result.reason == "line_search" and plan.tol is not None:
        gap = _gap(result, objective)
        if gap > max(plan.tol, _rounding(objective)) * abs(result.objective):
            return (
                f"{name} found no step that lowers the objective further, now "
                f"{result.objective:.4g}, before it was known to be within tol={plan.tol:g} of the "
                f"optimum{_known(gap)}: scale the features (StandardScaler), pass X as float64 "
                "unless it is, raise alpha, or raise tol."
            )
    return None


def _was_up(result, objective):
    """Whether the objective had risen by more than rounding and noise; not finite counts."""
    return result.rise is None or not result.rise <= 1.1 * objective.zero_value()


def _rise(name, result, objective, history):
    rates = history["learning_rate"]
    text = (
        f"{name} {'diverged with' if result.reason == 'diverged' else 'had to lower'} a rate of "
        f"{rates[0]:.3g}: the objective rose to {result.rise:.3g}. {_kept(result)}. "
        f"learning_rate='auto' takes {result.safe_rate:.3g} for these data"
    )
    if objective.basis is None:
        mean, variance = moments(objective)
        widest = int(np.argmax(np.nan_to_num(variance)))
        text += (
            f"; the widest feature is column {widest}, of mean {mean[widest]:.3g} and standard "
            f"deviation {np.sqrt(variance[widest]):.3g}"
        )
    return text + ". Lower learning_rate, or scale the features (StandardScaler)."


def _kept(result):
    if result.epoch == 0:
        return f"The zero model, of objective {result.objective:.4g}, takes its place"
    return f"The best weights so far, of objective {result.objective:.4g}, are kept"


def _gap(result, objective):
    """By how much the objective is above the optimum, at most; NaN where no bound is known."""
    if objective.design.xp is not np or objective.is_wide:
        return np.nan  # the bound takes X and W in float64, on the host
    W, b = objective.split(result.params)
    b = None if b is None else b.astype(np.float64)
    return measure(objective, W.astype(np.float64), b, None, 0, result.nearest).gap


def _rounding(objective):
    """What a bound cannot tell from 0, relative to the objective."""
    return 1e-3 if objective.design.dtype == np.float32 else 1e-6


def _known(gap):
    return f" and is at most {gap:.3g} above the optimum" if np.isfinite(gap) else ""
