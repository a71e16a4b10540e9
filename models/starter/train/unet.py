"""Stage 4: the UNet, v-prediction on cached latents. Goes on from the last checkpoint; the rate falls towards `--target` steps.

python -m train.unet --minutes 90
python -m train.unet --minutes 25 --train-text --compile      on a GPU
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from diffusers import UNet2DConditionModel

from .cells import SHARE, CellHead
from .checkpoint import autocast, layout, load_if_there, pick_device, rate_share, save_atomically
from .data import Batch, batches
from .diffusion import Average, alphas_bar, noised, random_steps, v_loss
from .journal import Budget, log
from .muon import OTHERS_SHARE, make_optimisers, set_rate
from .regions import RegionalAttention
from .sample import write_sheet
from .settings import PLAN, UNET, cache_folder
from .text import load_text_encoder

CHECKPOINT_MINUTES, SHEET_MINUTES = 4, 40
# Their matrices are Muon's; the first and last convolution and the time embedding are not.
BLOCKS = ("down_blocks.", "mid_block.", "up_blocks.")


def load_unet(device: str, averaged: bool = False) -> tuple[UNet2DConditionModel, dict]:
    unet = UNet2DConditionModel(**UNET).to(device, memory_format=layout(device))
    state = load_if_there(cache_folder() / "unet.pt", device) or {}
    if state:
        unet.load_state_dict(state["average"]["weights"] if averaged else state["model"])
    return unet, state


class Trainer:
    """What a checkpoint holds: UNet, optimiser, averages and, when trained along, the text encoder."""

    def __init__(self, device: str, rate: float, train_text: bool) -> None:
        self.device, self.train_text = device, train_text
        self.unet, state = load_unet(device)
        self.text = load_text_encoder(device)
        self.average, self.text_average = Average(self.unet), Average(self.text)
        self.step: int = state.get("step", 0)
        self.seen: int = state.get("seen", 0)
        if state.get("text"):
            self.text.load_state_dict(state["text"])
            self.text_average.restore(state["text_average"])
        self.text.requires_grad_(train_text)
        self.cells = CellHead().to(device)
        if state.get("cells"):
            self.cells.load_state_dict(state["cells"])
        self.unet.mid_block.register_forward_hook(self._keep_middle)
        self.attention = RegionalAttention()
        self.unet.set_attn_processor(self.attention)
        beside = [{"params": list(self.cells.parameters()), "share": OTHERS_SHARE}]
        if train_text:
            beside.append({"params": list(self.text.parameters()), "share": 0.04})
        self.optimisers = make_optimisers(self.unet, BLOCKS, rate, beside)
        if state:
            self.average.restore(state["average"])
            if state.get("trained_text") == train_text and "cells" in state:
                for optimiser, saved in zip(self.optimisers, state["optimisers"]):
                    optimiser.load_state_dict(saved)
        self.bars = alphas_bar().to(device)

    def _keep_middle(self, _module: torch.nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
        self.middle = output

    def learn(self, batch: Batch, generator: torch.Generator, forward) -> tuple[float, float]:
        """One step of both tasks; the losses of denoising and of telling the cells."""
        x0, ids = batch.latents.to(self.device), batch.ids.to(self.device)
        self.attention.areas = None if batch.areas is None else batch.areas.to(self.device)
        steps = random_steps(len(x0), generator).to(self.device)
        bar = self.bars[steps]
        noise = torch.randn(x0.shape, generator=generator).to(self.device)
        x, target = noised(x0, noise, bar)
        with autocast(self.device):
            with torch.set_grad_enabled(self.train_text):
                words = self.text(ids.flatten(0, 1)).last_hidden_state.unflatten(0, ids.shape[:2]).flatten(1, 2)
            v = forward(x.contiguous(memory_format=layout(self.device)), steps, words, return_dict=False)[0]
        loss, told = v_loss(v, target, bar), self.cells.loss(self.middle, batch.scenes)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        (loss + SHARE * told).backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.average.update(self.unet)
        if self.train_text:
            self.text_average.update(self.text)
        self.step += 1
        self.seen += len(x0)
        return loss.item(), told.item()

    def save(self) -> None:
        own_text = {"text": self.text.state_dict(), "text_average": self.text_average.state()}
        save_atomically(
            cache_folder() / "unet.pt",
            {
                "model": self.unet.state_dict(),
                "average": self.average.state(),
                "step": self.step,
                "seen": self.seen,
                "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
                "cells": self.cells.state_dict(),
                "trained_text": self.train_text,
                **own_text,
            },
        )


def train(minutes: float, target: int, rate: float, batch: int, train_text: bool = False, compiled: bool = False) -> None:
    device, budget = pick_device(), Budget(minutes)
    trainer = Trainer(device, rate, train_text)
    if trainer.step >= target:
        return
    forward = torch.compile(trainer.unet) if compiled else trainer.unet
    generator = torch.Generator().manual_seed(trainer.step + 1)
    averages, since, began = np.zeros(2), trainer.seen, time.monotonic()
    for pages in batches(batch, trainer.step, device):
        set_rate(trainer.optimisers, rate * rate_share(trainer.step, target, warm=200))
        losses = np.array(trainer.learn(pages, generator, forward))
        averages += (0.02 if averages.any() else 1.0) * (losses - averages)
        over = not budget.left() or trainer.step >= target
        if trainer.step % 50 == 0:
            speed = (trainer.seen - since) / (time.monotonic() - began)
            log("unet", step=trainer.step, seen=trainer.seen, loss=averages[0], cells=averages[1], per_second=speed)
        if budget.due("checkpoint", CHECKPOINT_MINUTES) or over:
            trainer.save()
        if budget.due("sheet", SHEET_MINUTES) or over:
            trainer.save()
            write_sheet(cache_folder() / f"sheet-{trainer.step:06d}.png")
        if over:
            return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--target", type=int, default=PLAN["unet"].target)
    parser.add_argument("--rate", type=float, default=PLAN["unet"].rate)
    parser.add_argument("--batch", type=int, default=PLAN["unet"].batch)
    parser.add_argument("--train-text", action="store_true")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()
    train(args.minutes, args.target, args.rate, args.batch, args.train_text, args.compile)
