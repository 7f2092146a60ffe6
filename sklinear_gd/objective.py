"""The one place that says ``scores = X W + b`` and adds loss and penalty.

    F(W, b) = (1 / sum_i w_i) * sum_i w_i * L(x_i W + b, y_i) + alpha * R(W)

Every solver sees the data only through an :class:`Objective`.
"""

import math
import os
from copy import copy

import numpy as np

from sklinear_gd import kernels
from sklinear_gd._namespaces import namespace

# Multiply-adds between two returns to Python: some 10 to 40 ms, so that Ctrl-C is answered at once.
SLICE_WORK = 300_000_000
# Numbers that the array formulas hold at a time, rows and scores: a bound on the memory.
BLOCK_NUMBERS = 1 << 20

# Features whose mean gradient is made at a time.
FEATURES_AT_ONCE = 4096

# Rows from which on gradients of sparse data go by columns.
MANY_ROWS = 512

# Arrays of the size of the parameters that any training holds: iterate, gradient, result.
TRAINING_COPIES = 3
# Parameters of more bytes are wide: no copy is kept of them that can be done without.
WIDE = 1 << 28


class Objective:
    """Weighted mean loss over some rows of a design, plus the penalty.

    Parameters
    ----------
    design : Design
        The matrix X of shape (n, n_features).
    y : ndarray of int32, shape (n,), or None
        Class indices. None where the design is in blocks, which then have their own.
    weights : ndarray of float64, shape (n,), or None
        Sample weights; any scale, since the objective divides by their mean over ``rows``.
    loss : Loss
    penalty : Penalty
    alpha : float
        Strength of the penalty.
    n_scores : int
        Columns of W: 1 for two classes, else the number of classes.
    fit_intercept : bool
        Whether ``params`` has a last row for b.
    rows : ndarray of intp, default all rows
        The rows that count, for instance those with a weight above zero.
    """

    def __init__(
        self, design, y, weights, loss, penalty, alpha, *, n_scores, fit_intercept, rows=None
    ):
        self.design, self.loss, self.penalty, self.alpha = design, loss, penalty, float(alpha)
        self.n_scores, self.fit_intercept = n_scores, fit_intercept
        self.rows = np.arange(design.shape[0], dtype=np.intp) if rows is None else rows
        self.y, self.weights = y, _normalised(weights, self.rows)
        self._beside = None
        # The axes that the design is turned to, or None for the user's own.
        self.basis = None
        # Of one block of something larger: its number, and how many rows count in the whole.
        self.block, self.whole = 0, None
        self._measure()

    def _measure(self):
        """What the design and the loss mean for the work."""
        design = self.design
        self.uses_kernels = kernels.available and self.loss.kernel is not None
        self.uses_kernels = self.uses_kernels and design.kernel_rows is not None
        # Multiply-adds that one row costs: once for the scores, once for the gradient.
        self.row_work = 2 * (design.mean_non_zeros + 1) * (self.n_scores + design.reach)

    def map(self, function, *args):
        """``[function(part, *args)]`` of every part of the rows: an objective in memory each.

        Their rows together are those of this objective, and so are their weights; one part for
        rows in memory. The functions stand at the top of a module.
        """
        return self.design.map(self, function, *args)

    @property
    def n_whole(self):
        """How many rows count, in all blocks."""
        return len(self.rows) if self.whole is None else self.whole

    # -- the layout of the parameters ------------------------------------------------------

    def zeros(self):
        """Parameters W = 0, b = 0: shape (n_features + fit_intercept, width).

        Raises
        ------
        ValueError
            If they alone would not fit into the machine's memory.
        """
        n_features, dtype = self.design.shape[1], self.design.dtype
        if self.design.xp is not np:
            return self.design.zeros((n_features + self.fit_intercept, self.n_scores))
        shape = _params_shape(n_features, self.fit_intercept, self.n_scores, dtype)
        size = TRAINING_COPIES * shape[0] * shape[1] * dtype.itemsize
        if size > _physical_memory():
            raise ValueError(
                f"X has {n_features} columns: training weights for {self.n_scores} scores of each "
                f"takes {size / 1e9:.3g} GB, more than this machine has. Hash the features to "
                "fewer columns, e.g. with sklearn.feature_extraction.FeatureHasher."
            )
        return self.design.zeros(shape)

    def zeros_of_rows(self):
        """Zeros with a number for each row and score, laid out like the parameters."""
        n_rows = self.design.shape[0]
        if self.design.xp is not np:
            return self.design.zeros((n_rows, self.n_scores))
        return self.design.zeros(_params_shape(n_rows, False, self.n_scores, self.design.dtype))

    @property
    def is_wide(self):
        """Whether the parameters are so large that copies of them are kept for no convenience."""
        shape = self.design.shape[1] + self.fit_intercept, self.n_scores
        return self.design.xp is np and shape[0] * shape[1] * self.design.dtype.itemsize > WIDE

    def split(self, params):
        """Views of W, (n_features, n_scores), and of b, (n_scores,) or None."""
        n_features = self.design.shape[1]
        W = params[:n_features, : self.n_scores]
        return W, params[n_features, : self.n_scores] if self.fit_intercept else None

    def merged(self):
        """The same objective with equal rows merged, in an order that only their content decides.

        For tiny data: it looks at every row's bytes.
        """
        groups = {}
        for row in self.rows:
            key = (int(self.y[row]), self.design.row_bytes(row))
            groups.setdefault(key, []).append(row)
        rows = np.array([groups[key][0] for key in sorted(groups)], dtype=np.intp)
        weights = np.zeros(len(self.y))
        for key in groups:
            members = groups[key]
            own = len(members) if self.weights is None else self.weights[members].sum()
            weights[members[0]] = own
        other = copy(self)
        other.rows, other.weights = rows, _normalised(weights, rows)
        return other

    # -- values and gradients --------------------------------------------------------------

    def value(self, params):
        """F at ``params``, a float."""
        return self.mean_loss(params) + self.penalty_value(params)

    def penalty_value(self, params):
        """The term alpha * R(W)."""
        return self.alpha * float(self.penalty.value(self.split(params)[0]))

    def zero_value(self):
        """F at W = 0, b = 0: known from the classes alone, without a look at X."""
        shares = self.class_shares()
        zero = self._loss_of_intercepts(np.zeros(len(shares)), shares)
        if self.design.xp is not np:
            return zero + self.penalty_value(self.zeros())
        # Nothing but a view: the parameters may be large.
        W = np.broadcast_to(self.design.zeros((1, 1)), (self.design.shape[1], self.n_scores))
        return zero + self.alpha * float(self.penalty.value(W))

    def frequency_value(self):
        """F of the best model that looks at no feature, among a few: class frequencies alone."""
        shares = self.class_shares()
        candidates = [np.zeros(len(shares))]
        if self.fit_intercept:
            best = getattr(self.loss, "margin", 1.0) * (shares == shares.max())
            candidates += [np.log(np.maximum(shares, np.finfo(np.float64).tiny)), best]
        return min(self._loss_of_intercepts(scores, shares) for scores in candidates)

    def _loss_of_intercepts(self, scores, shares):
        """The mean loss where every row has these scores, one for each class."""
        scores = scores if self.n_scores > 1 else scores[1:] - scores[:1]
        scores = np.broadcast_to(scores, (len(shares), self.n_scores))
        losses, _ = self.loss.formula(scores, np.arange(len(shares), dtype=np.int32))
        return float(losses @ shares)

    def class_shares(self):
        """The share of each class in the sum of the weights: (max(2, n_scores),)."""
        sums = self.class_sums()
        return sums / sums.sum()

    def class_sums(self):
        """The sum of the weights of each class, shape (n_classes,)."""
        return sum(self.map(_class_sums))

    def mean_loss(self, params):
        """The weighted mean of the losses, without the penalty."""
        return float(self.sum_loss(params, self.rows)) / len(self.rows)

    def value_and_gradient(self, params, gradient):
        """F, and the gradient of its smooth part written to ``gradient``."""
        gradient[...] = 0
        loss = self.sum_loss(params, self.rows, 1 / len(self.rows), gradient)
        self.add_penalty_gradient(params, gradient)
        return float(loss) / len(self.rows) + self.penalty_value(params)

    def gradient_norm(self, gradient):
        """Euclidean norm of a gradient by W and b of X itself, whatever the basis."""
        if self.basis is None or self.basis.mean is None:
            return norm(gradient)
        # Turning changes no length, but the axes are centred, too.
        G, g = self.split(gradient)
        center = self.basis.directions.T @ self.basis.mean
        return math.hypot(norm(G + center[:, None] * g[None, :]), norm(g))

    def with_loss(self, loss):
        """The same objective with another loss."""
        other = copy(self)
        other.loss = loss
        return other

    def with_design(self, design, basis=None):
        """The same objective on the same rows in another form, turned into ``basis``."""
        other = copy(self)
        other.design, other.basis = design, basis
        other._measure()
        return other

    def sample(self, size):
        """The same objective in memory, on at most so many rows, evenly spread."""
        places = np.arange(len(self.rows))
        if len(places) > size:
            places = np.linspace(0, len(places) - 1, size).astype(np.intp)
        return self.design.take_in_memory(self, places)

    def on(self, rows):
        """The same objective on some of its rows."""
        other = copy(self)
        other.rows, other.weights = rows, _normalised(self.weights, rows)
        return other

    def add_penalty_gradient(self, params, gradient):
        """Add the gradient of the smooth part of alpha * R(W)."""
        self.penalty.add_gradient(self.split(params)[0], self.split(gradient)[0], self.alpha)

    def sum_loss(self, params, rows, scale=1.0, gradient=None, dropout=None):
        """Sum of w_i L_i over ``rows``; adds scale times its gradient to ``gradient``.

        Parameters
        ----------
        params, gradient : ndarray of shape (n_features + fit_intercept, width)
        rows : ndarray of intp
            Of the host, or as the design's ``index`` returns it.
        scale : float
        dropout : tuple (rate, key), optional
            Features are dropped in this draw.

        Returns
        -------
        total : float or array of no dimension
            A device's scalar stays there: to read it is to wait for the device.
        """
        return self.design.sum_loss(self, params, rows, scale, gradient, dropout)

    def sum_loss_of_rows(self, params, rows, scale, gradient, dropout):
        """The same of rows in memory."""
        if dropout is not None or not self.uses_kernels:
            return self._sum_by_formula(params, rows, scale, gradient, dropout)
        n_rows = self.design.shape[0]
        if gradient is not None and 2 * len(rows) > n_rows >= MANY_ROWS:
            columns = self.design.columns()
            if columns is not None:
                return self._sum_by_columns(columns, params, rows, scale, gradient)
        return self._sum_by_kernel(params, rows, scale, gradient=gradient)

    def _sum_by_formula(self, params, rows, scale, gradient, dropout):
        """In array formulas, a slice of rows at a time."""
        step, total = self.formula_rows(), 0.0
        for start in range(0, rows.shape[0], step):
            part = rows[start : min(start + step, rows.shape[0])]
            total += self._slice_by_formula(params, part, scale, gradient, dropout)
        return total

    def _slice_by_formula(self, params, rows, scale, gradient, dropout):
        """The definition: what the kernels compute. What it gathers is free when it returns."""
        block = self.gathered(rows, dropout)
        values, d_scores = self.derivatives(block, params, rows)
        if gradient is not None:
            self.pull_back(block, d_scores * scale, gradient)
        return self.design.xp.sum(values, dtype=self.design.wide)

    def _sum_by_kernel(self, params, rows, scale, **wanted):
        """In compiled code; ``wanted`` names the array that gets the gradient or the residuals."""
        step, total = self._slice_rows(), 0.0
        for start in range(0, len(rows), step):
            total += kernels.loss_gradient(
                self.design.kernel_rows,
                self.y,
                self.weights,
                rows[start : start + step],
                params,
                self.n_scores,
                self.fit_intercept,
                self.loss,
                scale,
                **wanted,
            )
        return total

    def _sum_by_columns(self, columns, params, rows, scale, gradient):
        """The same in two steps: the derivatives D by all scores, then ``Xᵀ D``."""
        residuals = self.zeros_of_rows()
        total = self._sum_by_kernel(params, rows, scale, residuals=residuals)
        gradient_W, gradient_b = self.split(gradient)
        features = np.arange(columns.shape[0])
        gradient_W += linear_scores(columns, residuals, self.n_scores, False, features)
        if gradient_b is not None:
            gradient_b += residuals[:, : self.n_scores].sum(axis=0, dtype=np.float64)
        return total

    def pull_back_table(self, table, gradient):
        """Write to ``gradient`` the mean of ``x_i d_iᵀ``, d_i the rows of ``zeros_of_rows()``.

        Rows that do not count have zeros there.
        """
        rows, scale = self.rows, 1 / len(self.rows)
        columns = self.design.columns() if self.uses_kernels else None
        if columns is not None:
            gradient_W, gradient_b = self.split(gradient)
            shares = kernels.aligned_zeros(table.shape, table.dtype)
            np.multiply(table, scale, out=shares)
            for start in range(0, columns.shape[0], FEATURES_AT_ONCE):  # what a cache holds
                part = np.arange(start, min(start + FEATURES_AT_ONCE, columns.shape[0]))
                pulled = kernels.scores(columns.kernel_rows, shares, self.n_scores, False, part)
                gradient_W[start : start + len(part)] = pulled
            if gradient_b is not None:
                gradient_b[:] = shares[:, : self.n_scores].sum(axis=0, dtype=np.float64)
            return
        gradient[...] = 0
        step = self._slice_rows() if self.uses_kernels else self.formula_rows()
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            if self.uses_kernels:
                kernels.pull_back(
                    self.design.kernel_rows,
                    self.y,
                    part,
                    table,
                    self.n_scores,
                    self.fit_intercept,
                    self.loss,
                    scale,
                    gradient,
                )
            else:
                own = self.design.take(table, self.design.index(part))[:, : self.n_scores]
                self.pull_back(self.gathered(part), own * scale, gradient)

    def formula_rows(self):
        """Rows that the array formulas take at a time."""
        return _formula_rows(self.design, self.n_scores, self._slice_rows())

    def _slice_rows(self):
        """Rows between two returns to Python."""
        return max(1, int(SLICE_WORK / self.row_work))

    def scores(self, params, rows):
        """``X W + b`` of these rows: an array of shape (m, n_scores)."""
        return linear_scores(self.design, params, self.n_scores, self.fit_intercept, rows)

    def gathered(self, rows, dropout=None):
        """These rows of the design; features are dropped in the draw ``dropout``, (rate, key)."""
        design = self.design
        rows = design.index(rows)
        return design.rows(rows) if dropout is None else design.dropped(rows, *dropout)

    def derivatives(self, block, params, rows):
        """The losses of a block of rows, (m,), and their derivatives by the scores; weighted."""
        xp = self.design.xp
        y, weights = self.labels_and_weights(rows)
        # A loss of one's own need not know of other namespaces.
        other = () if xp is np else (xp,)
        values, d_scores = self.loss.formula(self.block_scores(block, params), y, *other)
        if weights is None:
            return values, d_scores
        return values * weights, d_scores * weights[:, None]

    def block_scores(self, block, params):
        """``X W + b`` of a block of rows, (m, n_scores)."""
        W, b = self.split(params)
        scores = block.scores(W)
        return scores if b is None else scores + b

    def pull_back(self, block, d_scores, gradient):
        """Add to ``gradient`` what derivatives by the scores of a block mean for W and b."""
        d_scores = self.design.cast(d_scores)
        gradient_W, gradient_b = self.split(gradient)
        gradient_W += block.pull_back(d_scores)
        if gradient_b is not None:
            gradient_b += self.design.xp.sum(d_scores, axis=0)

    def labels_and_weights(self, rows):
        """Class indices and weights (or None) of these rows, where X is."""
        design = self.design
        rows = design.index(rows)
        y, weights = self._labels_and_weights()
        return design.take(y, rows), None if weights is None else design.take(weights, rows)

    def _labels_and_weights(self):
        """The same of all rows; moved there once."""
        if self.design.xp is np:
            return self.y, self.weights
        if self._beside is None or self._beside[0] is not self.weights:
            weights = self.weights
            if weights is not None:
                weights = self.design.place(weights, self.design.dtype)
            self._beside = self.weights, self.design.place(self.y), weights
        return self._beside[1:]


def norm(values):
    """Euclidean norm of all entries of an array, a float."""
    if not isinstance(values, np.ndarray):
        return math.sqrt(float(namespace(values).sum(values * values)))
    # Not by BLAS: its threads would stay awake and keep a core from the kernels.
    flat = values.ravel()
    return math.sqrt(np.einsum("i,i->", flat, flat))


def linear_scores(design, params, n_scores, fit_intercept, rows):
    """``X W + b`` of some rows of a design.

    Parameters
    ----------
    design : Design
    params : ndarray of shape (n_features + fit_intercept, width)
        In the dtype of the design.
    n_scores : int
    fit_intercept : bool
    rows : ndarray of intp, shape (m,)

    Returns
    -------
    scores : ndarray of shape (m, n_scores)
    """
    n_features = design.shape[1]
    W = params[:n_features, :n_scores]
    if design.xp is np:
        scores = np.empty((len(rows), n_scores), dtype=design.dtype)
    else:
        scores = design.zeros((len(rows), n_scores))
    row_work = (design.mean_non_zeros + 1) * (n_scores + design.reach)
    step = max(1, int(SLICE_WORK / row_work))
    if design.kernel_rows is None:
        step = _formula_rows(design, n_scores, step)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        if design.kernel_rows is not None:
            out = scores[start : start + step]
            kernels.scores(design.kernel_rows, params, n_scores, fit_intercept, part, out)
            continue
        found = design.rows(part).scores(W)
        if fit_intercept:
            found = found + params[n_features, :n_scores]
        scores[start : start + len(part), ...] = found
    return scores


def model_scores(design, coef, intercept):
    """``X coef_ᵀ + intercept_`` of all rows.

    Parameters
    ----------
    design : Design
    coef : ndarray of shape (n_scores, n_features)
    intercept : ndarray of shape (n_scores,)
        Both in the dtype of the design.

    Returns
    -------
    scores : ndarray of shape (n_rows, n_scores)
    """
    n_scores, found = len(intercept), design.without_absent()
    W = coef.T
    if found is not None:
        columns, design = found
        W = W[columns]
    shape = _params_shape(design.shape[1], True, n_scores, design.dtype)
    params = kernels.aligned_zeros(shape, design.dtype)
    params[:-1, :n_scores], params[-1, :n_scores] = W, intercept
    return linear_scores(design, params, n_scores, True, np.arange(design.shape[0]))


def class_index(scores):
    """The number of the class that each row's scores put it into, in the scores' namespace.

    Parameters
    ----------
    scores : array of shape (n,), (n, 1) or (n, n_classes)
        A single score is positive for class 1.
    """
    if scores.ndim == 2 and scores.shape[1] > 1:
        return namespace(scores).argmax(scores, axis=1)
    positive = (scores if scores.ndim == 1 else scores[:, 0]) > 0
    if isinstance(scores, np.ndarray):
        return positive.astype(int)
    return namespace(scores).astype(positive, namespace(scores).int64)


def _params_shape(n_features, fit_intercept, n_scores, dtype):
    """Of W with b below, with the columns of padding that the kernels want."""
    width = kernels.padded_width(n_scores, dtype) if kernels.available else n_scores
    return n_features + fit_intercept, width


def _class_sums(part):
    weights = None if part.weights is None else part.weights[part.rows]
    return np.bincount(part.y[part.rows], weights=weights, minlength=max(2, part.n_scores))


def _physical_memory():
    """In bytes; infinity where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _formula_rows(design, n_scores, at_most):
    """How many rows the array formulas take at a time."""
    rows = int(design.enlarged * BLOCK_NUMBERS / (n_scores + design.mean_non_zeros))
    # A device is not waited for, so that Ctrl-C needs no slices.
    return max(1, min(rows, at_most) if design.xp is np else rows)


def _normalised(weights, rows):
    """The weights with mean 1 over these rows."""
    if weights is None:
        return None
    weights = rounded_weights(weights, weights[rows].max())
    return weights / weights[rows].mean()


def rounded_weights(weights, largest):
    """The weights relative to the largest, to 40 bits.

    Relative to the largest, huge weights sum to something finite; rounded, the same weights on
    another scale are the same to the last bit, whatever a solver makes of rounding.
    """
    mantissa, exponent = np.frexp(weights / largest)
    return np.ldexp(np.round(np.ldexp(mantissa, 40)), exponent - 40)
