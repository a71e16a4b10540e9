"""Stage 5: the two ControlNets, diffusers layout (Zhang et al. 2023).

python -m train.controlnet --kind lines --minutes 20
python -m train.controlnet --kind blobs --minutes 20
"""

from __future__ import annotations

import argparse

import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from torch import nn
from torch.nn import functional as F

from .checkpoint import layout, load_if_there, pick_device
from .frozen import Sample, SampleSource, load_frozen, noisy_loss, train_companion
from .journal import log
from .settings import DOWN, LATENT_CHANNELS, PLAN, cache_folder
from .unet import BLOCKS

KINDS_OF_HINT = ("lines", "blobs")
# Each step after the first halves the hint: five entries reach the 16-fold smaller latents.
HINT_CHANNELS = (8, 16, 32, 64, 96)
assert 2 ** (len(HINT_CHANNELS) - 1) == DOWN
WARM_STEPS, WARM_RATE = 200, 2e-3


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


def warm_up(net: ControlNetModel, source: SampleSource) -> None:
    """The hint's encoder learns to foretell latents, before anything else learns.

    It ends in a zero convolution, as the branch does (Zhang et al. 2023). With a zero at both ends the branch first learns from the noisy
    latents alone: after 350 steps of 16 the loss had fallen by 2 % only.
    """
    encoder = net.controlnet_cond_embedding
    nn.init.kaiming_normal_(encoder.conv_out.weight)
    head = nn.Conv2d(encoder.conv_out.out_channels, LATENT_CHANNELS, 1).to(source.device)
    optimiser = torch.optim.AdamW([*encoder.parameters(), *head.parameters()], lr=WARM_RATE)
    for step in range(WARM_STEPS):
        sample = source.next()
        loss = F.mse_loss(head(encoder(hint_of(sample, source.device))), sample.latents)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if step % 100 == 99:
            log("controlnet", warm=step + 1, loss=loss.item())


def hint_of(sample: Sample, device: str) -> torch.Tensor:
    return torch.from_numpy(sample.beside).to(device).permute(0, 3, 1, 2).float().div(255)


def train(kind: str, minutes: float) -> None:
    frozen, name = load_frozen(), f"controlnet-{kind}"
    net = make_controlnet(frozen.unet).to(frozen.device, memory_format=layout(frozen.device))
    net.requires_grad_(True)
    source = SampleSource(PLAN[name].batch, frozen.device, beside=kind)
    if not (cache_folder() / f"{name}.pt").exists():
        warm_up(net, source)

    def loss_of(step: int) -> torch.Tensor:
        sample = source.next()
        # Half of the captions are dropped, so that the drawing itself is read.
        words = frozen.words(source.captions(sample.scenes, dropout=0.5))
        hint = hint_of(sample, frozen.device)

        def predict(x: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
            down, mid = net(x, steps, words, hint, return_dict=False)
            return frozen.unet(x, steps, words, down_block_additional_residuals=down, mid_block_additional_residual=mid, return_dict=False)[
                0
            ]

        return noisy_loss(frozen, sample.latents, predict)

    train_companion(name, net, minutes, loss_of, (*BLOCKS, "controlnet_"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS_OF_HINT, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    train(args.kind, args.minutes)
