"""A linear classifier as one writes it in PyTorch."""

import numpy as np
import torch

BATCH = 128


class TorchLinear:
    """Softmax or Weston-Watkins with an L2 penalty, by Adam in batches or by L-BFGS.

    The rows of a batch are taken from one tensor by a shuffled index: faster than a DataLoader.
    """

    def __init__(self, *, loss, alpha, fit_intercept, optimizer, max_iter, random_state):
        self.loss, self.alpha, self.fit_intercept = loss, alpha, fit_intercept
        self.optimizer, self.max_iter, self.random_state = optimizer, max_iter, random_state

    def fit(self, X, y):
        """Train; sets ``coef_`` and ``intercept_``."""
        torch.manual_seed(self.random_state)
        rows, labels = torch.from_numpy(np.ascontiguousarray(X)), torch.from_numpy(y)
        n_classes = int(y.max()) + 1
        layer = torch.nn.Linear(X.shape[1], n_classes, self.fit_intercept, dtype=rows.dtype)
        torch.nn.init.zeros_(layer.weight)
        if self.optimizer == "adam":
            self._adam(layer, rows, labels)
        else:
            self._lbfgs(layer, rows, labels)
        self.coef_ = layer.weight.detach().numpy()
        bias = layer.bias.detach().numpy() if self.fit_intercept else np.zeros(n_classes)
        self.intercept_ = bias
        return self

    def _objective(self, layer, rows, labels):
        scores = layer(rows)
        if self.loss == "softmax":
            loss = torch.nn.functional.cross_entropy(scores, labels)
        else:  # PyTorch divides the sum of the hinges by the classes
            loss = torch.nn.functional.multi_margin_loss(scores, labels) * scores.shape[1]
        return loss + self.alpha / 2 * layer.weight.square().sum()

    def _adam(self, layer, rows, labels):
        optimizer = torch.optim.Adam(layer.parameters())
        for _ in range(self.max_iter):
            for batch in torch.randperm(len(labels)).split(BATCH):
                optimizer.zero_grad()
                self._objective(layer, rows[batch], labels[batch]).backward()
                optimizer.step()

    def _lbfgs(self, layer, rows, labels):
        optimizer = torch.optim.LBFGS(
            layer.parameters(),
            max_iter=self.max_iter,
            history_size=10,
            tolerance_grad=0,
            tolerance_change=0,
            line_search_fn="strong_wolfe",
        )

        def closure():
            optimizer.zero_grad()
            value = self._objective(layer, rows, labels)
            value.backward()
            return value

        optimizer.step(closure)
