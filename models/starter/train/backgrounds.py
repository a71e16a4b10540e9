"""What lies behind the things: seven landscapes, or a page of one colour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .palette import COLOURS, Rgb, jitter, mix
from .pen import Pen, ellipse, smooth

PLAIN = [f"plain {name}" for name in COLOURS]


def _ground(pen: Pen, rng: np.random.Generator, level: float, wave: float, colour: Rgb) -> None:
    """Fills the page below a soft horizon at `level` of its height."""
    aspect_x, aspect_y = pen.width / min(pen.width, pen.height), pen.height / min(pen.width, pen.height)
    xs = np.linspace(-0.1, aspect_x + 0.1, 6)
    ys = level * aspect_y + rng.uniform(-wave, wave, 6)
    line = smooth(list(zip(xs.tolist(), ys.tolist())), closed=False)
    pen.fill([*line, (aspect_x + 0.2, aspect_y + 0.2), (-0.2, aspect_y + 0.2)], colour)


def _spots(
    pen: Pen, rng: np.random.Generator, count: int, top: float, bottom: float, radius: tuple[float, float], colours: list[Rgb]
) -> None:
    side = min(pen.width, pen.height)
    for _ in range(round(count * pen.width * pen.height / 65536)):
        x, y = rng.uniform(0, pen.width / side), rng.uniform(top, bottom) * pen.height / side
        r = rng.uniform(*radius)
        pen.fill(ellipse(x, y, r), colours[rng.integers(len(colours))], contour=False)


def day(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((110, 186, 240), rng), jitter((206, 234, 250), rng))
    _ground(pen, rng, rng.uniform(0.76, 0.84), 0.012, jitter((122, 192, 92), rng))


def night(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((16, 20, 58), rng), jitter((52, 56, 112), rng))
    _spots(pen, rng, 16, 0, 0.74, (0.006, 0.011), [(250, 246, 214), (214, 222, 255)])
    _ground(pen, rng, rng.uniform(0.78, 0.86), 0.02, jitter((24, 36, 54), rng))


def sunset(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((118, 72, 140), rng), jitter((255, 176, 98), rng))
    _ground(pen, rng, rng.uniform(0.68, 0.74), 0.03, jitter((120, 62, 96), rng))
    _ground(pen, rng, rng.uniform(0.8, 0.86), 0.02, jitter((76, 42, 78), rng))


def sea(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((188, 228, 246), rng), jitter((226, 244, 250), rng))
    level = rng.uniform(0.5, 0.6)
    _ground(pen, rng, level, 0.0, jitter((38, 128, 184), rng))
    aspect_y = pen.height / min(pen.width, pen.height)
    for k in range(5):
        y = (level + (1 - level) * (0.16 + 0.19 * k)) * aspect_y
        xs = np.arange(-0.2, pen.width / min(pen.width, pen.height) + 0.2, 0.06) + rng.uniform(0, 0.06)
        pen.line([(float(x), y + (0.012 if i % 2 else -0.012)) for i, x in enumerate(xs)], (110, 184, 220), 0.011)


def field(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((252, 238, 178), rng), jitter((255, 250, 224), rng))
    _ground(pen, rng, rng.uniform(0.48, 0.54), 0.04, jitter((168, 206, 96), rng))
    _ground(pen, rng, rng.uniform(0.66, 0.72), 0.03, jitter((118, 178, 70), rng))
    _spots(pen, rng, 18, 0.74, 0.98, (0.01, 0.016), [(250, 250, 240), (246, 120, 120), (250, 214, 80)])


def desert(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((250, 216, 168), rng), jitter((255, 240, 208), rng))
    _ground(pen, rng, rng.uniform(0.6, 0.66), 0.05, jitter((230, 176, 104), rng))
    _ground(pen, rng, rng.uniform(0.76, 0.82), 0.04, jitter((210, 148, 78), rng))


def snow(pen: Pen, rng: np.random.Generator) -> None:
    pen.gradient(jitter((168, 188, 208), rng), jitter((214, 226, 236), rng))
    _ground(pen, rng, rng.uniform(0.66, 0.74), 0.03, jitter((242, 246, 250), rng, 4))
    _spots(pen, rng, 18, 0, 0.98, (0.01, 0.016), [(255, 255, 255)])


LANDSCAPES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "day": day,
    "night": night,
    "sunset": sunset,
    "sea": sea,
    "field": field,
    "desert": desert,
    "snow": snow,
}

# The colours that fill most of each landscape: a thing is never given one of them by chance.
LIKE: dict[str, tuple[str, ...]] = {
    "day": (),
    "night": ("black",),
    "sunset": (),
    "sea": (),
    "field": (),
    "desert": (),
    "snow": ("white",),
}


def paint_background(pen: Pen, name: str, rng: np.random.Generator, pastel: bool = False) -> None:
    if name in LANDSCAPES:
        LANDSCAPES[name](pen, rng)
        return
    colour = jitter(COLOURS[name.removeprefix("plain ")], rng)
    colour = mix(colour, (255, 255, 255), 0.4) if pastel else colour
    pen.gradient(colour, colour)
