"""Sizes of the starter model and where the training keeps its files. One place, so that every stage agrees."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

NATIVE = 256
LATENT_CHANNELS = 12
DOWN = 16
TOKENS = 77
TEXT_WIDTH = 192


def cache_folder() -> Path:
    """Outside the repository: pictures, latents, checkpoints, logs and sheets."""
    base = (
        os.environ.get("STRATA_TRAIN_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "strata" / "starter-train"
    )
    folder = Path(base)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# f16 with 12 channels: a UNet on 16x16 latents costs a quarter of one on 32x32, which decides what two CPU cores can train.
# One group per norm: with two channels a group the last norm left a flat page nothing but a sign to tell its colour by (16 dB).
# No attention in the middle, so that a VAE trained on crops serves every size.
VAE = {
    "block_out_channels": (12, 16, 48, 96, 128),
    "down_block_types": ("DownEncoderBlock2D",) * 5,
    "up_block_types": ("UpDecoderBlock2D",) * 5,
    "layers_per_block": 1,
    "latent_channels": LATENT_CHANNELS,
    "norm_num_groups": 1,
    "mid_block_add_attention": False,
    "sample_size": NATIVE,
}

UNET = {
    "sample_size": NATIVE // DOWN,
    "in_channels": LATENT_CHANNELS,
    "out_channels": LATENT_CHANNELS,
    "block_out_channels": (96, 192),
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "cross_attention_dim": TEXT_WIDTH,
    "attention_head_dim": 4,
}

TEXT = {
    "hidden_size": TEXT_WIDTH,
    "intermediate_size": TEXT_WIDTH * 4,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "max_position_embeddings": TOKENS,
    "projection_dim": TEXT_WIDTH,
    "hidden_act": "quick_gelu",
}

# A wider range than Stable Diffusion's (end 0.012): flat pages need noise that hides the mean colour of the whole page.
# With it sqrt(alpha_bar) ends at 0.015 instead of 0.068, and v-prediction stays well posed there (Lin et al. 2023, section 3).
SCHEDULER = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.02,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "steps_offset": 1,
}

# How the model is drawn with where a recipe says nothing, and how it is measured. LCM keeps the estimate of each step and draws all noise
# anew, so that what began wrongly is given up; samplers that carry the first noise to the end keep it (README, "Measurements").
DRAWN_WITH = {"steps": 12, "guidance": 2.5, "sampler": "lcm"}


class Stage(NamedTuple):
    """Optimiser steps until a stage counts as done, learning rate, batch."""

    target: int
    rate: float
    batch: int


# "small" is what two CPU cores finish in some nights; "full" needs a GPU for half an hour. Their checkpoints do not mix.
SIZE = os.environ.get("STRATA_STARTER_SIZE", "small")
PICTURES = {"small": 24_000, "full": 80_000}[SIZE]
# Pages of other sizes (width, height, count): seen seldom, so that larger pictures keep one horizon and things of the right size.
OTHER_PAGES = {
    "small": ((384, 256, 1_500), (256, 384, 1_500), (512, 512, 500)),
    "full": ((384, 256, 6_000), (256, 384, 6_000), (512, 512, 2_000)),
}[SIZE]
_SMALL = {
    "vae": Stage(6_000, 2.5e-4, 6),
    "text": Stage(1_500, 7e-4, 48),
    "unet": Stage(30_000, 3e-3, 48),
    "decoder": Stage(4_000, 2e-4, 6),
    "classifier": Stage(4_600, 2e-3, 24),
    "controlnet-lines": Stage(1_600, 2e-3, 16),
    "controlnet-blobs": Stage(1_300, 2e-3, 16),
    "vision": Stage(6_500, 2e-3, 24),
    "ip-adapter": Stage(1_300, 2e-3, 16),
    "lora-cut-paper": Stage(400, 1.5e-3, 16),
    "lora-blueprint": Stage(130, 1.5e-3, 16),
    "inversion": Stage(120, 5e-3, 8),
}
_FULL = {
    "vae": Stage(4_000, 5e-4, 64),
    "text": Stage(1_500, 7e-4, 128),
    "unet": Stage(12_000, 3e-3, 512),
    "decoder": Stage(1_000, 3e-4, 64),
    "classifier": Stage(3_000, 2e-3, 128),
    "controlnet-lines": Stage(1_500, 2e-3, 128),
    "controlnet-blobs": Stage(1_500, 2e-3, 128),
    "vision": Stage(2_500, 2e-3, 256),
    "ip-adapter": Stage(1_500, 2e-3, 128),
    "lora-cut-paper": Stage(500, 1.5e-3, 64),
    "lora-blueprint": Stage(500, 1.5e-3, 64),
    "inversion": Stage(250, 5e-3, 32),
}
PLAN: dict[str, Stage] = {"small": _SMALL, "full": _FULL}[SIZE]
if SIZE == "full":
    VAE["block_out_channels"] = (24, 32, 64, 128, 160)
    UNET["block_out_channels"] = (128, 192)
