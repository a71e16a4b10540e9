"""Does the right next stage until the minutes are spent; run it as often as you like.

python -m train.run --minutes 60                                  two CPU cores
STRATA_STARTER_SIZE=full python -m train.run --minutes 9.5        a GPU, three times
python -m train.run --status
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

import torch

from . import classifier, controlnet, inversion, ip_adapter, latents, pictures, style_lora, text, unet, vae
from .checkpoint import load_if_there
from .journal import Budget, log
from .settings import PICTURES, PLAN, cache_folder


def train_unet(minutes: float) -> None:
    gpu = torch.cuda.is_available()
    unet.train(minutes, *PLAN["unet"], train_text=gpu, compiled=gpu)


def train_decoder(minutes: float) -> None:
    """The encoder is fixed by now; the decoder goes on, at its own plan's steps beyond the autoencoder's."""
    _, rate, batch = PLAN["decoder"]
    vae.train(minutes, target_of("decoder"), rate, batch)


STAGES: dict[str, Callable[[float], None]] = {
    "vae": lambda m: vae.train(m, *PLAN["vae"]),
    "text": lambda m: text.train(m, *PLAN["text"]),
    "latents": latents.encode_all,
    "unet": train_unet,
    "decoder": train_decoder,
    "classifier": lambda m: classifier.train(m, *PLAN["classifier"]),
    "controlnet-lines": lambda m: controlnet.train("lines", m),
    "controlnet-blobs": lambda m: controlnet.train("blobs", m),
    "vision": ip_adapter.train_vision,
    "ip-adapter": ip_adapter.train_adapter,
    "lora-cut-paper": lambda m: style_lora.train("cut-paper", m),
    "lora-blueprint": lambda m: style_lora.train("blueprint", m),
    "inversion": inversion.train,
}


def target_of(name: str) -> int:
    if name == "latents":
        return sum(pages.target() for pages in latents.ALL_PAGES)
    return PLAN[name].target + (PLAN["vae"].target if name == "decoder" else 0)


def steps_done(name: str) -> int:
    if name == "latents":
        return sum(pages.count() for pages in latents.ALL_PAGES)
    state = load_if_there(cache_folder() / f"{'vae' if name == 'decoder' else name}.pt")
    return state["step"] if state else 0


def status() -> None:
    log("run", pictures=f"{pictures.cached_count()}/{PICTURES}", **{n: f"{steps_done(n)}/{target_of(n)}" for n in STAGES})


def run(minutes: float, until: str | None) -> None:
    """Each stage waits for the one before it: latents of an unfinished autoencoder would fix its encoder too early."""
    budget = Budget(minutes)
    pictures.make_drawings("pictures", PICTURES, os.cpu_count() or 1)
    for name, train in STAGES.items():
        if steps_done(name) < target_of(name):
            log("run", next=name, minutes_left=budget.left_minutes())
            train(budget.left_minutes())
        if not budget.left() or name == until:
            break
    status()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--until", choices=list(STAGES), help="stop after this stage")
    parser.add_argument("--status", action="store_true")
    args = parser.parse_args()
    status() if args.status else run(args.minutes, args.until)
