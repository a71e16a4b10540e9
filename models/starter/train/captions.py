"""Says a scene in words. Order, detail and wording vary, so that no single sentence form is needed later."""

from __future__ import annotations

import numpy as np

from .scene import Scene, Thing
from .words import (
    BACKGROUND_PHRASES,
    COLOUR_WORDS,
    EMPTY_WORDS,
    KIND_WORDS,
    OPENERS,
    PLACE_PHRASES,
    PLAIN_PHRASES,
    SIZE_WORDS,
    STYLE_PHRASES,
    plain_phrase,
    with_article,
)


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """The first word half of the time, the others share the rest."""
    return words[0] if len(words) == 1 or rng.random() < 0.5 else words[1 + int(rng.integers(len(words) - 1))]


def say_thing(rng: np.random.Generator, thing: Thing, with_colour: bool, with_place: bool) -> str:
    kind = _one(rng, KIND_WORDS[thing.kind])
    size = _one(rng, SIZE_WORDS[thing.size]) if thing.size and rng.random() < 0.5 else ""
    colour = _one(rng, COLOUR_WORDS[thing.colour]) if with_colour else ""
    if colour and rng.random() < 0.06:
        noun = " ".join(w for w in (size, kind) if w)
        text = f"{with_article(noun)} that is {colour}"
    else:
        noun = " ".join(w for w in (size, colour, kind) if w)
        text = with_article(noun) if rng.random() < 0.88 else noun
    return f"{text} {_one(rng, PLACE_PHRASES[thing.place])}" if with_place else text


def _relation(a: Thing, b: Thing, rng: np.random.Generator) -> str:
    """How the first of two things stands to the second."""
    if abs(a.x - b.x) < 0.2:
        return "above" if a.y < b.y else "below"
    return str(rng.choice(["next to", "left of" if a.x < b.x else "right of"]))


def say_background(rng: np.random.Generator, background: str) -> str:
    if background in BACKGROUND_PHRASES:
        return _one(rng, BACKGROUND_PHRASES[background])
    return plain_phrase(_one(rng, PLAIN_PHRASES), _one(rng, COLOUR_WORDS[background.removeprefix("plain ")]))


def say_things(rng: np.random.Generator, scene: Scene) -> str:
    things = list(scene.things)
    rng.shuffle(things)  # type: ignore[arg-type]
    with_colour = rng.random() < 0.95
    if len(things) == 2 and rng.random() < 0.25:
        said = [say_thing(rng, t, with_colour, False) for t in things]
        return f"{said[0]} {_relation(things[0], things[1], rng)} {said[1]}"
    placed = rng.random() < (0.75 if len(things) == 1 and things[0].place != "centre" else 0.3 if len(things) == 1 else 0.7)
    said = [say_thing(rng, t, with_colour, placed) for t in things]
    joint = str(rng.choice([" and ", " and ", ", ", " with "]))
    return joint.join(said) if len(said) < 3 else f"{said[0]}, {said[1]} and {said[2]}"


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One of many true captions; what is left out was left to the model."""
    if not scene.things:
        return f"{_one(rng, EMPTY_WORDS)} {say_background(rng, scene.background)}"
    parts = [say_things(rng, scene)]
    if rng.random() < 0.85:
        parts.append(say_background(rng, scene.background))
    text = (" " if rng.random() < 0.7 else ", ").join(parts)
    if len(parts) == 2 and rng.random() < 0.1:
        text = f"{parts[1]}, {parts[0]}"
    said_style = rng.random() < (0.15 if scene.style == "flat" else 0.8)
    if said_style:
        style = _one(rng, STYLE_PHRASES[scene.style])
        text = f"{style}, {text}" if rng.random() < 0.3 else f"{text}, {style}"
    if rng.random() < 0.15:
        text = f"{_one(rng, OPENERS)} {text}"
    return text
