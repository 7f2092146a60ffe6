"""What ``precondition`` means for a fit: which variables its solver works in."""

from dataclasses import replace

import numpy as np

from sklinear_gd._namespaces import to_host
from sklinear_gd.conditioning.axes import PRINCIPAL, Basis, basis, dense_sample, in_basis
from sklinear_gd.conditioning.metrics import rounding_of, survives_centring
from sklinear_gd.conditioning.moments import finite_moments, weighted
from sklinear_gd.schedules import Adaptive, Constant

# precondition="auto" turns data of up to so many features and numbers, which is a copy of X, and
# only where there are this many rows a feature to know a covariance from.
FULL_FEATURES, FULL_NUMBERS, ROWS_A_FEATURE = 512, 1 << 23, 5
# ... and where so many of the numbers are not 0, however they are stored: sparse rows stay sparse.
FULL_SHARE = 0.4
# Larger data, up to so many numbers, where the features rise and fall together: where the first of
# the axes along which they are uncorrelated holds as much of the variance as so many of them, each
# in units of its standard deviation, and this share of all.
TURNED_NUMBERS, TOGETHER, TOGETHER_SHARE, TOGETHER_ROWS = 1 << 28, 50, 0.05, 512
# A copy in float32 pays from so many numbers on, and may hold numbers of these sizes.
SINGLE_NUMBERS, SINGLE_LEAST, SINGLE_MOST = 1 << 20, 1e-12, 1e12
# No row is worth a search where the median of so many is not below this share of their mean.
MEDIAN, MEDIAN_ROWS = 0.75, 512
# Fewer rows tell nothing of a spread.
LEAST_ROWS = 20
# Rows that are remembered one by one (SAGA): the features share a scale if their largest entries in
# some rows exceed the median by no such factor.
UNITS_ROWS, UNITS_SPREAD, UNITS_FEATURES = 256, 10.0, 8192
# Metrics of data along other axes.
TURNED = "full", "principal"
# Near a kink rounding decides which way an iterate goes. Where all rows are taken at once, equal
# rows of data of up to this size are merged first, so that weights and repetitions make the same
# iterates to the last bit.
MERGED = 256


def prepare(objective, plan, solver, earlier=None):
    """The objective and the plan that the solver gets: rows merged, axes turned.

    Parameters
    ----------
    objective : Objective
    plan : Plan
    solver : Solver
    earlier : Basis, tuple of its fields, or None
        The axes of an earlier fit that this one goes on from.

    Returns
    -------
    objective : Objective
    plan : Plan
        Its ``precondition`` is "diagonal", "uniform", "balanced", "dual" or False. Dual steps go
        to a maximum: an adaptive schedule, which divides the rate while the objective is not yet
        falling, would only stop them short of it, and is replaced by a constant one.
    """
    if len(objective.rows) <= MERGED and solver.takes_all(plan, objective):
        objective = objective.merged() if objective.design.in_memory else objective
    metric = choose(objective, plan, solver)
    if metric in TURNED:
        axes = _axes(objective, metric, earlier)
        single = solver.hides_rounding(plan, objective) and _in_single_precision(objective, axes)
        objective = single or in_basis(objective, axes)
    plan = replace(plan, precondition="diagonal" if metric in TURNED else metric)
    if metric == "dual" and type(plan.schedule) is Adaptive:
        plan = replace(plan, schedule=Constant())
    return objective, plan


def _axes(objective, metric, earlier):
    if earlier is None:
        return basis(objective, metric)
    place = objective.design.place
    return Basis(*(None if array is None else place(array) for array in earlier))


def _in_single_precision(objective, axes):
    """The objective in turned axes, in float32, where that serves; else None.

    The noise of mini-batches hides its rounding, and half of the bytes are read in half of the
    time. Small data stay as they are, and so do rows that nothing is taken off, whose offsets would
    cost digits, and numbers whose squares float32 does not hold.
    """
    design = objective.design
    is_large = design.in_memory and np.prod(design.shape) > SINGLE_NUMBERS
    if not is_large or design.xp is not np or design.dtype != np.float64 or axes.mean is None:
        return None
    with np.errstate(over="ignore", under="ignore"):
        turned = in_basis(objective, axes, np.float32)
    Z = turned.design.X
    largest = max(float(Z.max()), -float(Z.min()))
    if not SINGLE_LEAST < largest < SINGLE_MOST:
        return None
    turned.exact = objective
    return turned


def choose(objective, plan, solver):
    """What ``precondition`` means for this fit: a metric by its name, or False.

    "auto" leaves plain SGD and rates of the user's own to the textbook, turns small data, and
    scales the rest, for SAGA by one number if that serves. Dual steps (SAGA of a plain hinge) are
    the same in any scale, but not with any center, and taken where centring leaves more than
    rounding. Penalties with kinks allow the diagonal metric alone; dropped features and a ball,
    whose projection would need the metric too, none.
    """
    wanted, penalty = plan.precondition, objective.penalty
    if wanted is False or plan.dropout or plan.max_norm is not None:
        return False
    turnable = penalty.smooth and penalty.separable
    if wanted != "auto":
        return wanted if turnable else "diagonal"
    if len(objective.rows) < LEAST_ROWS or not solver.may_condition(plan):
        return False
    if solver.takes_dual_steps(plan, objective):
        return "dual" if survives_centring(objective) else "diagonal"
    turned = _turned(objective, solver) if turnable else None
    return turned or _scaled(objective, plan, solver)


def _turned(objective, solver):
    """Full or principal, where turning pays, else None.

    Rows with many zeros stay as they are: turned, they would have none.
    """
    design, n_features = objective.design, objective.design.shape[1]
    metric = "full" if n_features <= FULL_FEATURES else "principal"
    n_axes = n_features if metric == "full" else PRINCIPAL
    few = len(objective.rows) < ROWS_A_FEATURE * n_axes
    if few or design.mean_non_zeros < FULL_SHARE * n_features:
        return None
    if metric == "full" and np.prod(design.shape) <= FULL_NUMBERS:
        non_zeros = sum(objective.map(_count_non_zeros))
        return metric if non_zeros >= FULL_SHARE * np.prod(design.shape) else None
    has_room = design.in_memory and not design.is_mapped and np.prod(design.shape) <= TURNED_NUMBERS
    if not has_room or solver.prefers_one_scale(objective):
        return None
    return metric if _sampled(objective)[1] else None


def _scaled(objective, plan, solver):
    """Diagonal, or one scale: "balanced", where rows are remembered singly and units are alike.

    "uniform" leaves the choice to a solver for which one scale saves work.
    """
    if solver.prefers_one_scale(objective):
        return "uniform"
    single = solver.takes_single_rows(plan, objective)
    return "balanced" if single and share_units(objective) else "diagonal"


def share_units(objective):
    """Whether the largest entries of most features, among some rows, are alike."""
    design, n_features = objective.design, objective.design.shape[1]
    if design.sparse_updates and n_features > UNITS_FEATURES:
        return True
    sample = objective.sample(UNITS_ROWS)
    largest = sample.design.largest(sample.rows)
    largest = largest[largest > 0]
    return not len(largest) or largest.max() <= UNITS_SPREAD * np.median(largest)


def _move_together(rows):
    """Whether a few directions hold much of what the features vary by."""
    with np.errstate(over="ignore", invalid="ignore"):  # squares that overflow are refused later
        size = np.linalg.norm(rows, axis=0)
        rows -= rows.mean(axis=0)
        spread = np.linalg.norm(rows, axis=0)
    # What rounding leaves of a constant feature is no spread.
    varies = np.isfinite(spread) & (spread > np.sqrt(np.finfo(np.float64).eps) * size)
    if np.count_nonzero(varies) < TOGETHER:
        return False
    scaled = rows[:, varies] / spread[varies]
    products = scaled @ scaled.T if len(scaled) < scaled.shape[1] else scaled.T @ scaled
    largest = np.linalg.eigvalsh(products)[-1]
    return largest >= max(TOGETHER, TOGETHER_SHARE * np.count_nonzero(varies))


def is_spread_out(objective):
    """Whether NumPy's rows in memory are dense, and their features do not move together.

    By a sample of the rows; what holds of data that are not worth turning.
    """
    design = objective.design
    if design.xp is not np or not design.in_memory or design.is_mapped:
        return False
    if design.mean_non_zeros < FULL_SHARE * design.shape[1]:
        return False
    dense, together = _sampled(objective)
    return dense and not together


def share_of_a_row(objective):
    """How much of the spread of dense rows is that of a single one, such as a row in other units.

    Of their weighted squared distances from the mean, in units of the variances, the largest share;
    0.0 where a sample says that it is small. What metric such a row leaves, and which way the sum
    of all gradients points, says little of the others, and steps may seem to bring nothing long
    before the end.
    """
    design, n_rows = objective.design, len(objective.rows)
    if not design.in_memory or design.mean_non_zeros < FULL_SHARE * design.shape[1]:
        return 0.0
    rows, weights = dense_sample(objective, MEDIAN_ROWS)
    if n_rows < LEAST_ROWS or np.count_nonzero(rows) < FULL_SHARE * rows.size:
        return 0.0
    mean, variance = finite_moments(objective)
    varies = variance > rounding_of(mean, design.dtype)

    def shares(X, weights):
        apart = to_host(X)[:, varies] - mean[varies]
        return weights * (apart**2 / variance[varies]).mean(axis=1)

    if not varies.any() or np.median(shares(rows, weights)) * len(rows) >= MEDIAN:
        return 0.0
    index, weights = weighted(objective)
    blocks = design.dense_blocks(design.index(index))
    return max(float(shares(X, weights[part]).max()) for part, X in blocks)


def _sampled(objective):
    """Whether some rows are dense, and if so, whether their features move together; asked once."""
    if objective.sampled is None:
        rows = dense_sample(objective, TOGETHER_ROWS)[0]
        dense = bool(np.count_nonzero(rows) >= FULL_SHARE * rows.size)
        objective.sampled = dense, dense and bool(_move_together(rows))
    return objective.sampled


def _count_non_zeros(part):
    return part.design.count_non_zeros()
