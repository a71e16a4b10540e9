"""Muon (Jordan et al. 2024): momentum whose matrices are made orthogonal before each step; AdamW for all that is no matrix.

The update is scaled by 0.2 sqrt(max(rows, columns)), so that it is as large as AdamW's and shares its rate and decay (Liu et al. 2025,
section 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

# Quintic Newton-Schulz: five rounds bring every singular value near 1 (Jordan et al. 2024).
A, B, C = 3.4445, -4.7750, 2.0315
ROUNDS = 5
OTHERS_SHARE = 0.33


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Nearest matrix with singular values about 1, same shape (rows, columns)."""
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = wide / (wide.norm() + 1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Muon(torch.optim.Optimizer):
    """For weights of linear and convolution layers; a kernel (out, in, h, w) counts as a matrix (out, in * h * w)."""

    def __init__(self, params: Iterable[nn.Parameter] | list[dict], lr: float, momentum: float = 0.95, weight_decay: float = 0.01) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                speed = state.setdefault("speed", torch.zeros_like(weight))
                speed.lerp_(weight.grad, 1 - group["momentum"])
                ahead = weight.grad.lerp(speed, group["momentum"]).flatten(1)
                scale = 0.2 * max(ahead.shape) ** 0.5
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(orthogonal(ahead).view_as(weight), alpha=-group["lr"] * scale)


def make_optimisers(
    module: nn.Module, blocks: tuple[str, ...], rate: float, beside: list[dict] | None = None
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of `module` whose names begin with one of `blocks`, AdamW for what is left of it and for the groups `beside`.

    First and last layers, norms and embeddings belong to AdamW, at a third of the rate where Muon has work.
    """
    trained = [(name, weight) for name, weight in module.named_parameters() if weight.requires_grad]
    matrices = [weight for name, weight in trained if weight.ndim >= 2 and name.startswith(blocks)] if blocks else []
    taken = set(map(id, matrices))
    others = [weight for _, weight in trained if id(weight) not in taken]
    groups = [{"params": others, "share": OTHERS_SHARE if matrices else 1.0}] if others else []
    made: list[torch.optim.Optimizer] = [Muon([{"params": matrices, "share": 1.0}], lr=rate)] if matrices else []
    if groups or beside:
        made.append(torch.optim.AdamW([*groups, *(beside or [])], lr=rate, betas=(0.9, 0.99), weight_decay=0.01))
    return made


def set_rate(optimisers: list[torch.optim.Optimizer], rate: float) -> None:
    """Each group gets its own share of `rate`."""
    for group in (group for optimiser in optimisers for group in optimiser.param_groups):
        group["lr"] = rate * group["share"]
