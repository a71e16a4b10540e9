"""The judge of the evaluation: which kinds are in a picture, in which colour, where, and on what background.

A small convolution net looks at 128x128 and answers on a 16x16 grid: what has its centre in this cell, and in which colour. It never
sees a generated picture in training, but unlike the model it learns every pair of colour and kind. Export:
`models/starter/eval/classifier.onnx` (input `picture`: N, 3, 256, 256 in [0, 1]).

    python -m train.classifier --minutes 12
    python -m train.classifier --export
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .checkpoint import load_if_there, pick_device, rate_share, save_atomically
from .journal import Budget, log
from .palette import COLOURS
from .pictures import open_drawings, open_scenes
from .render import render_picture
from .scene import BACKGROUNDS, KINDS, Scene, sample_scene
from .settings import NATIVE, PLAN, cache_folder

GRID = 16
# Part of a batch that is drawn anew, with the pairs that the model's own pictures leave out.
FRESH = 0.25
COLOUR_LIST = list(COLOURS)
EVAL = Path(__file__).parent.parent / "eval"


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.layers(x))


class Classifier(nn.Module):
    """`kinds` (N, 32 + nothing, 16, 16), `colours` (N, 12, 16, 16), `background` (N, 19)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()

        def down(a: int, b: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(a, b, 3, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())

        self.body = nn.Sequential(
            down(3, 24), down(24, 40), Block(40), down(40, width), Block(width), Block(width), Block(width), Block(width)
        )
        self.kinds = nn.Conv2d(width, len(KINDS) + 1, 1)
        self.colours = nn.Conv2d(width, len(COLOURS), 1)
        self.background = nn.Linear(2 * width, len(BACKGROUNDS))

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = self.body(F.avg_pool2d(picture * 2 - 1, 2))
        edge = torch.cat([x[:, :, :2].mean((2, 3)), x[:, :, -2:].mean((2, 3))], 1)
        return self.kinds(x), self.colours(x), self.background(edge)


def truth(scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Cell labels: kinds (absent = last), colours (-100 where nothing is), background."""
    kinds = torch.full((len(scenes), GRID, GRID), len(KINDS))
    colours = torch.full((len(scenes), GRID, GRID), -100)
    for i, scene in enumerate(scenes):
        for thing in scene.things:
            x, y = (min(GRID - 1, max(0, int(v * GRID))) for v in (thing.x, thing.y))
            kinds[i, y, x] = KINDS.index(thing.kind)
            colours[i, y, x] = COLOUR_LIST.index(thing.colour)
    return kinds, colours, torch.tensor([BACKGROUNDS.index(s.background) for s in scenes])


def read_things(kinds: np.ndarray, colours: np.ndarray, least: float = 0.3) -> list[dict]:
    """The things of one picture, surest first: probabilities of neighbouring cells add up, since a centre may fall on a border."""
    shares = np.exp(kinds - kinds.max(0))
    shares = (shares / shares.sum(0))[:-1]
    padded = np.pad(shares, ((0, 0), (1, 1), (1, 1)))
    summed = sum(padded[:, dy : dy + GRID, dx : dx + GRID] for dy in range(3) for dx in range(3))
    found = []
    for k in range(len(KINDS)):
        y, x = np.unravel_index(int((summed[k] + shares[k]).argmax()), (GRID, GRID))
        if summed[k, y, x] >= least:
            found.append(
                {
                    "kind": KINDS[k],
                    "colour": COLOUR_LIST[int(colours[:, y, x].argmax())],
                    "x": (x + 0.5) / GRID,
                    "y": (y + 0.5) / GRID,
                    "sure": float(summed[k, y, x]),
                }
            )
    return sorted(found, key=lambda t: -t["sure"])


def load_classifier(device: str = "cpu") -> tuple[Classifier, dict]:
    model = Classifier().to(device, memory_format=torch.channels_last)
    state = load_if_there(cache_folder() / "classifier.pt", device) or {}
    if state:
        model.load_state_dict(state["model"])
    return model, state


@torch.no_grad()
def accuracy_on_fresh(model: Classifier, count: int = 200, seed: int = 660_000) -> dict[str, float]:
    """Shares right on single-thing drawings, held-out pairs included."""
    model.eval()
    rng = np.random.default_rng(seed)
    right = np.zeros(3)
    for _ in range(count):
        scene = sample_scene(rng, held_out=True, counts=(1, 0, 0))
        page = torch.from_numpy(np.array(render_picture(scene))).permute(2, 0, 1)[None].float() / 255
        kinds, colours, background = (v[0].float().cpu().numpy() for v in model(page.to(next(model.parameters()).device)))
        best = (read_things(kinds, colours, 0.0) or [{}])[0]
        right += [
            best.get("kind") == scene.things[0].kind,
            best.get("colour") == scene.things[0].colour,
            BACKGROUNDS[int(background.argmax())] == scene.background,
        ]
    model.train()
    return dict(zip(("kind", "colour", "background"), (right / count).tolist()))


def train(minutes: float, target: int, rate: float, batch: int) -> None:
    device, budget = pick_device(), Budget(minutes)
    model, state = load_classifier(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    if state:
        optimiser.load_state_dict(state["optimiser"])
    step = state.get("step", 0)
    pictures, scenes = open_drawings(), open_scenes()
    weights = torch.ones(len(KINDS) + 1, device=device)
    weights[-1] = 0.006  # some 254 of 256 cells are empty: about half of the loss is left to the others
    rng = np.random.default_rng([31, step])
    fresh_count = round(FRESH * batch)
    while budget.left() and step < target:
        picked = np.sort(rng.integers(len(pictures), size=batch - fresh_count))
        fresh = [sample_scene(rng, held_out=True) for _ in range(fresh_count)]
        shown = [*(scenes[i] for i in picked), *fresh]
        page = np.concatenate([pictures[picked], np.stack([np.asarray(render_picture(scene)) for scene in fresh])])
        page = torch.from_numpy(page).to(device).permute(0, 3, 1, 2).float().div(255)
        page = (page + 0.02 * torch.randn(batch, 1, 1, 1, device=device) + 0.015 * torch.randn_like(page)).contiguous(
            memory_format=torch.channels_last
        )
        kinds, colours, background = (t.to(device) for t in truth(shown))
        for group in optimiser.param_groups:
            group["lr"] = rate * rate_share(step, target, fall=0.5)
        got = model(page)
        loss = F.cross_entropy(got[0], kinds, weights) + F.cross_entropy(got[1], colours) + 0.5 * F.cross_entropy(got[2], background)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step += 1
        if step % 50 == 0:
            log("classifier", step=step, loss=loss.item())
        over = not budget.left() or step >= target
        if budget.due("checkpoint", 4) or over:
            save_atomically(
                cache_folder() / "classifier.pt", {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
            )
        if budget.due("measurement", 12) or over:
            log("classifier", step=step, **accuracy_on_fresh(model))


def export() -> None:
    """Needs the `onnx` package. Batch norms are folded by the exporter's constant folding."""
    model, _ = load_classifier()
    EVAL.mkdir(exist_ok=True)
    example = torch.zeros(1, 3, NATIVE, NATIVE)
    torch.onnx.export(
        model.eval(),
        (example,),
        str(EVAL / "classifier.onnx"),
        input_names=["picture"],
        output_names=["kinds", "colours", "background"],
        dynamic_axes={name: {0: "n"} for name in ("picture", "kinds", "colours", "background")},
        opset_version=17,
        dynamo=False,
    )
    log("classifier", **{f"fresh_{k}": v for k, v in accuracy_on_fresh(model, 400).items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--target", type=int, default=PLAN["classifier"].target)
    parser.add_argument("--export", action="store_true")
    args = parser.parse_args()
    export() if args.export else train(args.minutes, args.target, PLAN["classifier"].rate, PLAN["classifier"].batch)
