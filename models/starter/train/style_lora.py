"""Stage 7: one style, cut paper with soft shadows, as a LoRA in kohya's format (`lora_unet_...lora_down/up/alpha`).

python -m train.style_lora --minutes 12
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import nn

from .backgrounds import paint_background
from .captions import caption
from .frozen import SampleSource, load_frozen, noisy_loss, train_companion
from .palette import COLOURS, jitter, mix, shades_of
from .pen import Pen, Point
from .scene import PAINTERS, Scene
from .settings import NATIVE, PLAN

RANK, ALPHA = 8, 8.0
TRIGGER = "cut paper"
PAPER = (250, 240, 220)


class PaperPen(Pen):
    """Every shape throws a shadow and shows a pale cut edge."""

    def fill(self, points: list[Point], colour, contour: bool = True) -> None:
        if not contour:
            super().fill(points, colour, contour=False)
            return
        offset, self._offset = self._offset, self._offset + 9
        super().fill(points, mix(colour, (30, 22, 40), 0.62), contour=False)
        self._offset = offset
        self.outline = mix(colour, PAPER, 0.75)
        super().fill(points, colour)
        self.outline = None


def render_paper(scene: Scene) -> np.ndarray:
    """The scene in muted colours on textured card, each shape a layer of paper."""
    rng = np.random.default_rng(scene.seed)
    pen = PaperPen(NATIVE, NATIVE)
    paint_background(pen, scene.background, rng)
    for thing in scene.things:
        pen.to_thing(thing.x, thing.y, thing.radius, thing.flip, thing.tilt)
        PAINTERS[thing.kind](pen, shades_of(mix(jitter(COLOURS[thing.colour], rng), PAPER, 0.12)))
    page = np.asarray(pen.picture(), np.float32)
    return np.clip(0.9 * page + 0.1 * np.array(PAPER), 0, 255).astype(np.uint8)


class LoraLinear(nn.Module):
    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.lora_down, self.lora_up = nn.Linear(base.in_features, RANK, bias=False), nn.Linear(RANK, base.out_features, bias=False)
        nn.init.normal_(self.lora_down.weight, std=1 / RANK)
        nn.init.zeros_(self.lora_up.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base(x) + ALPHA / RANK * self.lora_up(self.lora_down(x))


class Lora(nn.Module):
    """Low-rank side layers for every linear layer of the transformers in the UNet."""

    def __init__(self, unet: nn.Module) -> None:
        super().__init__()
        self.sides = nn.ModuleDict()
        targets = [n for n, m in unet.named_modules() if isinstance(m, nn.Linear) and "transformer_blocks" in n]
        for name in targets:
            parent, _, leaf = name.rpartition(".")
            side = LoraLinear(unet.get_submodule(name))
            setattr(unet.get_submodule(parent), leaf, side)
            self.sides[f"lora_unet_{name.replace('.', '_')}"] = nn.ModuleDict({"lora_down": side.lora_down, "lora_up": side.lora_up})

    def file_tensors(self) -> dict[str, torch.Tensor]:
        out = {f"{stem}.{k}": v for stem, side in self.sides.items() for k, v in side.state_dict().items()}
        return out | {f"{stem}.alpha": torch.tensor(ALPHA) for stem in self.sides}


def train(minutes: float) -> None:
    frozen = load_frozen()
    lora = Lora(frozen.unet).to(frozen.device)
    source = SampleSource(PLAN["style-lora"].batch, frozen.device, redraw=render_paper)

    def loss_of(step: int) -> torch.Tensor:
        sample = source.next()
        said = [f"{caption(s, source.rng)}, {TRIGGER}" if source.rng.random() > 0.1 else "" for s in sample.scenes]
        words = frozen.words(said)
        return noisy_loss(frozen, sample.latents, lambda x, t: frozen.unet(x, t, words, return_dict=False)[0])

    train_companion("style-lora", lora, minutes, loss_of)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    train(args.minutes)
