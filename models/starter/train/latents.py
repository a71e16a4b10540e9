"""Stage 3: the drawings as latents, computed once: `latents.f16` (N, 12, 16, 16), already scaled to unit variance.

python -m train.latents            goes on with pictures that came later
"""

from __future__ import annotations

import json
import os

import numpy as np
import torch
from diffusers import AutoencoderKL

from .checkpoint import pick_device, save_atomically
from .journal import Budget, log
from .pictures import cached_count, open_drawings
from .settings import DOWN, LATENT_CHANNELS, NATIVE, cache_folder
from .vae import load_vae, to_tensor

SHAPE = (LATENT_CHANNELS, NATIVE // DOWN, NATIVE // DOWN)
BATCH = 32
EVENNESS = 0.35


def facts() -> dict:
    """Scaling factor and the VAE step that the latents belong to."""
    return json.loads((cache_folder() / "latents.json").read_text())


def latent_count() -> int:
    path = cache_folder() / "latents.f16"
    return path.stat().st_size // (2 * int(np.prod(SHAPE))) if path.exists() else 0


def open_latents() -> np.ndarray:
    return np.memmap(cache_folder() / "latents.f16", np.float16, "r", shape=(latent_count(), *SHAPE))


@torch.no_grad()
def equalise(vae: AutoencoderKL, sample: torch.Tensor) -> None:
    """Moves each latent channel to mean 0 and its deviation d to d^0.35, and lets the decoder undo it: the same pictures as before.

    Untouched, three channels had ten times the deviation of the rest, which few sampling steps would have left unresolved; at equal
    deviations the coarse would no longer come before the fine.
    """
    mean, deviation = sample.mean((0, 2, 3)), sample.std((0, 2, 3))
    gain, count = deviation ** (EVENNESS - 1), len(mean)
    before, after = vae.quant_conv, vae.post_quant_conv
    after.bias += after.weight[:, :, 0, 0] @ mean
    after.weight /= gain.view(1, -1, 1, 1)
    before.bias[:count] = (before.bias[:count] - mean) * gain
    before.weight[:count] *= gain.view(-1, 1, 1, 1)
    before.bias[count:] += 2 * gain.log()


@torch.no_grad()
def encode_all(minutes: float) -> None:
    device, budget = pick_device(), Budget(minutes)
    vae, state = load_vae(device)
    pictures, folder = open_drawings(), cache_folder()

    def encode(block: np.ndarray) -> torch.Tensor:
        return vae.encode(to_tensor(block).to(device)).latent_dist.mode()

    if not (folder / "latents.json").exists():
        first = range(0, min(16 * BATCH, len(pictures)), BATCH)
        equalise(vae, torch.cat([encode(pictures[i : i + BATCH]) for i in first]))
        save_atomically(folder / "vae.pt", state | {"model": vae.state_dict()})
        sample = torch.cat([encode(pictures[i : i + BATCH]) for i in first])
        facts_now = {
            "scaling_factor": round(1 / sample.std().item(), 5),
            "channel_std": [round(v, 3) for v in sample.std((0, 2, 3)).tolist()],
        }
        part = folder / "latents.json.part"
        part.write_text(json.dumps(facts_now))
        os.replace(part, folder / "latents.json")
        log("latents", **facts_now)
    scale = facts()["scaling_factor"]
    path = folder / "latents.f16"
    path.touch()
    os.truncate(path, latent_count() * 2 * int(np.prod(SHAPE)))
    with open(path, "ab") as file:
        for start in range(latent_count(), cached_count(), BATCH):
            block = encode(pictures[start : start + BATCH]) * scale
            file.write(block.half().cpu().numpy().tobytes())
            file.flush()
            if start // BATCH % 25 == 0:
                log("latents", done=start + len(block))
            if not budget.left():
                return


if __name__ == "__main__":
    encode_all(minutes=1e6)
