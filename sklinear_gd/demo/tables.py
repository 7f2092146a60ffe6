"""The numbers on the page as HTML: points, losses, gradients and the gradient check."""

from collections.abc import Iterable

from sklinear_gd._typing import Array
from sklinear_gd.demo.experiment import Experiment
from sklinear_gd.demo.style import CLASS_COLORS, CLASS_SIGNS, RACER_COLORS
from sklinear_gd.demo.trainer import Trainer
from sklinear_gd.inspection import check_gradient

FEATURES = ("x[0]", "x[1]")
# Relative errors below this are rounding.
RIGHT = 1e-5


def number(value: float, digits: int = 2) -> str:
    """A number in few characters, with a minus sign as long as a plus."""
    text = f"{value:.{digits}f}" if abs(value) < 1000 else f"{value:.2g}"
    return text.replace("-", "−")


def sign(label: int) -> str:
    """The marker of a class in its colour, and its number."""
    return f'<b style="color:{CLASS_COLORS[label]}">{CLASS_SIGNS[label]}</b>&nbsp;{label}'


def points_table(experiment: Experiment, selected: int | None) -> str:
    """A row a point: place, class, scores and loss of the first model, and their mean."""
    evaluation = experiment.evaluations[0]
    columns = range(evaluation.scores.shape[1])
    names = [f"s<sub>{k}</sub>" for k in columns] if len(columns) > 1 else ["s"]
    heads = ["", *FEATURES, "class", "loss", *names]
    rows = (_point_row(experiment, index, selected) for index in range(len(experiment.X)))
    mean = number(evaluation.data_loss, 3)
    foot = f'<td colspan="4">mean: the data loss</td><td><b>{mean}</b></td>'
    foot += f'<td colspan="{len(names)}"></td>'
    return _table("points", heads, rows, f"<tfoot><tr>{foot}</tr></tfoot>")


def _table(name: str, heads: list[str], rows: Iterable[str], foot: str = "") -> str:
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<table class="{name}">{body}{foot}</table>'


def _point_row(experiment: Experiment, index: int, selected: int | None) -> str:
    evaluation = experiment.evaluations[0]
    scores, own = evaluation.scores[index], int(experiment.y[index])
    best = int(scores.argmax()) if len(scores) > 1 else None
    cells = [f'<th scope="row">{index}</th>']
    cells += [f"<td>{number(value)}</td>" for value in experiment.X[index]]
    cells.append(f'<td class="class">{sign(own)}</td>')
    loss = evaluation.losses[index]
    # The bar is full from a loss of 2 on: what counts is which points cost something.
    width = 100 * min(1.0, float(loss) / 2)
    cells.append(
        f'<td class="loss" style="--width:{width:.0f}%">{number(loss) if loss > 0 else "0"}</td>'
    )
    for k, score in enumerate(scores):
        text = number(score)
        cells.append(f"<td><b>{text}</b></td>" if k == best else f"<td>{text}</td>")
    return f"<tr{' class=selected' * (index == selected)}>{''.join(cells)}</tr>"


def losses_table(experiment: Experiment) -> str:
    """Data loss, penalty, total, accuracy and step size of each racer."""
    heads = ["", "data loss", "+ penalty", "= total", "correct", "step size"]
    rows = []
    evaluations = experiment.evaluations
    names = "AB" if len(evaluations) > 1 else [""]
    for name, color, trainer, found in zip(
        names, RACER_COLORS, experiment.trainers, evaluations, strict=False
    ):
        cells = [
            f'<th scope="row" style="color:{color}">{name}</th>',
            f"<td>{number(found.data_loss, 3)}</td>",
            f"<td>{number(found.penalty, 3)}</td>",
            f'<td class="total">{number(found.total, 3)}</td>',
            f"<td>{100 * found.accuracy:.0f}&nbsp;%</td>",
            f"<td>{trainer.rate:.2g}</td>",
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return _table("losses", heads, rows)


def gradient_cells(coef_gradient: Array, intercept_gradient: float) -> str:
    """The gradient below one row of the weights: its two entries of W and that of b."""
    values = (*coef_gradient, intercept_gradient)
    cells = "".join(f"<span>{number(value, 3)}</span>" for value in values)
    return f'<div class="gradient" title="gradient">{cells}</div>'


def gradient_check(trainer: Trainer) -> str:
    """Compare the gradient that training follows with differences of the objective.

    Parameters
    ----------
    trainer : Trainer

    Returns
    -------
    html : str
        The largest relative error away from kinks, and what to make of it.
    """
    check = check_gradient(trainer.fitted(), trainer.X, trainer.y)
    text = (
        f"<p><b>{check.max_error:.0e}</b> is the largest relative error between the gradient's "
        "formula and finite differences of the loss."
    )
    kinks = int(check.at_kink.sum())
    if kinks:
        text += f" {kinks} of {check.at_kink.size} weights sit at a kink, where there is none."
    verdict = "The formula is right." if check.max_error < RIGHT else "They disagree."
    return f"{text} {verdict}</p>"
