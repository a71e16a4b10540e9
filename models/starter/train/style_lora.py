"""Stage 7: two styles (`variants.py`), each a LoRA in kohya's format (`lora_unet_...lora_down/up/alpha`).

python -m train.style_lora --style cut-paper --minutes 12
"""

from __future__ import annotations

import argparse

import torch
from torch import nn

from .frozen import SampleSource, load_frozen, noisy_loss, train_companion
from .settings import PLAN

RANK, ALPHA = 8, 8.0
# The drawings that each style is learnt from. No words call it: the LoRA alone does, everywhere or in its region.
STYLES = {"cut-paper": "paper", "blueprint": "blueprint"}


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


def train(name: str, minutes: float) -> None:
    frozen = load_frozen()
    lora = Lora(frozen.unet).to(frozen.device)
    source = SampleSource(PLAN[f"lora-{name}"].batch, frozen.device, pages=STYLES[name])

    def loss_of(step: int) -> torch.Tensor:
        sample = source.next()
        words = frozen.words(source.captions(sample.scenes))
        return noisy_loss(frozen, sample.latents, lambda x, t: frozen.unet(x, t, words, return_dict=False)[0])

    train_companion(f"lora-{name}", lora, minutes, loss_of)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--style", choices=list(STYLES), required=True)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    train(args.style, args.minutes)
