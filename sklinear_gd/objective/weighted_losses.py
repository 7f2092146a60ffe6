"""The weighted losses of rows and their gradient: in array formulas, or by the kernels."""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd.objective.layout import Layout
from sklinear_gd.objective.scores import formula_rows, in_slice, linear_scores

# Rows from which on gradients of sparse data go by columns.
MANY_ROWS = 512


class WeightedLosses(Layout):
    """The sum of ``w_i L(x_i W + b, y_i)`` over rows.

    Parameters
    ----------
    design : Design
        The matrix X of shape (n, n_features).
    y : ndarray of int32, shape (n,), or None
        Class indices. None where the design is in blocks, which then have their own.
    weights : ndarray of float64, shape (n,), or None
        Sample weights; any scale, since they are divided by their mean over ``rows``.
    loss : Loss
    n_scores : int
        Columns of W: 1 for two classes, else the number of classes.
    fit_intercept : bool
        Whether ``params`` has a last row for b.
    rows : ndarray of intp, default all rows
        The rows that count, for instance those with a weight above zero.
    """

    def __init__(self, design, y, weights, loss, *, n_scores, fit_intercept, rows=None):
        super().__init__(design, n_scores, fit_intercept)
        self.loss = loss
        self.rows = np.arange(design.shape[0], dtype=np.intp) if rows is None else rows
        self.y, self.weights = y, normalised(weights, self.rows)
        self._beside = None
        self._measure()

    def _measure(self):
        """What the design and the loss mean for the work."""
        design = self.design
        self.uses_kernels = kernels.available and self.loss.kernel is not None
        self.uses_kernels = self.uses_kernels and design.kernel_rows is not None
        # Multiply-adds that one row costs: once for the scores, once for the gradient.
        self.row_work = 2 * (design.mean_non_zeros + 1) * (self.n_scores + design.reach)

    # -- passes over rows -------------------------------------------------------------------

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
        if 0 < rows.shape[0] <= step:
            return self._slice_by_formula(params, rows, scale, gradient, dropout)
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
        step, total = self.slice_rows(), 0.0
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
        total = self.loss_and_residuals(params, rows, scale, residuals)
        gradient_W, gradient_b = self.split(gradient)
        product, sums = self._product_by_columns(columns, residuals)
        gradient_W += product
        if gradient_b is not None:
            gradient_b += sums
        return total

    def _product_by_columns(self, columns, table, out=None):
        """``Xᵀ D`` and the sums of the columns of D, a table of derivatives.

        With ``out`` for the product the columns of padding, which are 0, are written, too.
        """
        width = self.n_scores if out is None else table.shape[1]
        features = np.arange(columns.shape[0])
        product = linear_scores(columns, table, width, False, features, out)
        return product, table[:, :width].sum(axis=0, dtype=np.float64)

    def loss_and_residuals(self, params, rows, scale, residuals):
        """Sum of w_i L_i over ``rows``; scale times its derivatives by the scores are written.

        They go to these rows of ``residuals``, an array like ``zeros_of_rows()``.
        """
        if self.uses_kernels:
            return self._sum_by_kernel(params, rows, scale, residuals=residuals)
        step, total = self.formula_rows(), 0.0
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            values, d_scores = self.derivatives(self.gathered(part), params, part)
            residuals[part, : self.n_scores] = d_scores * scale
            total += values.sum(dtype=np.float64)
        return total

    def pull_back_table(self, table, gradient, scale=1.0):
        """Write to ``gradient`` scale times the sum of ``x_i d_iᵀ``.

        The d_i are the rows of ``table``, an array like ``zeros_of_rows()``. Rows that do not
        count have zeros there.
        """
        columns = None
        # Few rows in their order, so that equal data have equal sums however they are stored.
        if self.uses_kernels and self.design.shape[0] >= MANY_ROWS:
            columns = self.design.columns()
        if columns is not None:
            shares, n_features = table, columns.shape[0]
            if scale != 1:
                shares = kernels.aligned_zeros(table.shape, table.dtype)
                np.multiply(table, scale, out=shares)
            sums = self._product_by_columns(columns, shares, gradient[:n_features])[1]
            if self.fit_intercept:
                gradient[n_features] = sums
            return
        gradient[...] = 0
        step = self.slice_rows() if self.uses_kernels else self.formula_rows()
        for start in range(0, len(self.rows), step):
            part = self.rows[start : start + step]
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
        return formula_rows(self.design, self.n_scores, self.slice_rows())

    def slice_rows(self):
        """Rows between two returns to Python."""
        return in_slice(self.row_work)

    def scores(self, params, rows):
        """``X W + b`` of these rows: an array of shape (m, n_scores)."""
        return linear_scores(self.design, params, self.n_scores, self.fit_intercept, rows)

    def losses_on_segment(self, scores, rows, change=None, share=0.0):
        """Sum of w_i L_i over ``rows`` of given scores, moved along a segment, and its slope.

        Parameters
        ----------
        scores, change : ndarray of shape (n, n_scores)
            In the dtype of X; without a change the slope is 0.
        rows : ndarray of intp
        share : float
            The scores are ``scores + share * change``.

        Returns
        -------
        total, slope : float
            The slope is the derivative of the sum by the share.
        """
        if self.uses_kernels:
            own = scores, self.y, self.weights, rows, self.loss
            return kernels.losses_on_segment(*own, change, share)
        step, total, slope = self.formula_rows(), 0.0, 0.0
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            way = np.zeros_like(scores[part]) if change is None else change[part]
            values, d_scores = self.losses_of_scores(scores[part] + share * way, part)
            total += float(values.sum(dtype=np.float64))
            slope += float(np.einsum("ik,ik->", d_scores, way))
        return total, slope

    # -- the formulas ----------------------------------------------------------------------

    def gathered(self, rows, dropout=None):
        """These rows of the design; features are dropped in the draw ``dropout``, (rate, key)."""
        design = self.design
        rows = design.index(rows)
        return design.rows(rows) if dropout is None else design.dropped(rows, *dropout)

    def derivatives(self, block, params, rows):
        """The losses of a block of rows, (m,), and their derivatives by the scores; weighted."""
        return self.losses_of_scores(self.block_scores(block, params), rows)

    def losses_of_scores(self, scores, rows):
        """The same of the scores of these rows, (m, n_scores)."""
        xp = self.design.xp
        y, weights = self.labels_and_weights(rows)
        # A loss of one's own need not know of other namespaces.
        other = () if xp is np else (xp,)
        values, d_scores = self.loss.formula(scores, y, *other)
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


def normalised(weights, rows):
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
