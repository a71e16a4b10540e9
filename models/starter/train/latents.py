"""Stage 3: the drawings as latents, computed once, already scaled to unit variance: a file (N, 12, H / 16, W / 16) for each size of page.

python -m train.latents            goes on with pictures that came later
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKL

from .checkpoint import pick_device, save_atomically
from .journal import Budget, log
from .pictures import CHUNK, cached_count, chunk_scenes, open_drawings, open_scenes
from .render import render_picture
from .scene import Scene
from .settings import DOWN, LATENT_CHANNELS, NATIVE, OTHER_PAGES, cache_folder
from .vae import load_vae, to_tensor

BATCH = 32
EVENNESS = 0.35


@dataclass(frozen=True)
class Pages:
    """Training pages of one size. Only those of the native size are kept as pictures; others are drawn when they are encoded."""

    width: int = NATIVE
    height: int = NATIVE
    wanted: int = 0
    first_chunk: int = 0

    @property
    def is_native(self) -> bool:
        return (self.width, self.height) == (NATIVE, NATIVE)

    @property
    def shape(self) -> tuple[int, int, int]:
        return LATENT_CHANNELS, self.height // DOWN, self.width // DOWN

    @property
    def path(self):
        return cache_folder() / ("latents.f16" if self.is_native else f"latents-{self.width}x{self.height}.f16")

    def target(self) -> int:
        return cached_count() if self.is_native else self.wanted

    def count(self) -> int:
        return self.path.stat().st_size // (2 * int(np.prod(self.shape))) if self.path.exists() else 0

    def open(self) -> np.ndarray:
        return np.memmap(self.path, np.float16, "r", shape=(self.count(), *self.shape))

    def scenes(self) -> list[Scene]:
        """Of all wanted pages, in their order."""
        if self.is_native:
            return open_scenes()
        chunks = range(self.first_chunk, self.first_chunk + -(-self.wanted // CHUNK))
        return [scene for index in chunks for scene in chunk_scenes(index)][: self.wanted]

    def blocks(self, first: int) -> Iterator[np.ndarray]:
        """Pictures from the first on, as bytes (N, H, W, 3) with N up to a batch."""
        size = max(1, BATCH * NATIVE**2 // (self.width * self.height))
        drawings, scenes = (open_drawings(), []) if self.is_native else (None, self.scenes())
        for start in range(first, self.target(), size):
            if drawings is not None:
                yield drawings[start : start + size]
            else:
                yield np.stack([np.asarray(render_picture(s, self.width, self.height)) for s in scenes[start : start + size]])


# No two sizes show the same scene: chunks of others begin far beyond those of the native size.
ALL_PAGES = (Pages(), *(Pages(w, h, n, 100_000 * (i + 1)) for i, (w, h, n) in enumerate(OTHER_PAGES)))


def facts() -> dict:
    """Scaling factor and the VAE step that the latents belong to."""
    return json.loads((cache_folder() / "latents.json").read_text())


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


def fix_scale(vae: AutoencoderKL, state: dict, device: str) -> None:
    """From here on the encoder stays as it is: channels made even, and the scaling factor written down."""
    folder, pictures = cache_folder(), open_drawings()
    first = [pictures[i : i + BATCH] for i in range(0, min(16 * BATCH, len(pictures)), BATCH)]
    equalise(vae, torch.cat([encode(vae, block, device) for block in first]))
    save_atomically(folder / "vae.pt", state | {"model": vae.state_dict()})
    sample = torch.cat([encode(vae, block, device) for block in first])
    facts_now = {
        "scaling_factor": round(1 / sample.std().item(), 5),
        "channel_std": [round(v, 3) for v in sample.std((0, 2, 3)).tolist()],
    }
    part = folder / "latents.json.part"
    part.write_text(json.dumps(facts_now))
    os.replace(part, folder / "latents.json")
    log("latents", **facts_now)


@torch.no_grad()
def encode(vae: AutoencoderKL, block: np.ndarray, device: str) -> torch.Tensor:
    return vae.encode(to_tensor(block).to(device)).latent_dist.mode()


def encode_all(minutes: float) -> None:
    device, budget = pick_device(), Budget(minutes)
    vae, state = load_vae(device)
    if not (cache_folder() / "latents.json").exists():
        fix_scale(vae, state, device)
    scale = facts()["scaling_factor"]
    for pages in ALL_PAGES:
        pages.path.touch()
        os.truncate(pages.path, pages.count() * 2 * int(np.prod(pages.shape)))
        with open(pages.path, "ab") as file:
            for number, block in enumerate(pages.blocks(pages.count())):
                file.write((encode(vae, block, device) * scale).half().cpu().numpy().tobytes())
                file.flush()
                if number % 25 == 0:
                    log("latents", width=pages.width, height=pages.height, done=pages.count())
                if not budget.left():
                    return


if __name__ == "__main__":
    encode_all(minutes=1e6)
