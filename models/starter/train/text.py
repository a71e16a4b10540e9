"""Stage 2: the text encoder learns what captions say before any picture is drawn.

A probe of one attention layer asks, as the UNet will, for each kind "are you there, in which colour, where?" and for background and
style. After some minutes of this the token states carry bound attributes, and the UNet learns conditioning many times faster.

    python -m train.text --minutes 6
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel

from .captions import caption
from .checkpoint import autocast, load_if_there, pick_device, rate_share, save_atomically
from .journal import Budget, log
from .palette import COLOURS
from .scene import BACKGROUNDS, KINDS, PLACES, STYLES, Scene, sample_scene
from .settings import PLAN, TEXT, TEXT_WIDTH, cache_folder
from .tokenizer import load_tokenizer
from .words import BACKGROUND_PHRASES

PRETEXT_TOKENS = 44
COLOUR_LIST, PLACE_LIST = list(COLOURS), list(PLACES)


def make_text_encoder(tokenizer) -> CLIPTextModel:
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return CLIPTextModel(CLIPTextConfig(vocab_size=len(tokenizer), **ids, **TEXT))


def load_text_encoder(device: str) -> CLIPTextModel:
    model = make_text_encoder(load_tokenizer()).to(device)
    state = load_if_there(cache_folder() / "text.pt", device)
    if state:
        model.load_state_dict(state["model"])
    return model


class Probe(nn.Module):
    """Learned queries, one for each kind and one each for background and style, read the token states.

    One score does two things: its maximum over the tokens says whether a kind is named at all, its softmax is where colour and place
    are read. With a free attention layer in its place the queries had not found their words after 400 steps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(len(KINDS) + 2, TEXT_WIDTH))
        self.key = nn.Linear(TEXT_WIDTH, TEXT_WIDTH, bias=False)
        self.value = nn.Linear(TEXT_WIDTH, TEXT_WIDTH)
        self.offset = nn.Parameter(torch.full((), -3.0))
        self.colour = nn.Linear(TEXT_WIDTH, len(COLOUR_LIST))
        self.place = nn.Linear(TEXT_WIDTH, len(PLACE_LIST))
        self.background = nn.Linear(TEXT_WIDTH, len(BACKGROUNDS) + 1)
        self.style = nn.Linear(TEXT_WIDTH, len(STYLES))

    def forward(self, states: torch.Tensor, real: torch.Tensor) -> dict[str, torch.Tensor]:
        """`real` marks the tokens up to the first end token."""
        scores = (self.queries @ self.key(states).transpose(1, 2) * TEXT_WIDTH**-0.5).masked_fill(~real[:, None], -1e4)
        seen = F.silu(scores.softmax(-1) @ self.value(states))
        things = seen[:, : len(KINDS)]
        return {
            "present": scores[:, : len(KINDS)].amax(-1) + self.offset,
            "colour": self.colour(things),
            "place": self.place(things),
            "background": self.background(seen[:, -2]),
            "style": self.style(seen[:, -1]),
        }


def truth(scenes: list[Scene], said: list[str]) -> dict[str, torch.Tensor]:
    """Targets; -100 where there is nothing to say (a kind that is absent)."""
    n = len(scenes)
    out = {
        "present": torch.zeros(n, len(KINDS)),
        "colour": torch.full((n, len(KINDS)), -100),
        "place": torch.full((n, len(KINDS)), -100),
        "background": torch.zeros(n, dtype=torch.long),
        "style": torch.zeros(n, dtype=torch.long),
    }
    for i, (scene, text) in enumerate(zip(scenes, said)):
        for thing in scene.things:
            k = KINDS.index(thing.kind)
            out["present"][i, k] = 1
            out["colour"][i, k] = COLOUR_LIST.index(thing.colour)
            out["place"][i, k] = PLACE_LIST.index(thing.place)
        landscape = scene.background in BACKGROUND_PHRASES
        told = any(p in text for p in BACKGROUND_PHRASES[scene.background]) if landscape else True
        out["background"][i] = BACKGROUNDS.index(scene.background) if told else len(BACKGROUNDS)
        out["style"][i] = STYLES.index(scene.style)
    return out


def probe_loss(got: dict[str, torch.Tensor], want: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    losses = {"present": F.binary_cross_entropy_with_logits(got["present"], want["present"]) * 8}
    for name in ("colour", "place", "background", "style"):
        losses[name] = F.cross_entropy(got[name].flatten(0, -2), want[name].flatten())
    return losses


def train(minutes: float, target: int, rate: float, batch: int) -> None:
    device, budget, tokenizer = pick_device(), Budget(minutes), load_tokenizer()
    model, probe = load_text_encoder(device), Probe().to(device)
    optimiser = torch.optim.AdamW([*model.parameters(), *probe.parameters()], lr=rate, weight_decay=0.01)
    state = load_if_there(cache_folder() / "text.pt", device)
    step = 0
    if state:
        probe.load_state_dict(state["probe"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    while budget.left() and step < target:
        rng = np.random.default_rng([11, step])
        # Held-out pairs may be read here: the text side only learns words, no picture of the pair is shown.
        scenes = [sample_scene(rng, held_out=True) for _ in range(batch)]
        said = [caption(s, rng) for s in scenes]
        ids = tokenizer(said, padding="max_length", max_length=PRETEXT_TOKENS, truncation=True, return_tensors="pt").input_ids.to(device)
        for group in optimiser.param_groups:
            group["lr"] = rate * rate_share(step, target)
        with autocast(device):
            real = (ids == tokenizer.eos_token_id).cumsum(1) <= 1
            got = probe(model(ids).last_hidden_state, real)
        want = {k: v.to(device) for k, v in truth(scenes, said).items()}
        losses = probe_loss({k: v.float() for k, v in got.items()}, want)
        optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % 50 == 0:
            right = (got["colour"].argmax(-1) == want["colour"])[want["colour"] >= 0].float().mean().item()
            log("text", step=step, colour_right=right, **{k: v.item() for k, v in losses.items()})
        if budget.due("checkpoint", 2) or not budget.left() or step >= target:
            save_atomically(
                cache_folder() / "text.pt",
                {"model": model.state_dict(), "probe": probe.state_dict(), "optimiser": optimiser.state_dict(), "step": step},
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--target", type=int, default=PLAN["text"].target)
    args = parser.parse_args()
    train(args.minutes, args.target, PLAN["text"].rate, PLAN["text"].batch)
