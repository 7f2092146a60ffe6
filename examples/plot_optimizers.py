"""
Which optimizer on which landscape?
===================================

Four update rules on four functions of two variables, all from the same start, sixty steps each.
"""

import numpy as np
from matplotlib import pyplot as plt
from scipy.optimize import minimize

from sklinear_gd.optimizers import GradientDescent

plt.style.use("seaborn-v0_8-colorblind")


def quadratic(A):
    """Return the function ½ x'Ax and its gradient."""
    return lambda x: 0.5 * x @ A @ x, lambda x: A @ x


turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
LANDSCAPES = {
    "a round bowl": quadratic(np.eye(2)),
    "a valley along an axis": quadratic(np.diag([0.04, 1.0])),
    "the valley, turned": quadratic(turn @ np.diag([0.04, 1.0]) @ turn.T),
    "a saddle": (
        lambda x: x[0] ** 2 - 0.5 * x[1] ** 2 + 0.1 * x[1] ** 4,
        lambda x: np.array([2 * x[0], -x[1] + 0.4 * x[1] ** 3]),
    ),
}
START = np.array([-2.5, 1.5])
STARTS = {"the valley, turned": turn @ START, "a saddle": [2.5, 0.01]}
RATES = {"sgd": 0.3, "momentum": 0.1, "adagrad": 0.5, "adam": 0.3}

# %%
# Above, the paths over the contours; below, the height over the lowest value after each step.
#
# * In the round bowl the gradient points at the minimum, and plain gradient descent (sgd) is best.
#   What has a memory, momentum and Adam, overshoots.
# * In a narrow valley sgd crawls along the floor, and momentum gathers speed. AdaGrad scales each
#   coordinate by itself, so that a valley along an axis is a round bowl to it.
# * Once the valley is turned, AdaGrad is as slow as sgd, and Adam no better than momentum. Sgd and
#   momentum do not know about axes: their curves are the same as before.
# * At a saddle the gradient nearly vanishes. Sgd stands still for fifteen steps; AdaGrad and Adam,
#   which magnify the small coordinate, leave at once.

figure, axes = plt.subplots(2, 4, figsize=(13, 6.2), layout="constrained")
grid = np.linspace(-3.2, 3.2, 81)
for (name, (f, gradient)), (above, below) in zip(LANDSCAPES.items(), axes.T, strict=True):
    heights = np.array([[f(np.array([a, b])) for a in grid] for b in grid])
    lowest = minimize(f, [0.1, 1.5], tol=1e-9)
    above.contour(grid, grid, heights, levels=14, colors="lightgrey")
    for (rule, rate), dashes in zip(RATES.items(), ("-", "--", "-.", ":"), strict=True):
        method = GradientDescent(rule, learning_rate=rate)
        start = STARTS.get(name, START)
        found = minimize(f, start, jac=gradient, method=method, options={"maxiter": 60})
        style = {"linestyle": dashes, "label": f"{rule}, rate {rate:g}"}
        above.plot(*found.path.T, **style)
        below.plot(found.path_fun - lowest.fun, **style)
    above.plot(*start, "o", *lowest.x, "*", color="black", markersize=8)
    above.set(title=name, aspect="equal", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2))
    below.set(xlabel="step", yscale="log", ylim=(1e-6, 20))
axes[1, 0].set_ylabel("height over the lowest")
figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

plt.show()
