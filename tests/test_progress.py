"""What verbose shows: a bar by rich or tqdm, or plain lines."""

import sys

import pytest

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._progress import Bar, display

PACKAGES = ["rich", "tqdm"]
SHORT = {"max_iter": 7, "tol": None, "random_state": 0}


@pytest.fixture
def only(monkeypatch):
    """Return a function that hides all packages for bars but one."""

    def hide(kept):
        if kept is not None:
            pytest.importorskip(kept)
        for name in PACKAGES:
            if name != kept:
                for module in [m for m in sys.modules if m.split(".")[0] == name]:
                    monkeypatch.setitem(sys.modules, module, None)
                monkeypatch.setitem(sys.modules, name, None)

    return hide


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@pytest.mark.parametrize("package", PACKAGES)
def test_a_bar_shows_objective_and_rate(package, solver, only, two_classes, capsys):
    """verbose=1 draws one bar, which ends with the last epoch's count, objective and rate."""
    only(package)
    clf = SoftmaxGDClassifier(solver=solver, verbose=1, **SHORT).fit(*two_classes)
    captured = capsys.readouterr()
    last = (captured.out + captured.err).replace("\r", "\n").strip().splitlines()[-1]
    assert "7/7" in last
    assert f"objective {clf.objective_:.6g}" in last
    assert ("rate" in last) == (solver == "gd")
    if solver == "gd":
        assert f"rate {clf.history_['learning_rate'][-1]:.3g}" in last


@pytest.mark.parametrize("verbose", [1, 2])
def test_plain_lines(verbose, only, two_classes, capsys):
    """Without a package for bars verbose=1 prints a line an epoch, and verbose=2 always does."""
    only(None if verbose == 1 else "rich")
    clf = SVMGDClassifier(verbose=verbose, early_stopping=True, **SHORT).fit(*two_classes)
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["epoch", str(epoch), "objective"] for epoch in range(1, 8)
    ]
    assert f"{clf.history_['objective'][-1]:.6g}" in lines[-1]
    assert f"score {clf.history_['validation_score'][-1]:.4f}" in lines[-1]
    assert captured.err == ""


def test_silence(two_classes, capsys):
    """verbose=0 shows nothing, and neither does partial_fit."""
    SoftmaxGDClassifier(**SHORT).fit(*two_classes)
    SoftmaxGDClassifier(verbose=2).partial_fit(*two_classes, classes=[0, 1])
    assert capsys.readouterr() == ("", "")


def test_the_bar_is_closed_after_an_error(monkeypatch):
    """An error in the block ends the display, with the last epoch drawn, and gets through."""
    drawn = []

    class Note(Bar):
        def draw(self, epochs, text):
            drawn.append((epochs, text))

        def stop(self):
            drawn.append("stopped")

    monkeypatch.setattr("sklinear_gd._progress._bar", lambda max_iter: Note())
    entry = {"epoch": 1, "objective": 0.5, "learning_rate": 0.1}
    with pytest.raises(RuntimeError, match="in between"), display(1, 5) as (bar,):
        for _ in range(3):
            bar.end(entry, None)
        raise RuntimeError("in between")
    # The second and the third epoch came too soon after the first to be drawn.
    text = "objective 0.5  rate 0.1"
    assert drawn == [(1, text), (3, text), "stopped"]


def test_verbose_is_checked():
    """A word in place of a number is refused by name."""
    with pytest.raises(ValueError, match="verbose='loud'"):
        SVMGDClassifier(verbose="loud").fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("verbose", [True, False])
def test_flags_are_levels(verbose, only, two_classes, capsys):
    """True is 1 and False is 0."""
    only(None)
    SVMGDClassifier(verbose=verbose, **SHORT).fit(*two_classes)
    assert len(capsys.readouterr().out.splitlines()) == 7 * verbose
