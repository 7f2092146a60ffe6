"""Write torch_trajectories.json, the reference that test_torch.py compares with.

The tests do not need PyTorch; to write the file anew:

    python -m pip install torch==2.13.0
    python tests/optimizers/make_torch_trajectories.py
"""

import json
from pathlib import Path

import numpy as np
import torch

STEPS = 50
# The name in our registry, our parameters, PyTorch's class and its arguments.
CASES = [
    ("sgd", {}, torch.optim.SGD, {}),
    ("momentum", {}, torch.optim.SGD, {"momentum": 0.9}),
    ("momentum", {"momentum": 0.5}, torch.optim.SGD, {"momentum": 0.5}),
    ("nesterov", {}, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    ("adagrad", {}, torch.optim.Adagrad, {}),
    ("rmsprop", {}, torch.optim.RMSprop, {}),
    ("rmsprop", {"decay": 0.8, "epsilon": 0.001}, torch.optim.RMSprop, {"alpha": 0.8, "eps": 1e-3}),
    ("adam", {}, torch.optim.Adam, {}),
    (
        "adam",
        {"beta1": 0.7, "beta2": 0.9, "epsilon": 0.01},
        torch.optim.Adam,
        {"betas": (0.7, 0.9), "eps": 0.01},
    ),
]


def make_gradients():
    """Return gradients of very different sizes; the last coordinate rests at first."""
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(STEPS, 1, 5)) * np.array([1.0, 1e-4, 300.0, 1.0, 1.0])
    gradients[:, :, 3] += 2.0
    gradients[:12, :, 4] = 0.0
    return gradients


def trajectory(optimizer_class, arguments, start, gradients, rates):
    """Return the parameters after each step."""
    params = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = optimizer_class([params], lr=rates[0], **arguments)
    path = []
    for gradient, rate in zip(gradients, rates, strict=True):
        params.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        path.append(params.detach().tolist())
    return path


def main():
    """Write the file beside this one."""
    start, gradients = [[0.5, -1.0, 2.0, 0.0, 1.0]], make_gradients()
    rates = [0.1 * 0.97**t for t in range(STEPS)]
    cases = [
        {
            "name": name,
            "parameters": parameters,
            "params": trajectory(optimizer_class, arguments, start, gradients, rates),
        }
        for name, parameters, optimizer_class, arguments in CASES
    ]
    reference = {
        "torch": torch.__version__,
        "start": start,
        "rates": rates,
        "gradients": gradients.tolist(),
        "cases": cases,
    }
    path = Path(__file__).with_name("torch_trajectories.json")
    path.write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    main()
