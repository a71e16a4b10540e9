"""A starting point for the autoencoder that is already a codec: every 16x16 block by its mean colour, about 18 dB.

From PyTorch's default weights the same net needed hundreds of steps to leave 13 dB. Here the straight paths carry +RGB and -RGB, so that
silu(x) - silu(-x) = x passes the last norm's activation unchanged; two channels hold a constant, so that the norms divide by nearly the
same number everywhere; the second convolution of each residual block begins at zero (Zhang et al. 2019, Fixup).
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import nn

CONSTANT = 4.0
SPARE = 8  # channels 0-2 carry RGB, 3-5 its negative, 6 and 7 the constants


def _carry(conv: nn.Conv2d, rows: slice, cols: slice, weight: float) -> None:
    """Channel i goes on as channel i; `rows`, `cols` are the taps that share the weight."""
    count = min(conv.in_channels, conv.out_channels)
    with torch.no_grad():
        conv.weight.mul_(0.3)
        conv.weight[:SPARE] = 0
        conv.bias[:SPARE] = 0
        for i in range(count):
            conv.weight[i, :, rows, cols] = 0 if i < SPARE else conv.weight[i, :, rows, cols]
            conv.weight[i, i, rows, cols] += weight


def _begin(conv: nn.Conv2d, gain: float) -> None:
    with torch.no_grad():
        centre = slice(conv.kernel_size[0] // 2, conv.kernel_size[0] // 2 + 1)
        conv.weight[:SPARE] = 0
        conv.bias[:SPARE] = 0
        for i in range(3):
            conv.weight[i, i, centre, centre] = gain
            conv.weight[i + 3, i, centre, centre] = -gain
        conv.bias[6], conv.bias[7] = CONSTANT, -CONSTANT


def _finish(norm: nn.GroupNorm, conv: nn.Conv2d, gain: float) -> None:
    with torch.no_grad():
        norm.weight.fill_(1)
        conv.weight[:3] = 0
        conv.bias[:3] = 0
        for i in range(3):
            conv.weight[i, i, 1, 1] = gain
            conv.weight[i, i + 3, 1, 1] = -gain


@torch.no_grad()
def begin_as_codec(vae: AutoencoderKL) -> None:
    for name, module in vae.named_modules():
        if isinstance(module, ResnetBlock2D):
            module.conv2.weight.zero_()
            module.conv2.bias.zero_()
            if module.conv_shortcut is not None:
                _carry(module.conv_shortcut, slice(0, 1), slice(0, 1), 1.0)
        elif name.endswith("downsamplers.0.conv"):
            _carry(module, slice(0, 2), slice(0, 2), 0.25)
        elif name.endswith("upsamplers.0.conv"):
            _carry(module, slice(1, 2), slice(1, 2), 1.0)
    latent = vae.config.latent_channels
    _begin(vae.encoder.conv_in, 1.0)
    _finish(vae.encoder.conv_norm_out, vae.encoder.conv_out, 1.0)
    for conv in (vae.quant_conv, vae.post_quant_conv):
        nn.init.eye_(conv.weight[:, :, 0, 0])
        conv.bias.zero_()
    vae.encoder.conv_out.weight[latent:] *= 0.1
    vae.quant_conv.bias[latent:] = -5
    _begin(vae.decoder.conv_in, 1.0)
    _finish(vae.decoder.conv_norm_out, vae.decoder.conv_out, 1.0)
    _set_scales(vae)


@torch.no_grad()
def _set_scales(vae: AutoencoderKL) -> None:
    """Measures what the two norms divide by, on a page of noise colours, and undoes it once."""
    page = torch.rand(4, 3, 4, 4).mul(2).sub(1).repeat_interleave(32, 2).repeat_interleave(32, 3)
    blocks = page[:, :, ::16, ::16]
    z = vae.encode(page).latent_dist.mode()[:, :3]
    vae.encoder.conv_out.weight[:3] *= (z * blocks).sum() / (z * z).sum()
    out = vae.decode(vae.encode(page).latent_dist.mode()).sample
    vae.decoder.conv_out.weight *= (out * page).sum() / (out * out).sum()
