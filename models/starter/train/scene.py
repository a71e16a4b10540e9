"""A scene is plain data: what is where in which colour. Sampling, and the pairs kept out of training."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from . import things_made, things_plain, things_sky
from .backgrounds import LANDSCAPES, LIKE, PLAIN
from .palette import COLOURS

PAINTERS = {
    f.__name__: f
    for f in (
        things_sky.sun,
        things_sky.moon,
        things_sky.star,
        things_sky.cloud,
        things_sky.mountain,
        things_sky.tree,
        things_sky.pine,
        things_sky.flower,
        things_sky.mushroom,
        things_sky.cactus,
        things_sky.apple,
        things_sky.leaf,
        things_made.house,
        things_made.castle,
        things_made.lighthouse,
        things_made.boat,
        things_made.car,
        things_made.rocket,
        things_made.balloon,
        things_made.umbrella,
        things_made.cup,
        things_made.crown,
        things_plain.fish,
        things_plain.cat,
        things_plain.bird,
        things_plain.butterfly,
        things_plain.snowman,
        things_plain.heart,
        things_plain.circle,
        things_plain.square,
        things_plain.triangle,
        things_plain.tulip,
    )
}
KINDS = list(PAINTERS)
STYLES = ["flat", "outline", "pastel"]
BACKGROUNDS = [*LANDSCAPES, *PLAIN]
PLACES: dict[str, tuple[float, float]] = {
    "centre": (0.5, 0.52),
    "left": (0.25, 0.52),
    "right": (0.75, 0.52),
    "top": (0.5, 0.25),
    "bottom": (0.5, 0.76),
    "top left": (0.26, 0.26),
    "top right": (0.74, 0.26),
    "bottom left": (0.26, 0.74),
    "bottom right": (0.74, 0.74),
}
SIZES = {"small": (0.13, 0.16), "": (0.2, 0.26), "big": (0.32, 0.4)}
HELD_OUT = {tuple(pair) for pair in json.loads((Path(__file__).parent / "held-out.json").read_text())["pairs"]}


@dataclass(frozen=True)
class Thing:
    kind: str
    colour: str
    place: str
    size: str
    x: float
    y: float
    radius: float
    flip: bool
    tilt: float


@dataclass(frozen=True)
class Scene:
    background: str
    style: str
    things: tuple[Thing, ...]
    seed: int

    def to_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_json(data: dict) -> Scene:
        return Scene(data["background"], data["style"], tuple(Thing(**t) for t in data["things"]), data["seed"])


def _choose(rng: np.random.Generator, items: list[str]) -> str:
    return items[int(rng.integers(len(items)))]


def _colour(rng: np.random.Generator, kind: str, background: str, taken: set[str], held_out: bool) -> str:
    avoid = {background.removeprefix("plain "), *LIKE.get(background, ()), *taken}
    allowed = [c for c in COLOURS if c not in avoid and (held_out or (c, kind) not in HELD_OUT)]
    return _choose(rng, allowed)


def _layout(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """(place, size) of each thing so that none hides another."""
    if count == 1:
        place = _choose(rng, list(PLACES)) if rng.random() < 0.5 else "centre"
        sizes = ["", "big"] if place == "centre" else ["", "", "small"]
        return [(place, _choose(rng, ["", "", "", *sizes, "small"]))]
    rows = [["left", "right"], ["left", "right"], ["top", "bottom"], ["top left", "bottom right"], ["top right", "bottom left"]]
    if count == 3:
        rows = [
            ["left", "right", "top"],
            ["left", "right", "bottom"],
            ["top left", "top right", "bottom"],
            ["left", "centre", "right"],
            ["top", "bottom left", "bottom right"],
        ]
    places = list(rows[int(rng.integers(len(rows)))])
    rng.shuffle(places)
    return [(p, "" if count == 2 and rng.random() < 0.8 else "small") for p in places]


def sample_scene(rng: np.random.Generator, held_out: bool = False, counts: tuple[float, float, float] = (0.55, 0.33, 0.12)) -> Scene:
    """A random scene; held-out (colour, kind) pairs appear only when asked for."""
    background = _choose(rng, list(LANDSCAPES)) if rng.random() < 0.6 else _choose(rng, PLAIN)
    style = _choose(rng, ["flat", "flat", "flat", "outline", "pastel"])
    count = int(rng.choice(3, p=counts)) + 1
    taken_kinds: set[str] = set()
    taken_colours: set[str] = set()
    things = []
    for place, size in _layout(rng, count):
        kind = _choose(rng, [k for k in KINDS if k not in taken_kinds])
        colour = _colour(rng, kind, background, taken_colours, held_out)
        taken_kinds.add(kind)
        taken_colours.add(colour)
        things.append(place_thing(rng, kind, colour, place, size))
    return Scene(background, style, tuple(things), int(rng.integers(2**31)))


def place_thing(rng: np.random.Generator, kind: str, colour: str, place: str, size: str) -> Thing:
    x, y = PLACES[place]
    low, high = SIZES[size]
    x, y = x + rng.normal(0, 0.02), y + rng.normal(0, 0.02)
    return Thing(
        kind, colour, place, size, float(x), float(y), float(rng.uniform(low, high)), bool(rng.random() < 0.5), float(rng.normal(0, 0.05))
    )
