"""Batches in which words rule parts of the page, as painted regions do in the studio: the page's words are seen everywhere, each thing's
only in its own area.

A model that only knows captions of whole pages draws "a red house" in the middle of the page, whatever half of it the words are shown to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch.nn import functional as F

from .captions import caption, say_thing
from .scene import Scene, Thing
from .settings import TOKENS

# Parts of regional batches whose areas are halves of the page (others are boxes around the things), and whose page is described as usual.
HALVES, FULL_CAPTIONS = 0.5, 0.3
HIDDEN = -1e4


class RegionalAttention(AttnProcessor2_0):
    """Cross-attention under `areas` (N, R, h, w) of the latents, 1 where the words of a region are seen; as usual where there are none.

    Tokens are those of the page, then those of each region, `TOKENS` each.
    """

    areas: torch.Tensor | None = None

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor | None = None, *args, **kwargs):
        if self.areas is None or encoder_hidden_states is None:
            return super().__call__(attn, hidden_states, encoder_hidden_states, *args, **kwargs)
        bias = token_bias(self.areas, hidden_states.shape[1]).to(hidden_states)
        return super().__call__(attn, hidden_states, encoder_hidden_states, attention_mask=bias)


def token_bias(areas: torch.Tensor, queries: int) -> torch.Tensor:
    """Bias (N, queries, (1 + R) * TOKENS) for an attention on a page that is smaller than the latents by a whole factor."""
    height, width = areas.shape[2:]
    factor = round((height * width / queries) ** 0.5)
    seen = (F.avg_pool2d(areas, factor) >= 0.5).flatten(2).transpose(1, 2)
    everywhere = torch.ones_like(seen[..., :1])
    return torch.cat([everywhere, seen], 2).logical_not().float().mul(HIDDEN).repeat_interleave(TOKENS, 2)


def half_areas(one: Thing, other: Thing, height: int, width: int) -> np.ndarray:
    """(2, height, width): the page parted between two things, at an even cell, across the direction in which they lie."""
    areas = np.zeros((2, height, width), np.float32)
    if abs(one.x - other.x) * width >= abs(one.y - other.y) * height:
        first = np.arange(width)[None] < 2 * round((one.x + other.x) * width / 4)
        is_first = one.x < other.x
    else:
        first = np.arange(height)[:, None] < 2 * round((one.y + other.y) * height / 4)
        is_first = one.y < other.y
    areas[0], areas[1] = (first, ~first) if is_first else (~first, first)
    return areas


def box_areas(things: tuple[Thing, ...], height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """(R, height, width): a box around each thing, up to a quarter wider than the thing, as people paint."""
    down, across = np.mgrid[0:height, 0:width] + 0.5
    side, areas = min(height, width), []
    for thing in things:
        reach = (1 + rng.uniform(0, 0.25, 2)) * thing.radius * side + 0.5
        areas.append((abs(across - thing.x * width) < reach[0]) & (abs(down - thing.y * height) < reach[1]))
    return np.stack(areas).astype(np.float32)


def regional_words(scene: Scene, rng: np.random.Generator) -> list[str]:
    """What the page is said to show, then each thing without its place."""
    page = scene if rng.random() < FULL_CAPTIONS else replace(scene, things=())
    return [caption(page, rng), *(say_thing(rng, thing, with_colour=True, with_place=False) for thing in scene.things)]


def areas_of(scenes: list[Scene], height: int, width: int, rng: np.random.Generator) -> torch.Tensor:
    """Areas (N, 2, height, width) for scenes of two things."""
    made = [
        half_areas(*scene.things, height, width) if rng.random() < HALVES else box_areas(scene.things, height, width, rng)
        for scene in scenes
    ]
    return torch.from_numpy(np.stack(made))
