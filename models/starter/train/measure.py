"""The table of the model card, drawn with diffusers and judged by the classifier (`npm run starter:eval` draws with Strata's own engine).

python -m train.measure --count 40            the first 40 prompts of each measure
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .checkpoint import pick_device
from .classifier import load_classifier, read_things
from .journal import log
from .sample import draw, load_pipeline
from .scene import BACKGROUNDS
from .settings import DRAWN_WITH
from .vae import psnr_on_fresh

PROMPTS = Path(__file__).parent.parent / "eval" / "prompts.json"


@torch.no_grad()
def look(model: torch.nn.Module, picture: Image.Image) -> tuple[list[dict], str]:
    page = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
    kinds, colours, background = (v[0].numpy() for v in model(page))
    return read_things(kinds, colours, 0.0), BACKGROUNDS[int(background.argmax())]


def stands(thing: dict, place: str) -> bool:
    x, y = thing["x"], thing["y"]
    return {"left": x < 0.42, "right": x > 0.58, "top": y < 0.42, "bottom": y > 0.58}[place]


def judge(case: dict, found: list[dict], background: str) -> dict[str, bool]:
    """What of one case is right; with two things, each side of the page is read by itself."""
    wanted = case["things"]
    if len(wanted) == 1:
        best = found[0]
        out = {"kind": best["kind"] == wanted[0]["kind"], "colour": best["colour"] == wanted[0]["colour"]}
        if "place" in wanted[0]:
            out["place"] = stands(best, wanted[0]["place"])
    else:
        seen = {t["kind"]: t for t in found[:4] if t["sure"] > 0.3}
        out = {"all": all(w["kind"] in seen and seen[w["kind"]]["colour"] == w["colour"] for w in wanted)}
    return out | {"background": background == case["background"]}


def measure(count: int, steps: int, guidance: float) -> dict[str, dict[str, float]]:
    model = load_classifier()[0].eval()
    pipeline = load_pipeline(pick_device())
    table: dict[str, dict[str, float]] = {}
    for name, cases in json.loads(PROMPTS.read_text())["measures"].items():
        if name == "regions":
            continue
        cases = cases[:count]
        pictures = draw(pipeline, [c["prompt"] for c in cases], [c["seed"] for c in cases], steps, guidance)
        verdicts = [judge(c, *look(model, p)) for c, p in zip(cases, pictures)]
        table[name] = {k: float(np.mean([v[k] for v in verdicts])) for k in verdicts[0]}
        if name in ("oneThing", "heldOut"):
            table[name]["both"] = float(np.mean([v["kind"] and v["colour"] for v in verdicts]))
        log("measure", measure=name, count=count, **table[name])
    log("measure", psnr=psnr_on_fresh(pipeline.vae, 60))
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--steps", type=int, default=DRAWN_WITH["steps"])
    parser.add_argument("--guidance", type=float, default=DRAWN_WITH["guidance"])
    args = parser.parse_args()
    measure(args.count, args.steps, args.guidance)
