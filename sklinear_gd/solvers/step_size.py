"""``learning_rate="auto"``: a rate derived from the data.

For optimizers whose step is proportional to the gradient (SGD, momentum, Nesterov)

    rate = 1 / (c * (lambda + gain * rho / b) + alpha * l2)

with c the loss's curvature in the scores, lambda the largest eigenvalue of XᵀX / n (with a column
of ones for the intercept), rho the largest squared norm of a row, b the batch size (the term
vanishes for full batches), and gain = 1 / (1 - momentum): noise adds up over the steps that
momentum remembers. The first term is the classical 1 / L; the second keeps single batches from
overshooting (expected smoothness: Gower et al. 2019, "SGD: General analysis and improved rates").

For optimizers that divide the gradient by its own size (AdaGrad, RMSprop, Adam) a step moves every
weight by about the rate, and so a score by at most rate * |x|_1:

    rate = 0.1 / (a + alpha * l2 * a / q),    a = mean_i |x_i|_1,  q = mean_i |x_i|_2^2

where the second term keeps the step below the size q / a / alpha of the weights that a strong
penalty allows.
"""

import numpy as np

SAMPLE = 1024
POWER_ITERATIONS = 12
# batch_size="auto" takes data of up to this many rows whole, and larger data in batches.
WHOLE = 256
AUTO_BATCH = 128


def automatic_batch_size(n_rows):
    """The batch size for so many rows: tiny data are taken whole."""
    return n_rows if n_rows <= WHOLE else AUTO_BATCH


def automatic_rate(objective, optimizer, batch_size):
    """The rate at update 0 for this data, a float.

    Parameters
    ----------
    objective : Objective
    optimizer : Optimizer
    batch_size : int
    """
    with np.errstate(over="ignore", invalid="ignore"):  # squares of huge features
        return _rate(objective, optimizer, batch_size)


def _rate(objective, optimizer, batch_size):
    rows = objective.rows
    if len(rows) > SAMPLE:
        rows = rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.intp)]
    weights = np.ones(len(rows)) if objective.weights is None else objective.weights[rows]
    weights = weights / weights.sum()
    absolute, squared = objective.design.norms(rows)
    ones = float(objective.fit_intercept)
    if optimizer.scale_free:
        scale = weights @ absolute + ones
        l2 = objective.alpha * objective.penalty.l2_strength
        return 0.1 * _inverse(scale * (1 + l2 * _inverse(weights @ squared + ones)))
    curvature = objective.loss.curvature(objective.n_scores)
    spread = _largest_eigenvalue(objective, rows, weights)
    if batch_size < len(objective.rows):
        spread += optimizer.gain * (squared.max() + ones) / batch_size
    bound = curvature * spread + objective.alpha * objective.penalty.l2_strength
    return _inverse(bound)


def _inverse(scale):
    """1 / scale, kept positive and finite; 1 for data of zeros, which move nothing."""
    if np.isfinite(scale):
        return float(1 / scale) if scale > np.finfo(np.float32).tiny else 1.0
    return float(np.finfo(np.float32).tiny)


def _largest_eigenvalue(objective, rows, weights):
    """Of sum_i w_i [x_i 1]ᵀ[x_i 1], by power iteration from a fixed start."""
    block = objective.design.rows(rows)
    ones = float(objective.fit_intercept)
    v = np.abs(block.pull_back(weights.astype(objective.design.dtype))).astype(np.float64)
    v, v_intercept = v + np.finfo(np.float64).tiny, ones
    value = 0.0
    for _ in range(POWER_ITERATIONS):
        norm = np.sqrt(v @ v + v_intercept**2)
        if not norm > 0:
            return 0.0
        v, v_intercept = v / norm, v_intercept / norm
        scores = weights * (block.scores(v.astype(objective.design.dtype)) + ones * v_intercept)
        new = block.pull_back(scores.astype(objective.design.dtype)).astype(np.float64)
        new_intercept = ones * scores.sum()
        value = v @ new + v_intercept * new_intercept
        if not value > 0:
            return 0.0
        v, v_intercept = new, new_intercept
    # The Rayleigh quotient approaches the eigenvalue from below.
    return 1.05 * value
