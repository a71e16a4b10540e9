"""Stage 1: the autoencoder, on crops. L1 + MSE + an edge term, and a light KL that keeps latents near unit variance.

    python -m train.vae --minutes 25

It goes on from the last checkpoint. Once latents were made the encoder stays as it is and only the decoder learns.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch.nn import functional as F

from .checkpoint import autocast, load_if_there, pick_device, rate_share, save_atomically
from .journal import Budget, log
from .pictures import open_drawings
from .render import render_picture
from .scene import sample_scene
from .settings import NATIVE, PLAN, VAE, cache_folder
from .vae_start import begin_as_codec

CROP = 96
# At 1e-4 the channels that were not yet in use filled with noise and stayed unused.
KL_WEIGHT = 1e-6
# Latents from the UNet are never exact: the finished decoder has to forgive this much (their deviation is about 1).
DECODER_NOISE = 0.05


def to_tensor(pictures: np.ndarray) -> torch.Tensor:
    """(N, H, W, 3) bytes to (N, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def busy_crops(pictures: np.ndarray, rng: np.random.Generator, count: int, side: int) -> np.ndarray:
    """The busier of two random crops each time: flat background teaches little."""
    out = np.empty((count, side, side, 3), np.uint8)
    for i in range(count):
        candidates = []
        for _ in range(2):
            page = pictures[rng.integers(len(pictures))]
            y, x = rng.integers(0, page.shape[0] - side + 1, 2)
            candidates.append(page[y : y + side, x : x + side])
        out[i] = max(candidates, key=lambda c: int(np.abs(np.diff(c[::4, ::4].astype(np.int16), axis=0)).sum()))
    return out


def batch_of(step: int, pictures: np.ndarray, rng: np.random.Generator, batch: int) -> np.ndarray:
    """Every third batch is of whole pages: the norms average over the page, and on crops alone calm pages came out in shifted colours."""
    if step % 3:
        return busy_crops(pictures, rng, batch, CROP)
    return pictures[np.sort(rng.integers(len(pictures), size=max(1, batch * CROP**2 // NATIVE**2)))]


def edges(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[:, :, 1:] - x[:, :, :-1], x[:, :, :, 1:] - x[:, :, :, :-1]


def reconstruction_loss(result: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    edge = sum(F.l1_loss(a, b) for a, b in zip(edges(result), edges(target)))
    return F.l1_loss(result, target) + 2 * F.mse_loss(result, target) + 0.5 * edge


@torch.no_grad()
def psnr_on_fresh(vae: AutoencoderKL, count: int = 8, seed: int = 990_000) -> float:
    """Mean PSNR in dB of the round trip (bytes) on drawings that training has not seen."""
    device = next(vae.parameters()).device
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(count):
        page = np.asarray(render_picture(sample_scene(rng)))
        x = to_tensor(page[None]).to(device)
        y = vae.decode(vae.encode(x).latent_dist.mode()).sample
        got = ((y[0].permute(1, 2, 0).float().cpu().numpy() + 1) * 127.5).round().clip(0, 255)
        values.append(10 * math.log10(255**2 / max(1e-9, float(((got - page) ** 2).mean()))))
    return float(np.mean(values))


def load_vae(device: str) -> tuple[AutoencoderKL, dict]:
    vae = AutoencoderKL(**VAE)
    state = load_if_there(cache_folder() / "vae.pt", device) or {}
    if state:
        vae.load_state_dict(state["model"])
    else:
        begin_as_codec(vae)
    return vae.to(device, memory_format=torch.channels_last), state


def train(minutes: float, target: int, rate: float, batch: int) -> None:
    device, budget = pick_device(), Budget(minutes)
    decoder_only = (cache_folder() / "latents.json").exists()
    vae, state = load_vae(device)
    trained = [p for n, p in vae.named_parameters() if not (decoder_only and n.startswith(("encoder", "quant_conv")))]
    optimiser = torch.optim.AdamW(trained, lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    if state and state["decoder_only"] == decoder_only:
        optimiser.load_state_dict(state["optimiser"])
    step = state.get("step", 0)
    rng = np.random.default_rng([7, step])
    average = 0.0
    while budget.left() and step < target:
        pictures = open_drawings()
        x = to_tensor(batch_of(step, pictures, rng, batch)).to(device)
        for group in optimiser.param_groups:
            group["lr"] = rate * rate_share(step, target)
        with torch.set_grad_enabled(not decoder_only):
            posterior = vae.encode(x).latent_dist
        z = posterior.mode() + DECODER_NOISE * torch.randn_like(posterior.mean) if decoder_only else posterior.sample()
        with autocast(device):
            result = vae.decode(z).sample
        loss = reconstruction_loss(result.float(), x)
        if not decoder_only:
            loss = loss + KL_WEIGHT * 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        step += 1
        average = loss.item() if average == 0 else average + 0.02 * (loss.item() - average)
        if step % 50 == 0:
            log("vae", step=step, loss=average, std=posterior.mean.std().item(), noise=posterior.std.mean().item())
        over = not budget.left() or step >= target
        if budget.due("checkpoint", 3) or over:
            save_atomically(
                cache_folder() / "vae.pt",
                {"model": vae.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "decoder_only": decoder_only},
            )
        if budget.due("measurement", 12) or over:
            log("vae", step=step, psnr=psnr_on_fresh(vae))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--target", type=int, default=PLAN["vae"].target)
    parser.add_argument("--rate", type=float, default=PLAN["vae"].rate)
    parser.add_argument("--batch", type=int, default=PLAN["vae"].batch)
    args = parser.parse_args()
    train(args.minutes, args.target, args.rate, args.batch)
