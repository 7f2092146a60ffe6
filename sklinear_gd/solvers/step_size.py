"""``learning_rate="auto"``: a rate derived from the data.

It is a rate in the variables that the solver works in. Let z be the row of these: x itself, or the
conditioned (x - center) * scale, with a 1 for the intercept.

For optimizers whose step is proportional to the gradient (SGD, momentum, Nesterov, SAGA, and the
accelerated rule, whose gain counts as 1 since noise makes it restart)

    rate = 1 / (lambda + c * gain * rho / b)

with lambda the largest eigenvalue of c * mean_i z_i z_iᵀ + alpha * l2 * diag(scale²), c the loss's
curvature in the scores, rho the largest squared norm of a row z, b the batch size (the term
vanishes for full batches), and gain = 1 / (1 - momentum): noise adds up over the steps that
momentum remembers. SAGA's dies out: there rho is three quarters of the largest (half of it for a
loss whose curvature levels off), or the mean squared norm where that is more, as it is of rows of
one length; two thirds of that without a momentum from epoch to epoch, which noise disturbs. The
first term is the classical 1 / L; the second keeps single batches from overshooting (expected
smoothness: Gower et al. 2019, "SGD: General analysis and improved rates"). A row of a hinge with a
kink violates few classes at once, but for the first rows of all: where plain SGD was chosen for
single rows, whose schedule lowers the rate soon, c is that of one score.

For optimizers that divide the gradient by its own size (AdaGrad, RMSprop, Adam, schedule-free) a
step moves every variable by about the rate, up or down:

    rate = sqrt(1 / (max(h, 64 / b) * f * q)),    q = max over signs s of mean_i (s . z_i)^2

where q is the most that such a step does to the scores, their smoothness in the maximum norm
(Balles, Pedregosa & Le Roux 2020, "The geometry of sign gradient descent"): about the mean of
|z|_2^2 for uncorrelated variables, and up to so many times more as there are variables that rise
and fall together, like the pixels of an image. It is sought on every other row of a sample,
from the signs of the first eigenvector on by s <- sign(mean_i (s . z_i) z_i), which raises the
mean, and measured on the rest; by how much it is more where it was sought counts by the share of
those rows in all. Batches of less than 64 rows have a noise that normalising hides; h is 10 for
losses with kinks, whose subgradients do not become smaller near the optimum, else 1; and f is the
length of the optimizer's first step in rates: 10 for RMSprop, whose average of squares begins at 0,
else 1.

In the user's own variables, whose units may differ, a step in all of them may move a score by
rate * |x|_1, and

    rate = 0.1 / (a + alpha * l2 * a / q),    a = mean_i |x_i|_1,  q = mean_i |x_i|_2^2

where the second term keeps the step below the size q / a / alpha of the weights that a strong
penalty allows.
"""

import numpy as np

from sklinear_gd._namespaces import to_host

# So many rows stand for all of them.
SAMPLE = 512
# Smaller batches want smaller steps of normalised gradients.
CALM_BATCH = 64
# And so do subgradients of losses with kinks: that much smaller squares of rates.
KINKS = 10.0
POWER_ITERATIONS = 30
SIGN_ITERATIONS = 10


def automatic_rate(objective, optimizer, batch_size, conditioning=None, lowers_soon=False):
    """The rate at update 0 for this data, a float.

    Parameters
    ----------
    objective : Objective
    optimizer : Optimizer
    batch_size : int
    conditioning : Conditioning or None
        The variables that the optimizer works in.
    lowers_soon : bool
        Whether the schedule lowers the rate soon, as ``Plan.lowers_soon`` tells.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # squares of huge features
        sample = _Sample(objective, conditioning)
        if lowers_soon and not objective.loss.smooth:
            sample.curvature = objective.loss.curvature(1)
        if optimizer.scale_free:
            return sample.scale_free_rate(batch_size, optimizer.first_step)
        is_whole = batch_size >= len(objective.rows)
        gain = 0.0 if is_whole else optimizer.gain / batch_size
        return sample.proportional_rate(gain, optimizer.noise)


def _inverse(scale):
    """1 / scale, kept positive and finite; 1 for data of zeros, which move nothing."""
    if np.isfinite(scale):
        return float(1 / scale) if scale > np.finfo(np.float32).tiny else 1.0
    return float(np.finfo(np.float32).tiny)


class _Sample:
    """Some rows x of the data, as the solver sees them: z = ((x - center) * scale, 1)."""

    def __init__(self, objective, conditioning):
        self.n_whole = objective.n_whole
        objective = objective.sample(SAMPLE)
        rows = objective.rows
        weights = np.ones(len(rows)) if objective.weights is None else objective.weights[rows]
        self.objective, self.weights = objective, weights / weights.sum()
        self.design, self.rows = objective.design.sample(rows)
        self.block, self.ones = self.design.rows(self.rows), float(objective.fit_intercept)
        self.dtype, n_features = objective.design.dtype, objective.design.shape[1]
        self.scale, self.center = np.ones(n_features), np.zeros(n_features)
        self.conditioning = conditioning
        self.curvature = objective.loss.curvature(objective.n_scores)
        if conditioning is not None:
            self.scale = to_host(conditioning.scale).astype(np.float64)
            if conditioning.center is not None:
                self.center = to_host(conditioning.center).astype(np.float64)
        # The curvature of the penalty along each variable.
        self.l2 = objective.l2 * self.scale**2

    def scores(self, v):
        """z . v for every row; the intercept's part of v comes last."""
        w = self.scale * v[:-1]
        return self.block.scores(w.astype(self.dtype)) - self.center @ w + self.ones * v[-1]

    def pull_back(self, d_scores):
        """sum_i d_i z_i."""
        total = d_scores.sum()
        pulled = self.block.pull_back(d_scores.astype(self.dtype)) - total * self.center
        return np.append(self.scale * pulled, self.ones * total)

    def squared_norms(self):
        """|z|^2 of every row."""
        if self.conditioning is None:
            return self.design.norms(self.rows)[1] + self.ones
        scale, center = self.scale, self.center
        squares = self.block.squared().scores(scale**2)
        shift = np.sum((scale * center) ** 2) - 2 * self.block.scores(scale**2 * center)
        return squares + shift + self.ones

    def proportional_rate(self, gain, noise):
        """For steps along the gradient."""
        bound = self._principal(self.weights)[0]
        if gain:
            squares = self.squared_norms()
            of_longest = noise if self.objective.loss.levels_off else min(1.0, 1.5 * noise)
            of_mean = min(1.0, 2 * noise)
            size = max(of_longest * squares.max(), of_mean * (self.weights @ squares))
            bound += self.curvature * gain * size
        return _inverse(bound)

    def scale_free_rate(self, batch_size, first_step):
        """For steps of the size of the rate."""
        if self.conditioning is not None:
            noise = max(1.0 if self.objective.loss.smooth else KINKS, CALM_BATCH / batch_size)
            return float(np.sqrt(_inverse(noise * first_step * self._reach_of_signs())))
        absolute, squared = self.design.norms(self.rows)
        scale, size = self.weights @ absolute + self.ones, self.weights @ squared + self.ones
        return 0.1 * _inverse(scale * (1 + self.objective.l2 * _inverse(size)))

    def _reach_of_signs(self):
        """The largest mean of (s . z)^2 over signs s."""
        seen = np.ones(len(self.rows), dtype=bool)
        seen[1::2] = len(self.rows) == self.n_whole
        own = self.weights * seen / (self.weights @ seen)
        s = np.sign(self._principal(own)[1])
        for _ in range(SIGN_ITERATIONS):
            s = np.sign(self.pull_back(own * self.scores(s)))
        squares = self.scores(s) ** 2
        if seen.all():
            return own @ squares
        others = (self.weights * ~seen) @ squares / (self.weights @ ~seen)
        return others + max(0.0, own @ squares - others) * seen.sum() / self.n_whole

    def _principal(self, weights):
        """The largest eigenvalue of curvature * sum_i w_i z_i z_iᵀ + l2, and along which vector.

        By power iteration from a fixed start.
        """
        v = np.append(np.random.default_rng(0).normal(size=len(self.scale)), self.ones)
        value = 0.0
        for _ in range(POWER_ITERATIONS):
            norm = np.sqrt(v @ v)
            if not norm > 0:
                return 0.0, v
            v = v / norm
            new = self.curvature * self.pull_back(weights * self.scores(v))
            new[:-1] += self.l2 * v[:-1]
            value = v @ new
            if not value > 0:
                return 0.0, v
            v = new
        # The Rayleigh quotient approaches the eigenvalue from below.
        return 1.05 * value, v
