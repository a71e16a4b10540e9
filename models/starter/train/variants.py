"""Other drawings of a scene: cut paper for the style LoRA, embers for the textual inversion, a rearranged one as reference picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from .backgrounds import paint_background
from .palette import COLOURS, Rgb, jitter, mix, shades_of
from .pen import Pen, Point
from .render import render_picture
from .scene import PAINTERS, SIZES, Scene, place_thing
from .settings import NATIVE

PAPER = (250, 240, 220)
WARM = ("red", "orange", "yellow")
SHADOW_PX = 9  # of the supersampled page


class PaperPen(Pen):
    """Every shape throws a shadow and shows a pale cut edge."""

    def fill(self, points: list[Point], colour: Rgb, contour: bool = True) -> None:
        if not contour:
            super().fill(points, colour, contour=False)
            return
        offset, self._offset = self._offset, self._offset + SHADOW_PX
        super().fill(points, mix(colour, (30, 22, 40), 0.62), contour=False)
        self._offset = offset
        self.outline = mix(colour, PAPER, 0.75)
        super().fill(points, colour)
        self.outline = None


def render_paper(scene: Scene) -> Image.Image:
    """The scene in muted colours, each shape a layer of paper."""
    rng = np.random.default_rng(scene.seed)
    pen = PaperPen(NATIVE, NATIVE)
    paint_background(pen, scene.background, rng)
    for thing in scene.things:
        pen.to_thing(thing.x, thing.y, thing.radius, thing.flip, thing.tilt)
        PAINTERS[thing.kind](pen, shades_of(mix(jitter(COLOURS[thing.colour], rng), PAPER, 0.12)))
    return Image.blend(pen.picture(), Image.new("RGB", (NATIVE, NATIVE), PAPER), 0.1)


def render_ember(scene: Scene) -> Image.Image:
    """Its first thing in a warm colour, outlined, on black."""
    things = tuple(replace(t, colour=WARM[(scene.seed + i) % 3]) for i, t in enumerate(scene.things[:1]))
    return render_picture(Scene("plain black", "outline", things, scene.seed))


def render_rearranged(scene: Scene) -> Image.Image:
    """The same things, colours and background; a single thing stands elsewhere, in another size and with other details."""
    if len(scene.things) == 1:
        rng = np.random.default_rng(scene.seed + 1)
        thing = scene.things[0]
        moved = place_thing(rng, thing.kind, thing.colour, "centre", list(SIZES)[int(rng.integers(3))])
        scene = replace(scene, things=(moved,), seed=int(rng.integers(2**31)))
    return render_picture(scene)
