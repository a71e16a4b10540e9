"""Animals, a snowman, and the plain shapes. Each function fills the [-1, 1] box."""

from __future__ import annotations

from .palette import INK, LEAF, WOOD, Shades
from .pen import Pen, ellipse, rect, smooth

WHITE = (252, 252, 250)


def eye(pen: Pen, x: float, y: float, radius: float) -> None:
    pen.fill(ellipse(x, y, radius), WHITE)
    pen.fill(ellipse(x + radius * 0.2, y, radius * 0.58), INK, contour=False)


def fish(pen: Pen, c: Shades) -> None:
    pen.fill([(-0.46, 0), (-0.98, -0.5), (-0.84, 0), (-0.98, 0.5)], c.dark)
    pen.fill(smooth([(-0.1, -0.46), (0.1, -0.8), (0.36, -0.4)]), c.dark)
    pen.fill(smooth([(-0.58, 0), (-0.2, -0.42), (0.34, -0.5), (0.8, -0.24), (0.98, 0.04), (0.8, 0.28), (0.3, 0.48), (-0.2, 0.4)]), c.main)
    for x in (0.0, 0.26):
        pen.line(ellipse(x - 0.3, 0, 0.3, 0.3, -55, 55), c.dark, 0.06)
    eye(pen, 0.64, -0.1, 0.13)


def cat(pen: Pen, c: Shades) -> None:
    pen.line(smooth([(0.4, 0.84), (0.82, 0.76), (0.86, 0.36), (0.7, 0.14)], closed=False), c.main, 0.16)
    pen.fill(smooth([(-0.34, 0.1), (0.34, 0.1), (0.52, 0.6), (0.5, 0.98), (-0.5, 0.98), (-0.52, 0.6)]), c.main)
    for flip in (-1, 1):
        pen.fill([(0.14 * flip, -0.66), (0.5 * flip, -1), (0.56 * flip, -0.36)], c.main)
    pen.fill(ellipse(0, -0.32, 0.56, 0.46), c.main)
    pen.fill(smooth([(-0.22, 0.3), (0.22, 0.3), (0.26, 0.86), (-0.26, 0.86)]), c.light, contour=False)
    for flip in (-1, 1):
        pen.fill(ellipse(0.22 * flip, -0.38, 0.11, 0.13), (244, 236, 150))
        pen.fill(ellipse(0.22 * flip, -0.38, 0.05, 0.11), INK, contour=False)
        pen.line([(0.2 * flip, -0.14), (0.72 * flip, -0.2)], c.line, 0.025)
    pen.fill([(-0.07, -0.22), (0.07, -0.22), (0, -0.12)], (240, 130, 140))


def bird(pen: Pen, c: Shades) -> None:
    for x in (-0.06, 0.16):
        pen.line([(x, 0.5), (x, 0.94)], (220, 140, 50), 0.06)
    pen.fill([(-0.4, 0.1), (-0.98, -0.2), (-0.9, 0.36)], c.dark)
    pen.fill([(0.78, -0.46), (1, -0.32), (0.76, -0.2)], (244, 170, 50))
    pen.fill(smooth([(-0.6, 0.06), (-0.2, -0.2), (0.2, -0.62), (0.6, -0.74), (0.84, -0.42), (0.72, -0.02), (0.5, 0.42), (0.06, 0.64), (-0.4, 0.46)]), c.main)
    pen.fill(smooth([(-0.5, 0.0), (0.0, -0.14), (0.3, 0.08), (0.06, 0.36), (-0.3, 0.34)]), c.dark)
    eye(pen, 0.56, -0.42, 0.11)


def butterfly(pen: Pen, c: Shades) -> None:
    for flip in (-1, 1):
        pen.fill(smooth([(0.06 * flip, 0.06), (0.3 * flip, -0.6), (0.78 * flip, -0.84), (0.94 * flip, -0.4), (0.66 * flip, 0.04)]), c.main)
        pen.fill(smooth([(0.06 * flip, 0.06), (0.6 * flip, 0.1), (0.74 * flip, 0.5), (0.44 * flip, 0.82), (0.14 * flip, 0.5)]), c.main)
        pen.fill(ellipse(0.6 * flip, -0.44, 0.15), c.light, contour=False)
        pen.fill(ellipse(0.44 * flip, 0.44, 0.12), c.dark, contour=False)
        pen.line(smooth([(0, -0.4), (0.1 * flip, -0.7), (0.26 * flip, -0.86)], closed=False), INK, 0.04)
    pen.fill(ellipse(0, 0.06, 0.08, 0.54), INK)


def snowman(pen: Pen, c: Shades) -> None:
    for flip in (-1, 1):
        pen.line([(0.3 * flip, 0.0), (0.8 * flip, -0.3)], WOOD, 0.06)
    pen.fill(ellipse(0, 0.54, 0.5, 0.46), c.main)
    pen.fill(ellipse(0, -0.04, 0.37, 0.34), c.main)
    pen.fill(ellipse(0, -0.5, 0.28), c.main)
    pen.fill(rect(-0.36, -0.76, 0.36, -0.68), INK)
    pen.fill(rect(-0.22, -1, 0.22, -0.72), INK)
    for x in (-0.1, 0.1):
        pen.fill(ellipse(x, -0.56, 0.045), c.line, contour=False)
    pen.fill([(0, -0.5), (0.34, -0.42), (0, -0.4)], (244, 140, 50))
    for y in (-0.12, 0.04):
        pen.fill(ellipse(0, y, 0.045), c.line, contour=False)


def heart(pen: Pen, c: Shades) -> None:
    pen.fill(smooth([(0, -0.5), (0.3, -0.84), (0.72, -0.82), (0.95, -0.44), (0.82, 0.04), (0.4, 0.52), (0.0, 0.9),
                     (-0.4, 0.52), (-0.82, 0.04), (-0.95, -0.44), (-0.72, -0.82), (-0.3, -0.84)]), c.main)
    pen.fill(ellipse(-0.5, -0.46, 0.14, 0.18), c.light, contour=False)


def circle(pen: Pen, c: Shades) -> None:
    pen.fill(ellipse(0, 0, 0.9), c.main)


def square(pen: Pen, c: Shades) -> None:
    pen.fill(rect(-0.8, -0.8, 0.8, 0.8), c.main)


def triangle(pen: Pen, c: Shades) -> None:
    pen.fill([(0, -0.86), (0.96, 0.78), (-0.96, 0.78)], c.main)


def tulip(pen: Pen, c: Shades) -> None:
    pen.line([(0, 0), (0, 1)], LEAF, 0.1)
    for flip in (-1, 1):
        pen.fill(smooth([(0.02 * flip, 0.98), (0.2 * flip, 0.46), (0.54 * flip, 0.16), (0.42 * flip, 0.7)]), LEAF)
    pen.fill([(-0.5, -0.9), (-0.22, -0.5), (0, -0.96), (0.22, -0.5), (0.5, -0.9), *smooth([(0.5, -0.9), (0.5, -0.2), (0.3, 0.08), (0, 0.14), (-0.3, 0.08),
              (-0.5, -0.2), (-0.5, -0.9)], closed=False)], c.main)
    pen.fill([(-0.2, -0.46), (0, -0.9), (0.2, -0.46), (0.1, 0.1), (-0.1, 0.1)], c.dark, contour=False)
