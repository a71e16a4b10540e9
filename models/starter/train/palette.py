"""The twelve colours that the starter model knows, and the shades that a drawing makes of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Rgb = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (218, 48, 46),
    "orange": (241, 138, 38),
    "yellow": (248, 210, 58),
    "green": (66, 160, 72),
    "blue": (48, 98, 212),
    "purple": (128, 66, 170),
    "pink": (246, 142, 184),
    "brown": (128, 82, 48),
    "black": (38, 38, 44),
    "white": (246, 246, 243),
    "grey": (142, 146, 152),
    "turquoise": (46, 188, 182),
}

INK: Rgb = (38, 36, 48)
CREAM: Rgb = (255, 244, 214)
GLASS: Rgb = (196, 226, 244)
WOOD: Rgb = (122, 80, 50)
GOLD: Rgb = (244, 196, 64)
LEAF: Rgb = (84, 150, 70)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """`a` moved towards `b` by `share` (0 leaves it, 1 gives `b`)."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b))  # type: ignore[return-value]


def distance(a: Rgb, b: Rgb) -> float:
    """Euclidean distance in sRGB bytes: enough to keep a thing apart from what lies behind it."""
    return float(np.linalg.norm(np.subtract(a, b)))


def jitter(colour: Rgb, rng: np.random.Generator, amount: int = 8) -> Rgb:
    """The same colour by name, not by number, so that the model learns the name."""
    moved = np.array(colour) + rng.integers(-amount, amount + 1, 3)
    return tuple(int(v) for v in np.clip(moved, 0, 255))  # type: ignore[return-value]


@dataclass(frozen=True)
class Shades:
    """What one thing is painted with: its colour, that in shadow and in light, and a line that shows on it."""

    main: Rgb
    dark: Rgb
    light: Rgb
    line: Rgb


def shades_of(main: Rgb) -> Shades:
    """Shadow and light keep the name of the colour; on dark colours the line turns pale to stay visible."""
    bright = sum(main) / 3
    if bright < 60:
        return Shades(main, mix(main, (0, 0, 0), 0.45), mix(main, (255, 255, 255), 0.2), (196, 198, 206))
    if bright > 235:
        return Shades(main, (208, 212, 220), (255, 255, 255), INK)
    return Shades(main, mix(main, (20, 10, 40), 0.25), mix(main, (255, 255, 255), 0.3), INK)
