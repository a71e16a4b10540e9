"""Things of sky and landscape. Each function fills the [-1, 1] box and stands on y = 1 where it stands at all."""

from __future__ import annotations

import math

from .palette import CREAM, LEAF, WOOD, Shades, mix
from .pen import Pen, ellipse, rect, smooth, star_points


def sun(pen: Pen, c: Shades) -> None:
    for i in range(12):
        a = math.tau * i / 12
        tip, side = (math.cos(a), math.sin(a)), 0.14
        base = [(0.66 * math.cos(a + s), 0.66 * math.sin(a + s)) for s in (-side, side)]
        pen.fill([base[0], tip, base[1]], c.main)
    pen.fill(ellipse(0, 0, 0.62), c.main)
    pen.fill(ellipse(0, 0, 0.44), c.light, contour=False)


def moon(pen: Pen, c: Shades) -> None:
    outer = ellipse(0, 0, 0.95, 0.95, 50, 310)
    inner = ellipse(0.36, 0, 0.78, 0.74, 295, 65)
    pen.fill([*outer, *inner], c.main)
    for x, y, r in ((-0.66, -0.1, 0.1), (-0.5, 0.42, 0.13), (-0.42, -0.52, 0.08)):
        pen.fill(ellipse(x, y, r), c.dark, contour=False)


def star(pen: Pen, c: Shades) -> None:
    pen.fill(star_points(5, 0.42, 0, 0.06), c.main)


def cloud(pen: Pen, c: Shades) -> None:
    puffs = [*ellipse(-0.6, 0.14, 0.38, 0.36, 90, 250), *ellipse(-0.2, -0.18, 0.44, 0.46, 190, 310), *ellipse(0.3, -0.06, 0.36, 0.36, 250, 340),
             *ellipse(0.66, 0.2, 0.32, 0.3, 270, 450)]
    pen.fill(puffs, c.main)
    pen.fill(smooth([(-0.7, 0.34), (0, 0.3), (0.72, 0.34), (0.5, 0.46), (0, 0.47), (-0.5, 0.46)]), c.dark, contour=False)


def mountain(pen: Pen, c: Shades) -> None:
    pen.fill([(0.02, 0.9), (0.5, -0.3), (1, 0.9)], c.dark)
    pen.fill([(-1, 0.9), (-0.24, -0.9), (0.56, 0.9)], c.main)
    pen.fill([(-0.24, -0.9), (0.0, -0.36), (-0.14, -0.24), (-0.26, -0.42), (-0.36, -0.2), (-0.5, -0.3)], (250, 250, 252))


def tree(pen: Pen, c: Shades) -> None:
    pen.fill(rect(-0.13, 0.2, 0.13, 1), WOOD)
    pen.fill(smooth([(-0.75, 0.1), (-0.7, -0.4), (-0.34, -0.62), (0, -0.98), (0.4, -0.68), (0.72, -0.36), (0.74, 0.12),
                     (0.36, 0.38), (0, 0.34), (-0.4, 0.4)]), c.main)
    for x, y in ((-0.3, -0.2), (0.26, -0.36), (0.2, 0.08)):
        pen.fill(ellipse(x, y, 0.16, 0.12), c.light, contour=False)


def pine(pen: Pen, c: Shades) -> None:
    pen.fill(rect(-0.1, 0.7, 0.1, 1), WOOD)
    for top, bottom, half, paint in ((-0.1, 0.78, 0.66, c.main), (-0.5, 0.34, 0.52, c.main), (-0.98, -0.1, 0.38, c.main)):
        pen.fill([(0, top), (half, bottom), (-half, bottom)], paint)
        pen.fill([(0, top), (half, bottom), (half * 0.25, bottom)], c.dark, contour=False)


def flower(pen: Pen, c: Shades) -> None:
    pen.line([(0, 0), (0.02, 1)], LEAF, 0.1)
    pen.fill(smooth([(0.02, 0.82), (0.24, 0.5), (0.56, 0.44), (0.36, 0.74)]), LEAF)
    for i in range(6):
        a = math.tau * i / 6
        pen.fill(ellipse(0.4 * math.cos(a), -0.38 + 0.4 * math.sin(a), 0.25), c.main)
    centre = CREAM if sum(c.main) < 700 and c.main[0] < 240 else (240, 180, 50)
    pen.fill(ellipse(0, -0.38, 0.22), centre)


def mushroom(pen: Pen, c: Shades) -> None:
    pen.fill(smooth([(-0.22, 0.1), (0.22, 0.1), (0.24, 0.6), (0.34, 0.96), (-0.34, 0.96), (-0.24, 0.6)]), CREAM)
    pen.fill([*ellipse(0, 0.14, 0.92, 0.98, 180, 360), *smooth([(0.92, 0.14), (0.5, 0.28), (-0.5, 0.28), (-0.92, 0.14)], closed=False)], c.main)
    spot = (255, 255, 252) if sum(c.main) < 660 else c.dark
    for x, y, r in ((-0.46, -0.16, 0.15), (0.06, -0.5, 0.17), (0.5, -0.1, 0.13), (0.0, 0.02, 0.1)):
        pen.fill(ellipse(x, y, r), spot, contour=False)


def cactus(pen: Pen, c: Shades) -> None:
    pot = (196, 106, 66)
    for flip in (-1, 1):
        y = 0.16 if flip < 0 else -0.06
        pen.fill(smooth([(0.1 * flip, y + 0.12), (0.5 * flip, y + 0.12), (0.68 * flip, y - 0.04), (0.68 * flip, y - 0.44), (0.55 * flip, y - 0.56),
                         (0.42 * flip, y - 0.44), (0.42 * flip, y - 0.12), (0.1 * flip, y - 0.12)]), c.main)
    pen.fill([*ellipse(0, -0.68, 0.28, 0.3, 180, 360), (0.28, 0.7), (-0.28, 0.7)], c.main)
    for x in (-0.1, 0.1):
        pen.line([(x, -0.7), (x, 0.6)], c.dark, 0.04)
    pen.fill([(-0.42, 0.54), (0.42, 0.54), (0.32, 1), (-0.32, 1)], pot)


def apple(pen: Pen, c: Shades) -> None:
    pen.line([(0, -0.5), (0.1, -0.92)], WOOD, 0.09)
    pen.fill(smooth([(0.1, -0.72), (0.4, -0.98), (0.66, -0.9), (0.4, -0.66)]), LEAF)
    pen.fill(smooth([(0, -0.5), (0.36, -0.66), (0.76, -0.44), (0.82, 0.06), (0.56, 0.7), (0.24, 0.94), (0, 0.86),
                     (-0.24, 0.94), (-0.56, 0.7), (-0.82, 0.06), (-0.76, -0.44), (-0.36, -0.66)]), c.main)
    pen.fill(ellipse(-0.42, -0.16, 0.13, 0.22), c.light, contour=False)


def leaf(pen: Pen, c: Shades) -> None:
    pen.line([(-0.3, 0.4), (-0.86, 0.92)], mix(c.dark, WOOD, 0.5), 0.09)
    pen.fill(smooth([(-0.62, 0.66), (-0.66, 0.0), (-0.2, -0.62), (0.8, -0.9), (0.74, -0.1), (0.3, 0.5), (-0.2, 0.7)]), c.main)
    pen.line([(-0.6, 0.64), (0.56, -0.66)], c.dark, 0.06)
    for x, y, ex, ey in ((-0.24, 0.26, -0.34, -0.2), (0.08, -0.12, 0.04, -0.56), (-0.1, 0.1, 0.34, 0.16), (0.22, -0.28, 0.56, -0.2)):
        pen.line([(x, y), (ex, ey)], c.dark, 0.05)
