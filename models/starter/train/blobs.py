"""Rough shapes of flat colour, as one paints them with a large brush: the hints of the colour ControlNet."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from .backgrounds import paint_background
from .palette import shades_of
from .pen import Pen
from .render import frame, render_picture
from .scene import PAINTERS, Scene, Thing

BLACK = (0, 0, 0)
BANDS = 8
# How far an outline is smoothed, in shares of the thing's radius: from a careful tracing to little more than an oval.
ROUGHNESS = (0.08, 0.4)
# Of the hints in training have no ground but black, which is what people leave who paint things only.
BARE = 0.35


def blob_of(thing: Thing, width: int, height: int, roughness: float) -> np.ndarray:
    """(height, width), true where the blob is: the thing's shape, smoothed, of the same area."""
    pen = Pen(width, height, outline=BLACK, fill_override=BLACK)
    frame(pen, thing, width, height)
    PAINTERS[thing.kind](pen, shades_of(BLACK))
    shape = pen.picture().convert("L")
    white = np.asarray(shape.filter(ImageFilter.GaussianBlur(roughness * thing.radius * min(width, height))), np.int64)
    area = int((np.asarray(shape) < 128).sum())
    return white < np.partition(white, area, axis=None)[area]


def blob_areas(scene: Scene, width: int = 256, height: int = 256) -> Image.Image:
    """Grey levels: 0 is the background, 1 the first thing, and so on; later things lie over earlier ones."""
    roughness = np.random.default_rng([scene.seed, 1]).uniform(*ROUGHNESS)
    areas = np.zeros((height, width), np.uint8)
    for number, thing in enumerate(scene.things, 1):
        areas[blob_of(thing, width, height, roughness)] = number
    return Image.fromarray(areas)


def ground_of(scene: Scene, width: int, height: int) -> np.ndarray:
    """(height, width, 3): the mean colours of the background's rows."""
    pen = Pen(width, height)
    paint_background(pen, scene.background, np.random.default_rng(scene.seed), pastel=scene.style == "pastel")
    bands = np.asarray(pen.picture(), np.float32).reshape(BANDS, height // BANDS, width, 3).mean((1, 2), keepdims=True)
    return np.broadcast_to(bands, (BANDS, height // BANDS, width, 3)).reshape(height, width, 3).copy()


def render_blobs(scene: Scene, width: int = 256, height: int = 256, bare: bool = False) -> Image.Image:
    """Each blob in the mean colour that the scene's picture has there, on its ground, or on black where it is `bare`."""
    page = np.zeros((height, width, 3), np.float32) if bare else ground_of(scene, width, height)
    picture, areas = np.asarray(render_picture(scene, width, height), np.float32), np.asarray(blob_areas(scene, width, height))
    for number in range(1, len(scene.things) + 1):
        if (areas == number).any():
            page[areas == number] = picture[areas == number].mean(0)
    return Image.fromarray(page.round().astype(np.uint8))


def blobs_hint(scene: Scene) -> Image.Image:
    return render_blobs(scene, bare=np.random.default_rng([scene.seed, 2]).random() < BARE)
