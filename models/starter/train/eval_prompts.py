"""Writes `eval/prompts.json` (200 prompts and seeds a measure, with what must be seen) and `vocabulary.json`.

python -m train.eval_prompts
python -m train.eval_prompts --seed-offset 1 --to FOLDER    another list alone, to see whether the numbers hold there
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from .backgrounds import LANDSCAPES, LIKE
from .palette import COLOURS
from .scene import HELD_OUT, KINDS, PLACES
from .settings import DRAWN_WITH
from .words import (
    BACKGROUND_PHRASES,
    COLOUR_WORDS,
    KIND_WORDS,
    PLACE_PHRASES,
    PLAIN_PHRASES,
    SIZE_WORDS,
    STYLE_PHRASES,
    known_words,
    plain_phrase,
    with_article,
)

COUNT = 200
ROOT = Path(__file__).parent.parent


class Source:
    """Even over kinds and colours, never a held-out pair unless asked."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def pick(self, items: list[str]) -> str:
        return items[int(self.rng.integers(len(items)))]

    def background(self) -> tuple[str, str]:
        if self.rng.random() < 0.6:
            name = self.pick(list(LANDSCAPES))
            return name, BACKGROUND_PHRASES[name][0]
        colour = self.pick(list(COLOURS))
        return f"plain {colour}", plain_phrase(PLAIN_PHRASES[0], colour)

    def pair(self, kind: str, background: str = "", taken: tuple[str, ...] = ()) -> str:
        avoid = {background.removeprefix("plain "), *LIKE.get(background, ()), *taken}
        return self.pick([c for c in COLOURS if c not in avoid and (c, kind) not in HELD_OUT])


def one_thing(source: Source, i: int) -> dict:
    kind = KINDS[i % len(KINDS)]
    background, phrase = source.background()
    colour = source.pair(kind, background)
    return {
        "prompt": f"{with_article(f'{colour} {kind}')} {phrase}",
        "things": [{"kind": kind, "colour": colour}],
        "background": background,
    }


def held_out(source: Source, i: int) -> dict:
    colour, kind = sorted(HELD_OUT)[i % len(HELD_OUT)]
    background, phrase = source.background()
    while colour in (background.removeprefix("plain "), *LIKE.get(background, ())):
        background, phrase = source.background()
    return {
        "prompt": f"{with_article(f'{colour} {kind}')} {phrase}",
        "things": [{"kind": kind, "colour": colour}],
        "background": background,
    }


def two_kinds(source: Source, background: str) -> list[dict]:
    a = source.pick(KINDS)
    b = source.pick([k for k in KINDS if k != a])
    first = source.pair(a, background)
    return [{"kind": a, "colour": first}, {"kind": b, "colour": source.pair(b, background, (first,))}]


def two_things(source: Source, i: int) -> dict:
    background, phrase = source.background()
    a, b = two_kinds(source, background)
    a["place"], b["place"] = "left", "right"
    said = [f"{with_article(t['colour'] + ' ' + t['kind'])}" for t in (a, b)]
    return {"prompt": f"{said[0]} on the left and {said[1]} on the right {phrase}", "things": [a, b], "background": background}


def place(source: Source, i: int) -> dict:
    where = ["left", "right", "top", "bottom"][i % 4]
    kind = source.pick(KINDS)
    background, phrase = source.background()
    colour = source.pair(kind, background)
    thing = {"kind": kind, "colour": colour, "place": where}
    return {"prompt": f"{with_article(f'{colour} {kind}')} {PLACE_PHRASES[where][0]} {phrase}", "things": [thing], "background": background}


def background(source: Source, i: int) -> dict:
    name = list(LANDSCAPES)[i % len(LANDSCAPES)]
    kind = source.pick(KINDS)
    colour = source.pair(kind, name)
    phrases = BACKGROUND_PHRASES[name]
    return {
        "prompt": f"{with_article(f'{colour} {kind}')} {source.pick(list(phrases))}",
        "things": [{"kind": kind, "colour": colour}],
        "background": name,
    }


def regions(source: Source, i: int) -> dict:
    scene, phrase = source.background()
    a, b = two_kinds(source, scene)
    a["place"], b["place"] = "left", "right"
    return {
        "prompt": f"a picture {phrase}",
        "things": [a, b],
        "background": scene,
        "regions": [{"x": x, "width": 0.5, "prompt": with_article(f"{t['colour']} {t['kind']}")} for t, x in ((a, 0), (b, 0.5))],
    }


MEASURES = {
    "oneThing": one_thing,
    "heldOut": held_out,
    "twoThings": two_things,
    "place": place,
    "background": background,
    "regions": regions,
}


def write_prompts(folder: Path, offset: int) -> None:
    out = {}
    for number, (name, make) in enumerate(MEASURES.items()):
        source = Source(4000 + number + 1000 * offset)
        out[name] = [{"seed": 100_000 * (number + 1) + i + 10_000_000 * offset, **make(source, i)} for i in range(COUNT)]
    lines = ",\n".join(
        f'    "{name}": [\n' + ",\n".join(f"      {json.dumps(p)}" for p in prompts) + "\n    ]" for name, prompts in out.items()
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prompts.json").write_text('{\n  "measures": {\n' + lines + "\n  }\n}\n")


def write_vocabulary() -> None:
    groups = {
        "things": {k: list(v) for k, v in KIND_WORDS.items()},
        "colours": {k: list(v) for k, v in COLOUR_WORDS.items()},
        "sizes": {k: list(v) for k, v in SIZE_WORDS.items() if k},
        "places": {k: list(v) for k, v in PLACE_PHRASES.items()},
        "backgrounds": {k: list(v) for k, v in BACKGROUND_PHRASES.items()},
        "styles": {k: list(v) for k, v in STYLE_PHRASES.items()},
    }
    assert set(PLACES) == set(groups["places"])
    (ROOT / "vocabulary.json").write_text(json.dumps({"words": known_words(), "settings": DRAWN_WITH, **groups}, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed-offset", type=int, default=0)
    parser.add_argument("--to", type=Path)
    args = parser.parse_args()
    write_prompts(args.to or ROOT / "eval", args.seed_offset)
    if args.to is None:
        write_vocabulary()
