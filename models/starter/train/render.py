"""Draws a scene as a picture or as its lines (for the line ControlNet)."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .backgrounds import paint_background
from .palette import COLOURS, INK, Shades, jitter, mix, shades_of
from .pen import Pen
from .scene import PAINTERS, Scene, Thing

WHITE = (255, 255, 255)


def _shades(scene: Scene, thing: Thing, rng: np.random.Generator) -> Shades:
    colour = jitter(COLOURS[thing.colour], rng)
    return shades_of(mix(colour, WHITE, 0.25) if scene.style == "pastel" else colour)


def frame(pen: Pen, thing: Thing, width: int, height: int) -> None:
    """Page units are shorter sides, so a place keeps its meaning on wide and tall pages."""
    side = min(width, height)
    pen.to_thing(thing.x * width / side, thing.y * height / side, thing.radius, thing.flip, thing.tilt)


def render_picture(scene: Scene, width: int = 256, height: int = 256) -> Image.Image:
    rng = np.random.default_rng(scene.seed)
    pen = Pen(width, height)
    paint_background(pen, scene.background, rng, pastel=scene.style == "pastel")
    pen.outline = INK if scene.style == "outline" else None
    for thing in scene.things:
        shades = _shades(scene, thing, rng)
        frame(pen, thing, width, height)
        PAINTERS[thing.kind](pen, shades)
    return pen.picture()


def render_lines(scene: Scene, width: int = 256, height: int = 256) -> Image.Image:
    """White lines on black, as line ControlNets expect."""
    pen = Pen(width, height, outline=WHITE, fill_override=(0, 0, 0))
    pen.to_page()
    pen.fill([(-1, -1), (3, -1), (3, 3), (-1, 3)], (0, 0, 0), contour=False)
    for thing in scene.things:
        frame(pen, thing, width, height)
        PAINTERS[thing.kind](pen, shades_of(COLOURS[thing.colour]))
    return pen.picture()
