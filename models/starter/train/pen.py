"""A supersampled drawing surface with a local frame: shapes are polygons in [-1, 1] coordinates, y down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from .palette import Rgb

Point = tuple[float, float]
SUPERSAMPLING = 3


def ellipse(cx: float, cy: float, rx: float, ry: float | None = None, start: float = 0, end: float = 360) -> list[Point]:
    """Points of an ellipse, or of its arc from `start` to `end` degrees (0 is right, 90 is down)."""
    ry = rx if ry is None else ry
    count = max(6, round(44 * abs(end - start) / 360))
    angles = [math.radians(start + (end - start) * i / count) for i in range(count + 1)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def rect(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def smooth(points: Sequence[Point], closed: bool = True, per_span: int = 8) -> list[Point]:
    """Catmull-Rom curve through the points (Catmull and Rom 1974)."""
    n = len(points)
    spans = n if closed else n - 1
    out: list[Point] = []
    for i in range(spans):
        p0, p1, p2, p3 = (points[(i + k) % n] if closed else points[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        for step in range(per_span):
            t = step / per_span
            out.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(p0, p1, p2, p3)
                )
            )  # type: ignore[arg-type]
    if not closed:
        out.append(points[-1])
    return out


def star_points(spikes: int, inner: float, cx: float = 0, cy: float = 0, radius: float = 1) -> list[Point]:
    return [
        (cx + r * math.sin(math.pi * i / spikes), cy - r * math.cos(math.pi * i / spikes))
        for i in range(2 * spikes)
        for r in [radius if i % 2 == 0 else radius * inner]
    ]


class Pen:
    """Draws filled polygons; with an `outline` each gets a contour (style "outline", and line drawings)."""

    def __init__(self, width: int, height: int, outline: Rgb | None = None, fill_override: Rgb | None = None) -> None:
        self.width, self.height = width, height
        self.outline, self.fill_override = outline, fill_override
        self.line_px = 1.7
        self._image = Image.new("RGB", (width * SUPERSAMPLING, height * SUPERSAMPLING), (255, 255, 255))
        self._draw = ImageDraw.Draw(self._image)
        self.to_page()

    def to_page(self) -> None:
        """Local frame = the page in units of its shorter side: (0, 0) top left."""
        self._set(0, 0, min(self.width, self.height), False, 0)

    def to_thing(self, cx: float, cy: float, radius: float, flip: bool = False, tilt: float = 0) -> None:
        """Local frame = a thing's box of +-`radius` round (cx, cy), all in page units; `tilt` in radians."""
        side = min(self.width, self.height)
        self._set(cx * side, cy * side, radius * side, flip, tilt)

    def _set(self, x: float, y: float, scale: float, flip: bool, tilt: float) -> None:
        cos, sin, sign = math.cos(tilt) * scale, math.sin(tilt) * scale, -1 if flip else 1
        self._matrix = np.array([[cos * sign, -sin], [sin * sign, cos]]) * SUPERSAMPLING
        self._offset = np.array([x, y]) * SUPERSAMPLING

    def _pixels(self, points: Iterable[Point]) -> list[tuple[float, float]]:
        placed = np.array(list(points)) @ self._matrix.T + self._offset
        return list(map(tuple, placed))

    def fill(self, points: Sequence[Point], colour: Rgb, contour: bool = True) -> None:
        pixels = self._pixels(points)
        self._draw.polygon(pixels, fill=self.fill_override or colour)
        if self.outline is not None and contour:
            width = round(self.line_px * SUPERSAMPLING)
            self._draw.line([*pixels, pixels[0], pixels[1]], fill=self.outline, width=width, joint="curve")

    def line(self, points: Sequence[Point], colour: Rgb, width: float) -> None:
        """A stroke; `width` in local units, never thinner than 1.2 px."""
        scale = float(np.hypot(*self._matrix[:, 1]))
        thick = max(round(width * scale), round(1.2 * SUPERSAMPLING))
        if self.outline is not None and self.fill_override is not None:
            colour = self.outline
        self._draw.line(self._pixels(points), fill=colour, width=thick, joint="curve")

    def gradient(self, top: Rgb, bottom: Rgb) -> None:
        """Fills the page from `top` down to `bottom`."""
        if self.fill_override:
            return
        rows = np.linspace(top, bottom, self._image.height)[:, None, :]
        page = np.broadcast_to(np.round(rows), (self._image.height, self._image.width, 3)).astype(np.uint8)
        self._image.paste(Image.fromarray(page))

    def picture(self) -> Image.Image:
        return self._image.reduce(SUPERSAMPLING)
