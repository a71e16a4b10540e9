"""Batches of (latents, token ids, scenes): latents come from the cache, words are new each time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from .captions import caption
from .latents import ALL_PAGES, Pages
from .scene import Scene
from .settings import NATIVE, TOKENS
from .tokenizer import load_tokenizer

CAPTION_DROPOUT = 0.1
Batch = tuple[torch.Tensor, torch.Tensor, list[Scene]]


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
            for pages, picked in epoch(self.batch, {pages: len(latents) for pages, (latents, _) in opened.items()}, rng):
                latents, scenes = opened[pages]
                said = ["" if rng.random() < CAPTION_DROPOUT else caption(scenes[i], rng) for i in picked]
                ids = tokenizer(said, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids
                yield torch.from_numpy(latents[picked].astype(np.float32)), ids, [scenes[i] for i in picked]


def batches(batch: int, seed: int, device: str) -> Iterator[Batch]:
    """Worker processes only where a GPU would wait for words."""
    return iter(DataLoader(Batches(batch, seed), batch_size=None, num_workers=8 if device == "cuda" else 0))
