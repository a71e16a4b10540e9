"""The finished base model, frozen, for training what is added to it; and the loop that all companions share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTokenizer

from .captions import caption
from .checkpoint import autocast, load_if_there, pick_device, rate_share, save_atomically
from .diffusion import alphas_bar, noised, random_steps, v_loss
from .journal import Budget, log
from .latents import Pages, facts
from .muon import make_optimisers, set_rate
from .pictures import count_wanted, make_drawings, open_drawings, open_scenes
from .scene import Scene
from .settings import PLAN, TOKENS, cache_folder
from .tokenizer import load_tokenizer
from .vae import load_vae, to_tensor


@dataclass
class Frozen:
    device: str
    unet: UNet2DConditionModel
    text: CLIPTextModel
    tokenizer: CLIPTokenizer
    bars: torch.Tensor

    def words(self, said: list[str]) -> torch.Tensor:
        ids = self.tokenizer(said, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids
        return self.text(ids.to(self.device)).last_hidden_state


def load_frozen() -> Frozen:
    from .sample import load_pipeline

    device = pick_device()
    pipeline = load_pipeline(device)
    pipeline.unet.requires_grad_(False)
    pipeline.text_encoder.requires_grad_(False)
    return Frozen(device, pipeline.unet, pipeline.text_encoder, load_tokenizer(), alphas_bar().to(device))


@dataclass
class Sample:
    """One batch: latents of what is to be drawn, the scenes, and another drawing of each (a hint or a reference)."""

    latents: torch.Tensor
    scenes: list[Scene]
    beside: np.ndarray


class SampleSource:
    """Random batches: cached latents with the drawing `beside` them, or the drawings `pages`, encoded on the way."""

    def __init__(self, batch: int, device: str, beside: str = "pictures", pages: str | None = None) -> None:
        self.rng, self.batch, self.device = np.random.default_rng(), batch, device
        make_drawings(pages or beside, count_wanted(pages or beside), os.cpu_count() or 1)
        self.latents, self.scenes = Pages().open(), open_scenes()
        self.drawings = open_drawings(pages or beside)
        self.vae = load_vae(device)[0].requires_grad_(False) if pages else None
        self.count = min(len(self.drawings), len(self.latents))

    def next(self) -> Sample:
        picked = np.sort(self.rng.integers(self.count, size=self.batch))
        scenes, drawings = [self.scenes[i] for i in picked], self.drawings[picked]
        if self.vae is None:
            latents = self.latents_of(picked)
        else:
            latents = self.vae.encode(to_tensor(drawings).to(self.device)).latent_dist.mode() * facts()["scaling_factor"]
        return Sample(latents, scenes, drawings)

    def latents_of(self, picked: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.latents[picked].astype(np.float32)).to(self.device)

    def captions(self, scenes: list[Scene], dropout: float = 0.1) -> list[str]:
        return ["" if self.rng.random() < dropout else caption(s, self.rng) for s in scenes]


Prediction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Kept(NamedTuple):
    """Where the page shall stay as `predict` draws it: areas (N, 1, h, w)."""

    areas: torch.Tensor
    predict: Prediction


def noisy_loss(frozen: Frozen, x0: torch.Tensor, predict: Prediction, kept: Kept | None = None) -> torch.Tensor:
    """The base model's own loss for `predict(x_t, step)`."""
    steps = random_steps(len(x0), torch.default_generator).to(frozen.device)
    bar = frozen.bars[steps]
    x, target = noised(x0, torch.randn_like(x0), bar)
    with autocast(frozen.device):
        v = predict(x, steps)
        if kept is not None:
            with torch.no_grad():
                target = torch.lerp(target, kept.predict(x, steps).float(), kept.areas)
    return v_loss(v, target, bar)


def train_companion(
    name: str, module: nn.Module, minutes: float, loss_of: Callable[[int], torch.Tensor], blocks: tuple[str, ...] = ()
) -> None:
    """Until the minutes are spent or the plan's steps are done; the matrices of `blocks` with Muon. Resumable from `<name>.pt`."""
    budget, path = Budget(minutes), cache_folder() / f"{name}.pt"
    target, rate = PLAN[name].target, PLAN[name].rate
    trained = [p for p in module.parameters() if p.requires_grad]
    optimisers = make_optimisers(module, blocks, rate)
    state = load_if_there(path, pick_device()) or {}
    step = state.get("step", 0)
    if state:
        module.load_state_dict(state["model"])
        for optimiser, saved in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
    torch.manual_seed(step + 1)
    average, began, first = 0.0, time.monotonic(), step
    while budget.left() and step < target:
        set_rate(optimisers, rate * rate_share(step, target, warm=50, fall=0.4))
        loss = loss_of(step)
        module.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        for optimiser in optimisers:
            optimiser.step()
        step += 1
        average = loss.item() if average == 0 else average + 0.02 * (loss.item() - average)
        if step % 25 == 0:
            log(name, step=step, loss=average, steps_per_second=(step - first) / (time.monotonic() - began))
        if budget.due("checkpoint", 3) or not budget.left() or step >= target:
            saved = [optimiser.state_dict() for optimiser in optimisers]
            save_atomically(path, {"model": module.state_dict(), "optimisers": saved, "step": step})
