"""L-BFGS for a great many variables: the recursion on inner products, not on vectors."""

import numpy as np

from sklinear_gd import kernels

# Columns that a product takes at a time: they stay in the cache, and sums over them are added up
# in float64.
CHUNK = 1 << 13
# The Wolfe conditions: the least decrease, and how much flatter the slope must be.
DECREASE, FLATTER = 1e-4, 0.9


class Entries:
    """What the recursion must know of its vectors: here that all their entries are coordinates.

    Other vectors hold, in two halves, coordinates in some basis and the products with that basis.
    The inner product of two of them is that of a half of one with the other half of the other.

    Attributes
    ----------
    left, right : slice
        The entries that are multiplied: ``<u, v> = u[left] @ v[right]``.
    """

    left = right = slice(None)

    def complete(self, gradient):
        """Write what inner products need of a gradient, beyond its left part."""

    def renewed(self, x, value, gradient):
        """The value and the gradient at x, once more if they have become inexact."""
        return value, gradient


ENTRIES = Entries()


class Pairs:
    """The last steps s and gradient differences y, and the products that the recursion needs.

    The direction is a combination of these vectors and the gradient, so the recursion can be done
    on their inner products alone: one reading of all vectors for the products, one for the sum.

    Parameters
    ----------
    size : int
        Pairs to keep.
    n : int
        Variables.
    dtype : dtype
    space : Entries, optional
        What the inner product is.

    References
    ----------
    Chen, Wang, Zhou (2014), "Large-scale L-BFGS using MapReduce".
    """

    def __init__(self, size, n, dtype, space=ENTRIES):
        self.size, self.order, self.space = size, [], space
        self.vectors = np.empty((2 * size, n), dtype)  # s in the even rows, y in the odd ones
        # products[i, j] = <vectors[i], vectors[j]>, for y of pair j and a pair i no newer.
        self.products = np.zeros((2 * size, 2 * size))

    def add(self, x, new_x, gradient, new_gradient):
        """Remember a step; the oldest pair makes room."""
        slot = len(self.order) if len(self.order) < self.size else self.order.pop(0)
        self.order.append(slot)
        np.subtract(new_x, x, out=self.vectors[2 * slot])
        np.subtract(new_gradient, gradient, out=self.vectors[2 * slot + 1])

    def clear(self):
        """Forget all pairs."""
        self.order.clear()

    def direction(self, gradient, out):
        """Write the L-BFGS direction at the newest point to ``out``; returns its slope."""
        if not self.order:
            np.negative(gradient, out=out)
            return -dot(gradient, gradient, self.space)
        rows = np.array([2 * slot + k for slot in sorted(self.order) for k in (0, 1)])
        vectors = self.vectors[: len(rows)]  # slots are filled in order
        products, square = self._products(vectors, gradient)
        along, self.products[rows, 2 * self.order[-1] + 1] = products.T
        weights, own = self._weights(along)
        if kernels.available:
            kernels.vector_sum(vectors, weights, gradient, own, out)
        else:
            rounded, rounded_own = weights.astype(out.dtype), out.dtype.type(own)
            for part in _chunks(gradient):
                np.matmul(rounded, vectors[:, part], out=out[part])
                out[part] += rounded_own * gradient[part]
        return float(weights @ along) + own * square

    def _products(self, vectors, gradient):
        """Those of all vectors with the gradient and the newest y, (m, 2), and its own square."""
        left, right = self.space.left, self.space.right
        own, newest = gradient[left], self.vectors[2 * self.order[-1] + 1, left]
        square = dot(gradient, gradient, self.space)
        if kernels.available:
            return kernels.vector_products(vectors, right.start or 0, own, newest), square
        products, seen = np.zeros((len(vectors), 2)), vectors[:, right]
        for part in _chunks(own):
            products[:, 0] += seen[:, part] @ own[part]
            products[:, 1] += seen[:, part] @ newest[part]
        return products, square

    def _weights(self, along):
        """The two-loop recursion: what each vector and the gradient count in the direction.

        Nocedal, Wright (2006), "Numerical Optimization", algorithm 7.4.
        """
        products, order = self.products, self.order
        weights, own = np.zeros(len(along)), -1.0  # of q = -gradient + ...
        alpha = {}
        for i in reversed(order):
            s, y = 2 * i, 2 * i + 1
            newer = [2 * j + 1 for j in alpha]
            curvature = products[s, y]
            alpha[i] = (own * along[s] + weights[newer] @ products[s, newer]) / curvature
            weights[y] = -alpha[i]
        newest = order[-1]
        scale = products[2 * newest, 2 * newest + 1] / products[2 * newest + 1, 2 * newest + 1]
        weights, own = weights * scale, own * scale
        for place, i in enumerate(order):
            y = 2 * i + 1
            total = own * along[y]
            for later, j in enumerate(order):
                pair = (y, 2 * j + 1) if later >= place else (2 * j + 1, y)
                total += weights[2 * j + 1] * products[pair]
                if later < place:
                    total += weights[2 * j] * products[2 * j, y]
            weights[2 * i] = alpha[i] - total / products[2 * i, y]
        return weights, own


def minimize_many(function, x, callback, *, memory, max_iter, max_line_search, tol, space=ENTRIES):
    """Minimize a smooth function of very many variables.

    The same method as SciPy's ``L-BFGS-B`` without bounds. There, from some 100,000 variables on,
    most of the time goes into moving vectors about; here each is read twice an iteration, in the
    dtype of the data.

    Parameters
    ----------
    function : callable x -> (value, gradient)
        The gradient is a new array in the dtype of x.
    x : ndarray of shape (n,)
        The start; not changed.
    callback : callable (x, value) -> bool
        Called after every iteration; True ends the run.
    memory, max_iter, max_line_search : int
    tol : float
        The run ends where no entry of the gradient is larger.
    space : Entries, optional
        What the inner product is; of a gradient ``function`` writes no more than that needs on the
        left.

    Returns
    -------
    reason : {"tol", "line_search", "max_iter", "callback"}
    """
    value, gradient = function(x)
    space.complete(gradient)
    pairs, direction = Pairs(memory, len(x), x.dtype, space), np.empty_like(x)
    for _ in range(max_iter):
        if max(gradient[space.left].max(), -gradient[space.left].min()) <= tol:
            return "tol"
        found = None
        while found is None:
            slope = pairs.direction(gradient, direction)
            first = 1.0 if pairs.order else min(1.0, 1 / np.sqrt(-slope))
            if slope < 0:
                found = _line_search(
                    function, x, value, direction, slope, first, max_line_search, space
                )
            if found is None and not pairs.order:
                return "line_search"
            if found is None:
                pairs.clear()  # once more, along the gradient
        new_x, new_value, new_gradient, curved = found
        space.complete(new_gradient)
        if curved:
            pairs.add(x, new_x, gradient, new_gradient)
        x = new_x
        value, gradient = space.renewed(x, new_value, new_gradient)
        if callback(x, value):
            return "callback"
    return "max_iter"


def _line_search(function, x, value, direction, slope, step, most, space):
    """A step that meets the weak Wolfe conditions, by doubling and bisection.

    Lewis, Overton (2013), "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6.

    Returns
    -------
    found : tuple (x, value, gradient, curved) or None
        ``curved``: whether the slope is flatter, too; where it is not after ``most`` evaluations,
        the best decrease is taken. None where there was no decrease.
    """
    low, high, best = 0.0, np.inf, None
    for _ in range(most):
        new_x = x + x.dtype.type(step) * direction
        new_value, gradient = function(new_x)
        if not new_value <= value + DECREASE * step * slope:  # NaN is no decrease
            high = step
        else:
            flatter = dot(gradient, direction, space) >= FLATTER * slope
            found = new_x, new_value, gradient, flatter
            if found[-1]:
                return found
            if best is None or new_value < best[1]:
                best = found
            low = step
        step = 2 * low if high == np.inf else (low + high) / 2
    return best


def dot(a, b, space):
    """The inner product of two vectors, its parts added up in float64."""
    left, right = a[space.left], b[space.right]
    return sum(float(left[part] @ right[part]) for part in _chunks(left))


def _chunks(vector):
    return (slice(at, at + CHUNK) for at in range(0, len(vector), CHUNK))
