"""Stage 5: the two ControlNets, diffusers layout (Zhang et al. 2023).

python -m train.controlnet --kind lines --minutes 20
python -m train.controlnet --kind blobs --minutes 20
"""

from __future__ import annotations

import argparse

import torch
from diffusers import ControlNetModel, UNet2DConditionModel

from .checkpoint import layout, load_if_there, pick_device
from .frozen import SampleSource, load_frozen, noisy_loss, train_companion
from .settings import DOWN, PLAN, cache_folder
from .unet import BLOCKS

KINDS_OF_HINT = ("lines", "blobs")
# Each step after the first halves the hint: five entries reach the 16-fold smaller latents.
HINT_CHANNELS = (8, 16, 32, 64, 96)
assert 2 ** (len(HINT_CHANNELS) - 1) == DOWN


def make_controlnet(unet: UNet2DConditionModel) -> ControlNetModel:
    """Down blocks without attention: a third smaller and faster, and their residuals keep the UNet's shapes."""
    net = ControlNetModel(
        block_out_channels=unet.config.block_out_channels,
        down_block_types=("DownBlock2D",) * len(unet.config.block_out_channels),
        layers_per_block=unet.config.layers_per_block,
        in_channels=unet.config.in_channels,
        cross_attention_dim=unet.config.cross_attention_dim,
        attention_head_dim=unet.config.attention_head_dim,
        only_cross_attention=False,
        conditioning_embedding_out_channels=HINT_CHANNELS,
    )
    own = net.state_dict()
    shared = {k: v for k, v in unet.state_dict().items() if k in own and not k.startswith(("controlnet", "up_blocks"))}
    net.load_state_dict(shared, strict=False)
    return net


def load_controlnet(unet: UNet2DConditionModel, kind: str) -> ControlNetModel:
    net = make_controlnet(unet)
    state = load_if_there(cache_folder() / f"controlnet-{kind}.pt", pick_device())
    if state:
        net.load_state_dict(state["model"])
    return net


def train(kind: str, minutes: float) -> None:
    frozen = load_frozen()
    net = make_controlnet(frozen.unet).to(frozen.device, memory_format=layout(frozen.device))
    net.requires_grad_(True)
    source = SampleSource(PLAN[f"controlnet-{kind}"].batch, frozen.device, beside=kind)

    def loss_of(step: int) -> torch.Tensor:
        sample = source.next()
        # Half of the captions are dropped, so that the drawing itself is read.
        words = frozen.words(source.captions(sample.scenes, dropout=0.5))
        hint = torch.from_numpy(sample.beside).to(frozen.device).permute(0, 3, 1, 2).float().div(255)

        def predict(x: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
            down, mid = net(x, steps, words, hint, return_dict=False)
            return frozen.unet(x, steps, words, down_block_additional_residuals=down, mid_block_additional_residual=mid, return_dict=False)[
                0
            ]

        return noisy_loss(frozen, sample.latents, predict)

    train_companion(f"controlnet-{kind}", net, minutes, loss_of, BLOCKS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS_OF_HINT, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    train(args.kind, args.minutes)
