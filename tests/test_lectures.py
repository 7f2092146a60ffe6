"""The numbers of the lectures on losses and optimization, computed by the library.

Cat, car and frog have the classes 0, 1 and 2. Two figures of the slides are misprints, and the
tests name them: the frog's hinge drops the + 1 twice (10.9 in place of 12.9), and the loss of the
softmax example, 0.89, is a logarithm to the base 10 (2.04 to the base e).
"""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.special import rel_entr, softmax
from scipy.stats import entropy, norm

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.inspection import check_gradient, numerical_gradient
from sklinear_gd.losses import OneVsRest, SoftmaxCrossEntropy, WestonWatkins
from sklinear_gd.penalties import L1, L2, ElasticNet

# A row for each image: the scores of cat, car, frog.
SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
IMAGES = np.array([0, 1, 2])


def hinge(scores, y, **parameters):
    """Return the Weston-Watkins losses."""
    return WestonWatkins(**parameters).formula(np.atleast_2d(scores), np.atleast_1d(y))[0]


def cross_entropy(scores, y):
    """Return the losses of the softmax."""
    return SoftmaxCrossEntropy().formula(np.atleast_2d(scores), np.atleast_1d(y))[0]


# -- the multi-class SVM -----------------------------------------------------------------------


def test_hinge_of_cat_car_frog():
    """Losses 2.9, 0 and 12.9, mean 5.27; the slide's 10.9 and 4.6 lack the + 1 twice."""
    losses = hinge(SCORES, IMAGES)
    np.testing.assert_allclose(losses, [2.9, 0.0, 12.9])
    assert losses.mean() == pytest.approx(5.27, abs=0.005)
    without_the_margin = max(0, 2.2 + 3.1) + max(0, 2.5 + 3.1)
    assert without_the_margin == pytest.approx(10.9)
    assert (2.9 + 0 + 10.9) / 3 == pytest.approx(4.6)
    assert losses[2] == pytest.approx(without_the_margin + 2)


def test_the_lectures_code_is_the_same_loss():
    """L_i_vectorized of the slides, line by line, on random weights."""

    def L_i_vectorized(x, y, W):
        scores = W.dot(x)
        margins = np.maximum(0, scores - scores[y] + 1)
        margins[y] = 0
        return np.sum(margins)

    rng = np.random.default_rng(0)
    W, X, y = rng.normal(size=(10, 7)), rng.normal(size=(50, 7)), rng.integers(10, size=50)
    expected = [L_i_vectorized(x, label, W) for x, label in zip(X, y, strict=True)]
    np.testing.assert_allclose(hinge(X @ W.T, y), expected, rtol=1e-12)


def test_sum_over_all_classes_adds_one():
    """With j = y in the sum each loss is larger by max(0, 0 + 1) = 1: the same minimum."""
    own = SCORES[IMAGES, IMAGES][:, None]
    all_classes = np.maximum(0, SCORES - own + 1).sum(axis=1)
    np.testing.assert_allclose(all_classes, hinge(SCORES, IMAGES) + 1)


def test_mean_in_place_of_the_sum_divides():
    """The mean over the wrong classes is the sum divided by n_classes - 1."""
    wrong = ~np.eye(3, dtype=bool)
    violations = np.maximum(0, SCORES - SCORES[IMAGES, IMAGES][:, None] + 1)
    means = np.array([row[keep].mean() for row, keep in zip(violations, wrong, strict=True)])
    np.testing.assert_allclose(means, hinge(SCORES, IMAGES) / 2)


def test_the_squared_hinge_is_another_loss():
    """2.9² for the cat, 6.3² + 6.6² for the frog: it is no multiple of the plain one."""
    squared = hinge(SCORES, IMAGES, squared=True)
    np.testing.assert_allclose(squared, [2.9**2, 0.0, 6.3**2 + 6.6**2])
    ratios = squared[[0, 2]] / hinge(SCORES, IMAGES)[[0, 2]]
    assert ratios[1] > 2 * ratios[0]


def test_least_and_largest_loss():
    """The hinge is 0 once the margin is kept, and has no largest value; so has the softmax."""
    assert hinge([100.0, 0.0, 0.0], 0) == 0
    assert 0 < cross_entropy([30.0, 0.0, 0.0], 0) < 1e-12
    for far in (1e2, 1e4):
        assert hinge([-far, 0.0, 0.0], 0) == pytest.approx(2 * (far + 1))
        assert cross_entropy([-far, 0.0, 0.0], 0) == pytest.approx(far + np.log(2))


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_loss_at_small_weights(n_classes):
    """With all scores near 0 the hinge is n_classes - 1 and the cross-entropy log(n_classes)."""
    scores = 1e-4 * np.random.default_rng(0).normal(size=(100, n_classes))
    y = np.arange(100) % n_classes
    assert hinge(scores, y).mean() == pytest.approx(n_classes - 1, rel=1e-3)
    assert cross_entropy(scores, y).mean() == pytest.approx(np.log(n_classes), rel=1e-3)


def test_no_loss_at_W_is_no_loss_at_2W():
    """The car's loss is 0 and stays 0 for twice the scores: W is not unique, a penalty decides."""
    np.testing.assert_array_equal(hinge([SCORES[1], 2 * SCORES[1]], [1, 1]), [0.0, 0.0])
    rng = np.random.default_rng(0)
    X, y = np.repeat(np.eye(3), 5, axis=0) + 0.05 * rng.normal(size=(15, 3)), np.repeat(range(3), 5)
    clf = SVMGDClassifier(alpha=0, max_iter=3000, fit_intercept=False).fit(X, y)
    assert clf.objective_ == 0
    once = clf.coef_.copy()
    clf.coef_ = 2 * once
    assert clf.objective(X, y) == 0
    values = []
    for factor in (1, 2):
        penalised = SVMGDClassifier(alpha=0.1, fit_intercept=False, max_iter=1, tol=None).fit(X, y)
        penalised.coef_ = factor * once
        values.append(penalised.objective(X, y))
    assert values[1] == pytest.approx(4 * values[0])


# -- penalties ---------------------------------------------------------------------------------


def test_l2_prefers_the_weights_that_are_spread():
    """[1, 0, 0, 0] and [¼, ¼, ¼, ¼] score the same; L2 prefers the second, L1 neither."""
    x, one, spread = np.ones(4), np.array([1.0, 0, 0, 0]), np.full(4, 0.25)
    assert one @ x == spread @ x == 1
    as_W = one[:, None], spread[:, None]
    assert [2 * L2().value(W) for W in as_W] == [1.0, 0.25]  # the lectures have no factor ½
    assert [L1().value(W) for W in as_W] == [1.0, 1.0]
    assert ElasticNet(0.5).value(as_W[1]) < ElasticNet(0.5).value(as_W[0])
    X, y = np.vstack([np.ones((10, 4)), -np.ones((10, 4))]), np.repeat([1, 0], 10)
    clf = SVMGDClassifier(penalty="l2", alpha=0.1, solver="lbfgs", tol=1e-10).fit(X, y)
    np.testing.assert_allclose(clf.coef_, clf.coef_[0, 0], rtol=1e-6)


# -- the softmax -------------------------------------------------------------------------------


def test_softmax_of_the_cat():
    """exp is 24.5, 164.0, 0.18; the shares 0.13, 0.87, 0.00; the loss 2.04, 0.89 to base 10."""
    np.testing.assert_allclose(np.exp(SCORES[0]), [24.5, 164.0, 0.18], rtol=0.02)
    value, d_scores = SoftmaxCrossEntropy().formula(SCORES[:1], np.array([0]))
    np.testing.assert_allclose(d_scores[0] + [1, 0, 0], [0.13, 0.87, 0.00], atol=0.005)
    assert value[0] == pytest.approx(2.04, abs=0.005)
    assert value[0] / np.log(10) == pytest.approx(0.89, abs=0.005)


def test_probabilities_are_those_of_the_classifier():
    """predict_proba of a model with these scores are these shares."""
    clf = SoftmaxGDClassifier(max_iter=1, tol=None).fit(np.eye(3), IMAGES)
    clf.coef_, clf.intercept_ = SCORES.T.copy(), np.zeros(3)
    np.testing.assert_allclose(clf.decision_function(np.eye(3)), SCORES)
    np.testing.assert_allclose(clf.predict_proba(np.eye(3)), softmax(SCORES, axis=1), rtol=1e-12)
    np.testing.assert_allclose(clf.predict_proba(np.eye(3)[:1]), [[0.13, 0.87, 0.0]], atol=0.005)


def test_large_scores_are_shifted():
    """123, 456, 789: exp overflows, the loss does not; a shift of all scores changes nothing."""
    f = np.array([123.0, 456.0, 789.0])
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(np.exp(f) / np.sum(np.exp(f))).any()
    np.testing.assert_array_equal([cross_entropy(f, k)[0] for k in range(3)], [666, 333, 0])
    np.testing.assert_allclose(cross_entropy(SCORES + 1000, IMAGES), cross_entropy(SCORES, IMAGES))


def test_cross_entropy_is_entropy_plus_divergence():
    """H(p, q) = H(p) + KL(p‖q); for one true class H(p) is 0 and the loss is the divergence."""
    q = softmax(SCORES, axis=1)
    np.testing.assert_allclose(
        cross_entropy(SCORES, IMAGES), rel_entr(np.eye(3), q).sum(axis=1), rtol=1e-12
    )
    p = 0.8 * np.eye(3) + 0.2 / 3  # label_smoothing=0.2
    values = SoftmaxCrossEntropy(label_smoothing=0.2).formula(SCORES, IMAGES)[0]
    np.testing.assert_allclose(values, entropy(p, axis=1) + rel_entr(p, q).sum(axis=1), rtol=1e-12)


def test_the_loss_is_the_negative_log_likelihood():
    """The mean loss is minus the log-likelihood of the labels, divided by their number."""
    likelihood = np.prod(softmax(SCORES, axis=1)[IMAGES, IMAGES])
    assert cross_entropy(SCORES, IMAGES).sum() == pytest.approx(-np.log(likelihood))


def test_the_penalty_is_a_gaussian_prior():
    """n F is minus the log-posterior up to a constant, for a prior of variance 1 / (n alpha)."""
    rng = np.random.default_rng(0)
    X, alpha = rng.normal(size=(30, 4)), 0.1
    y = X[:, :3].argmax(axis=1)
    clf = SoftmaxGDClassifier(alpha=alpha, fit_intercept=False, max_iter=20, tol=None).fit(X, y)
    constants = []
    for clf.coef_ in rng.normal(size=(5, 3, 4)):
        likelihood = clf.predict_log_proba(X)[np.arange(30), y].sum()
        prior = norm.logpdf(clf.coef_, scale=(30 * alpha) ** -0.5).sum()
        constants.append(30 * clf.objective(X, y) + likelihood + prior)
    np.testing.assert_allclose(constants, constants[0], rtol=1e-9)


def test_softmax_and_svm_when_scores_are_jiggled():
    """[10, -2, 3], [10, 9, 9], [10, -100, -100]: the hinge is 0 and stays; the softmax moves."""
    rows, y = np.array([[10.0, -2, 3], [10, 9, 9], [10, -100, -100]]), np.zeros(3, dtype=int)
    np.testing.assert_array_equal(hinge(rows, y), 0)
    losses = cross_entropy(rows, y)
    assert losses[1] > 100 * losses[0] > 100 * losses[2] >= 0
    jiggled, better = rows + np.array([0.0, 0.0, 0.1]), rows + np.array([0.1, 0.0, 0.0])
    np.testing.assert_allclose(hinge(jiggled, y), [0.0, 0.1, 0.0], atol=1e-12)
    np.testing.assert_array_equal(hinge(better, y), 0)
    assert (cross_entropy(better, y)[:2] < losses[:2]).all()


# -- the landscape and its gradient ------------------------------------------------------------


def test_three_points_on_a_line():
    """L₀, L₁, L₂ and their mean as written out in the lectures, convex and piecewise linear."""
    x, y = np.array([1.0, -0.6, 0.4]), np.arange(3)
    w = np.array([0.5, -0.5, 1.0])
    L0 = max(0, w[1] * x[0] - w[0] * x[0] + 1) + max(0, w[2] * x[0] - w[0] * x[0] + 1)
    L1_ = max(0, w[0] * x[1] - w[1] * x[1] + 1) + max(0, w[2] * x[1] - w[1] * x[1] + 1)
    L2_ = max(0, w[0] * x[2] - w[2] * x[2] + 1) + max(0, w[1] * x[2] - w[2] * x[2] + 1)
    np.testing.assert_allclose(hinge(np.outer(x, w), y), [L0, L1_, L2_])

    def mean(w):
        return hinge(np.outer(x, w), y).mean()

    clf = SVMGDClassifier(alpha=0, fit_intercept=False, max_iter=1, tol=None).fit(x[:, None], y)
    clf.coef_ = w[:, None]
    assert clf.objective(x[:, None], y) == pytest.approx((L0 + L1_ + L2_) / 3)
    curve = [mean([value, w[1], w[2]]) for value in np.linspace(-4, 4, 401)]
    bends = np.diff(curve, n=2)
    assert bends.min() > -1e-12
    assert (bends > 1e-12).sum() <= 12


def test_gradient_of_the_hinge_counts_the_violations():
    """-(number of wrong classes within the margin) x for the own class, 1(...) x for the others."""
    rng = np.random.default_rng(0)
    x, W, margin = 4 * rng.normal(size=6), rng.normal(size=(10, 6)), 1.5
    y = int(np.argsort(W @ x)[6])
    violated = W @ x - W[y] @ x + margin > 0
    violated[y] = False
    by_hand = np.outer(violated, x)
    by_hand[y] = -violated.sum() * x
    assert 1 < violated.sum() < 9
    _, d_scores = WestonWatkins(margin=margin).formula((W @ x)[None, :], np.array([y]))
    np.testing.assert_allclose(np.outer(d_scores[0], x), by_hand)
    numerical = numerical_gradient(lambda V: hinge(V @ x, y, margin=margin).item(), W)
    np.testing.assert_allclose(numerical, by_hand, atol=1e-8)


def test_forward_differences_with_the_slides_h():
    """h = 1e-4 on a loss of 1.25: the slopes are right to about h, as -2.5, 0.6 and 0 are."""
    assert round((1.25322 - 1.25347) / 0.0001, 6) == -2.5
    assert round((1.25353 - 1.25347) / 0.0001, 6) == 0.6
    rng = np.random.default_rng(0)
    X, y, W = rng.normal(size=(20, 5)), rng.integers(3, size=20), 0.3 * rng.normal(size=(5, 3))

    def loss(W):
        return hinge(X @ W, y).mean() + np.sum(W**2)  # the slide's penalty, without a factor ½

    _, d_scores = WestonWatkins().formula(X @ W, y)
    analytic = X.T @ d_scores / 20 + 2 * W
    forward = numerical_gradient(loss, W, h=1e-4, scheme="forward")
    assert 1e-6 < np.abs(forward - analytic).max() < 3e-4
    np.testing.assert_allclose(numerical_gradient(loss, W), analytic, atol=1e-8)


def test_evaluations_of_a_numerical_gradient():
    """Forward differences take one more than there are weights: 30,731 for 10 × 3073."""
    calls = 0

    def flat(W):
        nonlocal calls
        calls += 1
        return 0.0

    numerical_gradient(flat, np.zeros((10, 73)), scheme="forward")
    assert calls == 10 * 73 + 1


def test_copies_of_the_data_leave_the_gradient():
    """1,200 copies of each of 20 images have the loss and the gradient of the 20 themselves."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), np.arange(20) % 4
    for cls in (SVMGDClassifier, SoftmaxGDClassifier):
        clf = cls(max_iter=5, tol=None, random_state=0).fit(X, y)
        copies = np.tile(X, (1200, 1)), np.tile(y, 1200)
        assert clf.objective(*copies) == pytest.approx(clf.objective(X, y), rel=1e-10)
        settings = {"n_coordinates": 1, "random_state": 0}
        np.testing.assert_allclose(
            check_gradient(clf, *copies, **settings).analytic,
            check_gradient(clf, X, y, **settings).analytic,
            atol=1e-12,
        )


def test_a_batch_is_an_unbiased_estimate_of_the_gradient():
    """The mean of the gradients of all batches is the full one; one alone is near it."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(256, 5)), rng.integers(3, size=256)
    _, d_scores = SoftmaxCrossEntropy().formula(X @ rng.normal(size=(5, 3)), y)
    full = X.T @ d_scores / 256
    batches = np.arange(256).reshape(8, 32)
    gradients = np.array([X[rows].T @ d_scores[rows] / 32 for rows in batches])
    np.testing.assert_allclose(gradients.mean(axis=0), full, rtol=1e-10, atol=1e-15)
    cosines = [np.sum(g * full) / np.linalg.norm(g) / np.linalg.norm(full) for g in gradients]
    assert np.mean(cosines) > 0.7


def test_shift_of_the_bias_is_a_feature_of_ones():
    """W with b is W alone on X with a column of ones, 10 × 3073 in place of 10 × 3072."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), rng.integers(3, size=60)
    settings = {"alpha": 0, "solver": "lbfgs", "tol": 1e-12, "max_iter": 500}
    with_b = SoftmaxGDClassifier(**settings).fit(X, y)
    ones = SoftmaxGDClassifier(fit_intercept=False, **settings).fit(
        np.column_stack([X, np.ones(60)]), y
    )
    assert with_b.objective_ == pytest.approx(ones.objective_, rel=1e-9)
    np.testing.assert_allclose(
        with_b.predict_proba(X), ones.predict_proba(np.column_stack([X, np.ones(60)])), atol=1e-5
    )


def test_scores_outside_of_the_margin_of_one_vs_rest():
    """One-vs-rest asks each score to be on its side of 0; only differences count for the others."""
    row, y = np.array([[10.0, 9.0, 8.0]]), np.array([0])
    assert hinge(row, y) == 0
    assert OneVsRest().formula(row, y)[0] == 10 + 9


def test_the_page_names_tests_and_files_that_exist():
    """Every test and file that docs/lectures.rst names is there."""
    root = Path(__file__).resolve().parents[1]
    page = (root / "docs" / "lectures.rst").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (root / "tests").rglob("test_*.py")]
    defined = set(re.findall(r"^def (test_\w+)\(", "\n".join(sources), re.MULTILINE))
    named = set(re.findall(r"``(test_\w+)``", page))
    assert len(named) > 50
    assert named <= defined
    files = re.findall(r"``((?:tests|examples|sklinear_gd)/[\w/]+\.py)``", page)
    pictures = re.findall(r"<auto_examples/(plot_\w+)>", page)
    assert len(set(pictures)) > 10
    files += [f"examples/{name}.py" for name in pictures]
    assert [name for name in files if not (root / name).is_file()] == []


def test_every_idea_has_its_place_its_test_and_something_to_see():
    """No row of the tables in docs/lectures.rst has an empty cell."""
    root = Path(__file__).resolve().parents[1]
    page = (root / "docs" / "lectures.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - (?!idea)(.+(?:\n     .+)*)", page, re.MULTILINE)
    assert len(rows) > 60
    for row in rows:
        cells = re.split(r"\n     -", row)
        assert len(cells) == 4
        assert all(cell.strip() for cell in cells), row
