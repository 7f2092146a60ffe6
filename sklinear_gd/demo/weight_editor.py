"""The weights as fields to edit, with their gradient below."""

from collections.abc import Callable
from typing import Any

from bokeh.models import Column, Div, Row, Spinner

from sklinear_gd.demo.controls import WIDE, Controls, spinner, text_box
from sklinear_gd.demo.settings import CLASSES, MAX_WEIGHT
from sklinear_gd.demo.tables import gradient_cells, sign
from sklinear_gd.demo.trainer import Evaluation, Trainer

WEIGHT_ROWS = [f"weights_{k}" for k in range(CLASSES[1])]


class WeightEditor:
    """A row of fields for each class: W[0], W[1], b, and their gradient below.

    Parameters
    ----------
    controls : Controls
        Says whether the program itself sets values.
    on_edit : callable (row, column, value)

    Attributes
    ----------
    fields : list of lists of Spinner
        A row a class.
    roots : list of bokeh models
        What goes on the page, a root a class.
    """

    def __init__(self, controls: Controls, on_edit: Callable[[int, int, float], None]) -> None:
        self.controls, self.on_edit = controls, on_edit
        self.fields, self.gradients, self.signs, self.roots = [], [], [], []
        padding = {"padding-top": "8px"}
        for row, name in enumerate(WEIGHT_ROWS):
            fields = [self._field(row, column) for column in range(3)]
            label = Div(width=34, margin=0, styles=padding)
            gradient = text_box(f"gradient_{row}")
            top = Row(label, *fields, spacing=8, **WIDE)
            self.roots.append(Column(top, gradient, name=name, **WIDE))
            self.fields.append(fields)
            self.gradients.append(gradient)
            self.signs.append(label)

    @property
    def widgets(self) -> list[Any]:
        """Every model that shows something."""
        return [*self.signs, *self.gradients, *(field for row in self.fields for field in row)]

    def _field(self, row: int, column: int) -> Spinner:
        name, limits = f"weight_{row}_{column}", (-MAX_WEIGHT, MAX_WEIGHT)
        field = spinner(name, "", *limits, 0.1, format="0.000", min_width=60)

        def changed(attr: str, old: Any, new: Any) -> None:
            if not self.controls.quiet and new is not None:
                self.on_edit(row, column, new)

        field.on_change("value", changed)
        return field

    def refresh(self, trainer: Trainer, evaluation: Evaluation) -> None:
        """Show the trainer's weights and their gradient."""
        n_scores = len(trainer.coef)
        with self.controls.silently():
            for row, root in enumerate(self.roots):
                root.visible = row < n_scores
            for row in range(n_scores):
                self._refresh_row(row, n_scores, trainer, evaluation)

    def _refresh_row(
        self, row: int, n_scores: int, trainer: Trainer, evaluation: Evaluation
    ) -> None:
        self.signs[row].text = sign(row if n_scores > 1 else 1)
        weights = (*trainer.coef[row], trainer.intercept[row])
        for field, value in zip(self.fields[row], weights, strict=True):
            field.value = round(float(value), 3)
        self.gradients[row].text = gradient_cells(
            evaluation.coef_gradient[row], evaluation.intercept_gradient[row]
        )
