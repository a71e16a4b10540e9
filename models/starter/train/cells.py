"""A second task for the UNet's middle: say what stands in each cell, in which colour, and which part of it the cell shows.

The denoising loss alone learns outlines slowly: most of it is noise that nothing can foretell. Telling kind and part from the noisy
latents and the words makes the middle hold what the later blocks need to draw a shape (as REPA, Yu et al. 2025, does with features of
another network; here the scene itself is the teacher). The head is used in training only.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .scene import KINDS, Scene
from .settings import UNET
from .text import COLOUR_LIST

SHARE = 0.1
# Classes: nothing and each kind, each colour, then across, down and the size of the thing.
SPLIT = (1 + len(KINDS), len(COLOUR_LIST), 3)


def cell_truth(scenes: list[Scene], height: int, width: int) -> dict[str, torch.Tensor]:
    """For cells (height, width) of a page: kind (N, h, w; 0 is none), colour (N, h, w; -100 is none), part (N, 3, h, w).

    Later things are painted over earlier ones. `part` is the place within the thing in its own frame, -1 to 1, and its radius.
    """
    side = min(height, width)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    kind = np.zeros((len(scenes), height, width), np.int64)
    colour = np.full((len(scenes), height, width), -100, np.int64)
    part = np.zeros((len(scenes), 3, height, width), np.float32)
    for n, scene in enumerate(scenes):
        for thing in scene.things:
            dx = (across - thing.x * width) / (thing.radius * side) * (-1 if thing.flip else 1)
            dy = (down - thing.y * height) / (thing.radius * side)
            inside = (np.abs(dx) < 1) & (np.abs(dy) < 1)
            kind[n][inside] = 1 + KINDS.index(thing.kind)
            colour[n][inside] = COLOUR_LIST.index(thing.colour)
            part[n][:, inside] = np.stack([dx, dy, np.full_like(dx, thing.radius * 3)])[:, inside]
    return {"kind": torch.from_numpy(kind), "colour": torch.from_numpy(colour), "part": torch.from_numpy(part)}


class CellHead(nn.Module):
    """Reads the features (N, C, h, w) of the middle block."""

    def __init__(self, width: int = UNET["block_out_channels"][-1]) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(32, width), nn.SiLU(), nn.Conv2d(width, width, 1), nn.SiLU(), nn.Conv2d(width, sum(SPLIT), 1)
        )

    def loss(self, features: torch.Tensor, scenes: list[Scene]) -> torch.Tensor:
        kind, colour, part = self.layers(features.float()).split(SPLIT, 1)
        want = {k: v.to(features.device) for k, v in cell_truth(scenes, *features.shape[2:]).items()}
        covered = (want["kind"] > 0).unsqueeze(1)
        off = (F.smooth_l1_loss(part, want["part"], reduction="none") * covered).sum() / covered.sum().clamp(min=1)
        return F.cross_entropy(kind, want["kind"]) + F.cross_entropy(colour, want["colour"]) + off
