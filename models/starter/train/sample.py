"""Draws with the averaged weights, through diffusers' own pipeline, and lays out sheets to look at.

python -m train.sample --out sheet.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from diffusers import LCMScheduler, StableDiffusionPipeline
from PIL import Image, ImageDraw

from .checkpoint import pick_device
from .latents import facts
from .settings import DRAWN_WITH, SCHEDULER, cache_folder
from .text import load_text_encoder
from .tokenizer import load_tokenizer
from .vae import load_vae

SHEET_PROMPTS = (
    "a red house under a blue sky",
    "a yellow star at night",
    "a blue fish at sea",
    "a green tree in a field",
    "a purple butterfly on a white background",
    "an orange cat on a turquoise background",
    "a white boat at sunset",
    "a pink heart on black",
    "a brown mushroom in the snow",
    "a grey rocket at night",
    "a turquoise car in the desert",
    "a black umbrella on a yellow background",
    "a red circle on the left",
    "a blue square at the top right",
    "a green cactus on the right in the desert",
    "a white cloud at the top on a sunny day",
    "a red car on the left and a blue house on the right",
    "a yellow sun above a purple mountain",
    "a pink flower next to a green leaf, outline style",
    "an orange balloon and a white bird, by day",
    "a blue sun",
    "a yellow house at night",
    "a purple rocket on a pink background",
    "a pink tree in winter",
)


def load_pipeline(device: str) -> StableDiffusionPipeline:
    from .unet import load_unet

    unet, state = load_unet(device, averaged=True)
    text = load_text_encoder(device)
    if state.get("text"):
        text.load_state_dict(state["text_average"]["weights"] if state["text_average"]["count"] else state["text"])
    vae, _ = load_vae(device)
    vae.register_to_config(scaling_factor=facts()["scaling_factor"])
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=load_tokenizer(),
        unet=unet,
        scheduler=LCMScheduler(**SCHEDULER, original_inference_steps=SCHEDULER["num_train_timesteps"]),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(
    pipeline: StableDiffusionPipeline,
    prompts: list[str],
    seeds: list[int],
    steps: int = DRAWN_WITH["steps"],
    guidance: float = DRAWN_WITH["guidance"],
    size: tuple[int, int] = (256, 256),
) -> list[Image.Image]:
    out: list[Image.Image] = []
    for start in range(0, len(prompts), 12):
        generators = [torch.Generator("cpu").manual_seed(s) for s in seeds[start : start + 12]]
        out += pipeline(
            list(prompts[start : start + 12]),
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=generators,
            width=size[0],
            height=size[1],
        ).images
    return out


def write_sheet(path: Path, prompts: tuple[str, ...] = SHEET_PROMPTS, columns: int = 6, side: int = 192) -> None:
    pictures = draw(load_pipeline(pick_device()), list(prompts), list(range(len(prompts))))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + 14)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (picture, prompt) in enumerate(zip(pictures, prompts)):
        x, y = i % columns * side, i // columns * (side + 14)
        sheet.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (x, y))
        pen.text((x + 2, y + side + 1), prompt[:34], fill="black")
    sheet.save(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=cache_folder() / "sheet.png")
    args = parser.parse_args()
    write_sheet(args.out)
