"""Stage 5: the two ControlNets, diffusers layout (Zhang et al. 2023).

python -m train.controlnet --kind lines --minutes 20
python -m train.controlnet --kind blobs --minutes 20
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from diffusers import ControlNetModel

from .checkpoint import load_if_there, pick_device
from .frozen import SampleSource, load_frozen, noisy_loss, train_companion
from .render import render_blobs, render_lines
from .settings import DOWN, PLAN, cache_folder

RENDERERS = {"lines": render_lines, "blobs": render_blobs}
# Each step after the first halves the hint: five entries reach the 16-fold smaller latents.
HINT_CHANNELS = (8, 16, 32, 64, 96)
assert 2 ** (len(HINT_CHANNELS) - 1) == DOWN


def make_controlnet(unet) -> ControlNetModel:
    return ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=HINT_CHANNELS)


def load_controlnet(unet, kind: str) -> ControlNetModel:
    net = make_controlnet(unet)
    state = load_if_there(cache_folder() / f"controlnet-{kind}.pt", pick_device())
    if state:
        net.load_state_dict(state["model"])
    return net


def hints(kind: str, scenes: list, device: str) -> torch.Tensor:
    pages = np.stack([np.asarray(RENDERERS[kind](s)) for s in scenes])
    return torch.from_numpy(pages).to(device).permute(0, 3, 1, 2).float().div(255)


def train(kind: str, minutes: float) -> None:
    frozen = load_frozen()
    net = make_controlnet(frozen.unet).to(frozen.device, memory_format=torch.channels_last)
    net.requires_grad_(True)
    source = SampleSource(PLAN[f"controlnet-{kind}"].batch, frozen.device)

    def loss_of(step: int) -> torch.Tensor:
        sample = source.next()
        # Half of the captions are dropped, so that the drawing itself is read.
        words = frozen.words(source.captions(sample.scenes, dropout=0.5))
        hint = hints(kind, sample.scenes, frozen.device)

        def predict(x: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
            down, mid = net(x, steps, words, hint, return_dict=False)
            return frozen.unet(x, steps, words, down_block_additional_residuals=down, mid_block_additional_residual=mid, return_dict=False)[
                0
            ]

        return noisy_loss(frozen, sample.latents, predict)

    train_companion(f"controlnet-{kind}", net, minutes, loss_of)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=list(RENDERERS), required=True)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    train(args.kind, args.minutes)
