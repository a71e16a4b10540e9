"""Batches for the UNet: latents come from the cache, words are new each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from .captions import caption
from .latents import ALL_PAGES, Pages
from .regions import areas_of, regional_words
from .scene import Scene
from .settings import NATIVE, TOKENS
from .tokenizer import load_tokenizer

CAPTION_DROPOUT, REGIONAL = 0.1, 0.3


class Batch(NamedTuple):
    """Latents (N, C, h, w), token ids (N, prompts, TOKENS), and where there are regions, their areas (N, prompts - 1, h, w)."""

    latents: torch.Tensor
    ids: torch.Tensor
    scenes: list[Scene]
    areas: torch.Tensor | None = None


def epoch(batch: int, counts: dict[Pages, int], rng: np.random.Generator) -> list[tuple[Pages, np.ndarray]]:
    """Every cached page once: each batch is of one size, with as many pixels as `batch` native pages."""
    out = []
    for pages, count in counts.items():
        order, size = rng.permutation(count), max(1, batch * NATIVE**2 // (pages.width * pages.height))
        out += [(pages, np.sort(order[i : i + size])) for i in range(0, len(order) - size + 1, size)]
    rng.shuffle(out)
    return out


class Batches(IterableDataset):
    """Endless; notices latents that were added since the last epoch."""

    def __init__(self, batch: int, seed: int) -> None:
        self.batch, self.seed = batch, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        tokenizer = load_tokenizer()
        while True:
            opened = {pages: (pages.open(), pages.scenes()) for pages in ALL_PAGES if pages.count()}
            pairs = {pages: [i for i in range(len(latents)) if len(scenes[i].things) == 2] for pages, (latents, scenes) in opened.items()}
            for pages, picked in epoch(self.batch, {pages: len(latents) for pages, (latents, _) in opened.items()}, rng):
                latents, scenes = opened[pages]
                regional = rng.random() < REGIONAL
                if regional:
                    picked = rng.choice(pairs[pages], len(picked))
                shown = [scenes[i] for i in picked]
                texts = [regional_words(scene, rng) if regional else [caption(scene, rng)] for scene in shown]
                said = [text for own in texts for text in (own if rng.random() >= CAPTION_DROPOUT else [""] * len(own))]
                ids = tokenizer(said, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids
                x0 = torch.from_numpy(latents[picked].astype(np.float32))
                areas = areas_of(shown, *x0.shape[2:], rng) if regional else None
                yield Batch(x0, ids.view(len(shown), -1, TOKENS), shown, areas)


def batches(batch: int, seed: int, device: str) -> Iterator[Batch]:
    """Worker processes only where a GPU would wait for words."""
    return iter(DataLoader(Batches(batch, seed), batch_size=None, num_workers=8 if device == "cuda" else 0))
