"""
What does the schedule change?
==============================

High rates travel far, low ones settle. A schedule lets the rate begin high and end low.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

from sklinear_gd import SVMGDClassifier
from sklinear_gd.plotting import TrainingCurveDisplay

plt.style.use("seaborn-v0_8-colorblind")
X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# Thirty epochs of the SVM by Adam, from the same high first rate. At a constant rate the
# objective stays at the height of the batches' noise. The rates that fall take it out: along a
# cosine, which ends at 0 with the last epoch; one cycle, which begins low as well; and inverse
# scaling, which falls at once and then hardly any more.

models = {}
for schedule in ("constant", "invscaling", "cosine", "one_cycle"):
    clf = SVMGDClassifier(
        learning_rate=0.1, schedule=schedule, alpha=1e-3, max_iter=30, tol=None, random_state=0
    )
    models[schedule] = clf.fit(X, y)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
columns = ("learning_rate", "objective")
display = TrainingCurveDisplay.from_estimators(models, columns=columns, ax=axes)
for line, dashes in zip(display.lines_.values(), ("-", "--", "-.", ":") * 2, strict=True):
    line.set_linestyle(dashes)
axes[1].set_yscale("log")
axes[1].legend(ncols=2)
axes[0].get_legend().remove()

plt.show()
