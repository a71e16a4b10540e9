"""Other drawings of scenes: cut paper and blueprints for style LoRAs, embers for the textual inversion, rearranged ones as references."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from .backgrounds import paint_background
from .palette import COLOURS, Rgb, jitter, mix, shades_of
from .pen import Pen, Point, rect
from .render import render_picture
from .scene import PAINTERS, SIZES, Scene, place_thing
from .settings import NATIVE

PAPER = (250, 240, 220)
WARM = ("red", "orange", "yellow")
SHADOW_PX = 9  # of the supersampled page
CHALK, BLUEPRINT = (226, 238, 250), (30, 66, 140)


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


def render_blueprint(scene: Scene) -> Image.Image:
    """The outlines of its things in chalk on blue; colours and background are lost."""
    pen = Pen(NATIVE, NATIVE, outline=CHALK, fill_override=BLUEPRINT)
    pen.line_px = 3
    pen.fill(rect(0, 0, 1, 1), BLUEPRINT, contour=False)
    for thing in scene.things:
        pen.to_thing(thing.x, thing.y, thing.radius, thing.flip, thing.tilt)
        PAINTERS[thing.kind](pen, shades_of(CHALK))
    return pen.picture()


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
