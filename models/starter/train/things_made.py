"""Things people make. Each function fills the [-1, 1] box and stands on y = 1 where it stands at all."""

from __future__ import annotations

import math

from .palette import CREAM, GLASS, GOLD, INK, WOOD, Shades, mix
from .pen import Pen, ellipse, rect, smooth


def house(pen: Pen, c: Shades) -> None:
    pen.fill(rect(0.36, -0.8, 0.56, -0.2), c.dark)
    pen.fill(rect(-0.72, -0.16, 0.72, 1), c.main)
    pen.fill([(-0.96, -0.1), (0, -0.94), (0.96, -0.1)], c.dark)
    pen.fill(rect(-0.14, 0.42, 0.18, 1), WOOD if sum(c.main) > 300 else CREAM)
    for x in (-0.52, 0.34):
        pen.fill(rect(x, 0.12, x + 0.24, 0.38), GLASS)


def castle(pen: Pen, c: Shades) -> None:
    pen.fill(rect(-0.55, 0, 0.55, 1), c.main)
    for x in (-0.45, -0.1, 0.25):
        pen.fill(rect(x, -0.18, x + 0.2, 0.04), c.main)
    for x in (-0.78, 0.78):
        pen.fill(rect(x - 0.22, -0.36, x + 0.22, 1), c.main)
        pen.fill([(x - 0.3, -0.34), (x, -0.98), (x + 0.3, -0.34)], c.dark)
        pen.fill(rect(x - 0.07, 0, x + 0.07, 0.28), c.line)
    pen.fill([*ellipse(0, 0.6, 0.22, 0.26, 180, 360), (0.22, 1), (-0.22, 1)], c.line)


def lighthouse(pen: Pen, c: Shades) -> None:
    stripe = (250, 248, 242) if sum(c.main) < 690 else (200, 60, 52)
    pen.fill([(-0.26, -0.4), (0.26, -0.4), (0.46, 1), (-0.46, 1)], c.main)
    for y in (-0.06, 0.5):
        half = [0.26 + 0.2 * (v + 0.4) / 1.4 for v in (y, y + 0.2)]
        pen.fill([(-half[0], y), (half[0], y), (half[1], y + 0.2), (-half[1], y + 0.2)], stripe)
    pen.fill(rect(-0.36, -0.46, 0.36, -0.36), c.dark)
    pen.fill(rect(-0.2, -0.74, 0.2, -0.46), (255, 232, 130))
    pen.fill([(-0.28, -0.72), (0, -1), (0.28, -0.72)], c.main)


def boat(pen: Pen, c: Shades) -> None:
    pen.line([(0, -0.96), (0, 0.4)], WOOD, 0.08)
    pen.fill([(0.07, -0.9), (0.74, 0.22), (0.07, 0.22)], (250, 247, 238))
    pen.fill([(-0.07, -0.7), (-0.56, 0.22), (-0.07, 0.22)], (232, 228, 220))
    pen.fill([(-0.95, 0.36), (0.95, 0.36), (0.66, 0.9), (-0.6, 0.9)], c.main)
    pen.fill([(-0.95, 0.36), (0.95, 0.36), (0.88, 0.5), (-0.87, 0.5)], c.dark, contour=False)


def car(pen: Pen, c: Shades) -> None:
    pen.fill(smooth([(-0.56, 0.04), (-0.4, -0.42), (-0.2, -0.54), (0.24, -0.54), (0.42, -0.42), (0.66, 0.04)]), c.main)
    pen.fill([(-0.42, 0.0), (-0.3, -0.36), (-0.02, -0.38), (-0.02, 0.0)], GLASS)
    pen.fill([(0.08, 0.0), (0.08, -0.38), (0.28, -0.36), (0.48, 0.0)], GLASS)
    pen.fill(smooth([(-0.96, 0.06), (-0.9, 0.0), (0.7, 0.0), (0.96, 0.14), (0.98, 0.46), (0.86, 0.5), (-0.9, 0.5), (-0.98, 0.4)]), c.main)
    pen.fill(ellipse(0.87, 0.2, 0.09), (255, 236, 150))
    for x in (-0.52, 0.52):
        pen.fill(ellipse(x, 0.5, 0.25), INK)
        pen.fill(ellipse(x, 0.5, 0.11), (200, 204, 210), contour=False)


def rocket(pen: Pen, c: Shades) -> None:
    pen.fill(smooth([(-0.18, 0.62), (0, 0.98), (0.18, 0.62)]), (250, 160, 50))
    for flip in (-1, 1):
        pen.fill([(0.26 * flip, 0.16), (0.66 * flip, 0.72), (0.22 * flip, 0.6)], c.dark)
    pen.fill(smooth([(0, -1), (0.26, -0.56), (0.34, 0.0), (0.24, 0.6), (-0.24, 0.6), (-0.34, 0.0), (-0.26, -0.56)]), c.main)
    pen.fill(ellipse(0, -0.24, 0.18), (236, 240, 244))
    pen.fill(ellipse(0, -0.24, 0.12), (110, 170, 220), contour=False)


def balloon(pen: Pen, c: Shades) -> None:
    for x in (-0.5, 0.5):
        pen.line([(x, 0.2), (x * 0.36, 0.72)], WOOD, 0.04)
    pen.fill(smooth([(0, -0.98), (0.56, -0.82), (0.8, -0.3), (0.58, 0.16), (0.18, 0.42), (-0.18, 0.42), (-0.58, 0.16), (-0.8, -0.3), (-0.56, -0.82)]), c.main)
    pen.fill(smooth([(0, -0.96), (0.26, -0.7), (0.34, -0.3), (0.16, 0.4), (-0.16, 0.4), (-0.34, -0.3), (-0.26, -0.7)]), c.light, contour=False)
    pen.fill(rect(-0.2, 0.68, 0.2, 0.98), WOOD)


def umbrella(pen: Pen, c: Shades) -> None:
    pen.line([(0, -0.2), (0, 0.74)], WOOD, 0.09)
    pen.line(ellipse(0.16, 0.74, 0.16, 0.2, 180, 0), WOOD, 0.09)
    dome = ellipse(0, 0.06, 0.96, 0.94, 180, 360)
    hem = [p for k in range(4) for p in ellipse(0.72 - 0.48 * k, 0.06, 0.24, 0.14, 360, 180)]
    pen.fill([*dome, *hem], c.main)
    pen.fill([(0, -0.88), *ellipse(0, 0.06, 0.34, 0.94, 270, 350), *ellipse(0.0, 0.0, 0.24, 0.14, 360, 180), *ellipse(0, 0.06, 0.34, 0.94, 190, 270)],
             c.dark, contour=False)
    pen.line([(0, -1), (0, -0.86)], WOOD, 0.08)


def cup(pen: Pen, c: Shades) -> None:
    pen.line(ellipse(0.6, 0.28, 0.3, 0.32, -100, 100), c.main, 0.14)
    for x in (-0.24, 0.16):
        pen.line(smooth([(x, -0.44), (x - 0.08, -0.6), (x + 0.08, -0.76), (x, -0.94)], closed=False), (214, 216, 222), 0.07)
    pen.fill(smooth([(-0.7, -0.3), (0.62, -0.3), (0.62, 0.3), (0.5, 0.74), (0.3, 0.92), (-0.38, 0.92), (-0.58, 0.74), (-0.7, 0.3)]), c.main)
    pen.fill(ellipse(-0.04, -0.26, 0.64, 0.13), mix(WOOD, INK, 0.3))


def crown(pen: Pen, c: Shades) -> None:
    pen.fill([(-0.86, 0.6), (-0.94, -0.4), (-0.46, 0.1), (0, -0.66), (0.46, 0.1), (0.94, -0.4), (0.86, 0.6)], c.main)
    pen.fill(rect(-0.86, 0.4, 0.86, 0.72), c.dark)
    gem = GOLD if math.dist(c.main, GOLD) > 110 else (210, 50, 60)
    for x, y in ((-0.94, -0.44), (0, -0.7), (0.94, -0.44), (-0.45, 0.56), (0, 0.56), (0.45, 0.56)):
        pen.fill(ellipse(x, y, 0.11), gem)
