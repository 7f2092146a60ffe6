"""
What does a row cost under each loss?
=====================================

The number of mistakes cannot be lowered by following a gradient: it is flat wherever it does not
jump. Losses stand in for it.
"""

from matplotlib import pyplot as plt

from sklinear_gd.plotting import MarginDisplay

plt.style.use("seaborn-v0_8-colorblind")

# %%
# Two classes
# -----------
# The margin is the score times ±1, positive on the right side. Hinges cost nothing beyond a
# margin of 1, and the plain one rises in a straight line, so that a far mistake does not rule the
# rest. The squared hinge and the squared error punish it hard; the squared error even punishes
# rows that are right by too much. The cross-entropy falls for ever: it is never quite content.

display = MarginDisplay.from_losses()
display.lines_["squared error"].set(color="black", linestyle=":")
display.ax_.legend()
display.ax_.set(ylim=(-0.1, 5), title="Losses of a row with two classes over its margin")

# %%
# Three points on a line
# ----------------------
# Three numbers with the classes 0, 1 and 2, and one weight a class. Over the first weight the
# hinge of each point is made of straight pieces, and so is their mean. It is convex, and has
# kinks, at which a subgradient serves.

display = MarginDisplay.from_points([1.0, -0.6, 0.4], [0, 1, 2], [0.5, -0.5, 1.0])
display.ax_.set_title("The hinge losses of three points over a single weight")

plt.show()
