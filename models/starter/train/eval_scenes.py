"""Draws what the measurements need and only this program can draw: fresh pictures, their lines and blobs.

python -m train.eval_scenes                               eval/scenes.json and the sheets beside it
python -m train.eval_scenes --seed-offset 1 --to FOLDER   another list, to see whether the numbers hold there

`single` holds drawings of one thing (the judge's own accuracy, references), `mixed` drawings of one to three, with lines, blobs and,
in grey levels, where each blob is (VAE and ControlNets). All drawings of a kind lie on one sheet, lossless, so that what is measured is
what was drawn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from .blobs import blob_areas, render_blobs
from .captions import say_background
from .palette import COLOURS
from .render import render_lines, render_picture
from .scene import BACKGROUNDS, KINDS, Scene, sample_scene
from .settings import NATIVE
from .words import STYLE_PHRASES, with_article

COUNT, COLUMNS = 200, 20
EVAL = Path(__file__).parent.parent / "eval"


class FirstWording:
    """In place of a random generator: always the first of the ways to say it."""

    def random(self) -> float:
        return 0.0


def plain_caption(scene: Scene) -> str:
    """Everything but the places, which the drawing says."""
    things = " and ".join(with_article(f"{t.colour} {t.kind}") for t in scene.things)
    style = "" if scene.style == "flat" else f", {STYLE_PHRASES[scene.style][0]}"
    return f"{things} {say_background(FirstWording(), scene.background)}{style}"  # type: ignore[arg-type]


def entry(scene: Scene, seed: int) -> dict:
    things = [{"kind": t.kind, "colour": t.colour} for t in scene.things]
    return {"seed": seed, "prompt": plain_caption(scene), "background": scene.background, "style": scene.style, "things": things}


def sheet(pages: list[Image.Image], path: Path) -> None:
    """Side by side, `COLUMNS` in a row."""
    mode = pages[0].mode
    out = Image.new(mode, (COLUMNS * NATIVE, -(-len(pages) // COLUMNS) * NATIVE))
    for i, page in enumerate(pages):
        out.paste(page, (i % COLUMNS * NATIVE, i // COLUMNS * NATIVE))
    out.save(path, lossless=True, quality=100, method=6, exact=True)


def write_scenes(folder: Path, offset: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([77, offset])
    single = [sample_scene(rng, held_out=True, counts=(1, 0, 0)) for _ in range(COUNT)]
    mixed = [sample_scene(rng) for _ in range(COUNT)]
    sheet([render_picture(s) for s in single], folder / "single.webp")
    sheet([render_picture(s) for s in mixed], folder / "mixed.webp")
    sheet([render_lines(s).convert("L") for s in mixed], folder / "mixed-lines.webp")
    sheet([render_blobs(s) for s in mixed], folder / "mixed-blobs.webp")
    sheet([blob_areas(s) for s in mixed], folder / "mixed-areas.webp")
    lists = {
        name: [entry(s, 1_000_000 * (offset + 1) + base + i) for i, s in enumerate(scenes)]
        for name, base, scenes in (("single", 0, single), ("mixed", 100_000, mixed))
    }
    lines = ",\n".join(
        f'  "{name}": [\n' + ",\n".join(f"    {json.dumps(e)}" for e in entries) + "\n  ]" for name, entries in lists.items()
    )
    facts = {"side": NATIVE, "columns": COLUMNS, "kinds": KINDS, "colours": list(COLOURS), "backgrounds": BACKGROUNDS}
    head = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in facts.items())
    (folder / "scenes.json").write_text("{\n" + head + ",\n" + lines + "\n}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed-offset", type=int, default=0)
    parser.add_argument("--to", type=Path, default=EVAL)
    args = parser.parse_args()
    write_scenes(args.to, args.seed_offset)
