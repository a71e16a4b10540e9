"""Every word the captions use, grouped by what it says. `vocabulary.json` is written from here."""

from __future__ import annotations

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "sun": ("sun",),
    "moon": ("moon", "crescent moon"),
    "star": ("star",),
    "cloud": ("cloud",),
    "mountain": ("mountain", "mountains"),
    "tree": ("tree",),
    "pine": ("pine", "pine tree", "fir"),
    "flower": ("flower", "daisy"),
    "mushroom": ("mushroom", "toadstool"),
    "cactus": ("cactus",),
    "apple": ("apple",),
    "leaf": ("leaf",),
    "house": ("house", "cottage"),
    "castle": ("castle",),
    "lighthouse": ("lighthouse",),
    "boat": ("boat", "sailing boat", "ship"),
    "car": ("car",),
    "rocket": ("rocket", "spaceship"),
    "balloon": ("balloon", "hot air balloon"),
    "umbrella": ("umbrella",),
    "cup": ("cup", "mug"),
    "crown": ("crown",),
    "fish": ("fish",),
    "cat": ("cat", "kitten"),
    "bird": ("bird",),
    "butterfly": ("butterfly",),
    "snowman": ("snowman",),
    "heart": ("heart",),
    "circle": ("circle", "disc"),
    "square": ("square",),
    "triangle": ("triangle",),
    "tulip": ("tulip",),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red",),
    "orange": ("orange",),
    "yellow": ("yellow",),
    "green": ("green",),
    "blue": ("blue",),
    "purple": ("purple", "violet"),
    "pink": ("pink",),
    "brown": ("brown",),
    "black": ("black",),
    "white": ("white",),
    "grey": ("grey", "gray"),
    "turquoise": ("turquoise", "teal"),
}
SIZE_WORDS: dict[str, tuple[str, ...]] = {"small": ("small", "little", "tiny"), "": (), "big": ("big", "large", "huge")}
BACKGROUND_PHRASES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "on a sunny day", "under a blue sky", "in daylight", "on green grass"),
    "night": ("at night", "under a starry sky", "in the night", "by night"),
    "sunset": ("at sunset", "in the evening", "at dusk", "in front of a sunset"),
    "sea": ("at sea", "by the sea", "on the ocean", "on the water"),
    "field": ("in a field", "in a meadow", "in a field of flowers", "on the hills"),
    "desert": ("in the desert", "on sand", "among the dunes", "in a desert"),
    "snow": ("in the snow", "in winter", "on a snowy day", "in falling snow"),
}
PLAIN_PHRASES = ("on a {} background", "on {}", "on a plain {} background", "in front of a {} background", "{} background")
PLACE_PHRASES: dict[str, tuple[str, ...]] = {
    "centre": ("in the centre", "in the middle", "in the center"),
    "left": ("on the left", "at the left", "on the left side"),
    "right": ("on the right", "at the right", "on the right side"),
    "top": ("at the top", "at the top of the picture"),
    "bottom": ("at the bottom", "at the bottom of the picture"),
    "top left": ("at the top left", "in the top left corner"),
    "top right": ("at the top right", "in the top right corner"),
    "bottom left": ("at the bottom left", "in the bottom left corner"),
    "bottom right": ("at the bottom right", "in the bottom right corner"),
}
STYLE_PHRASES: dict[str, tuple[str, ...]] = {
    "flat": ("flat", "flat style", "flat illustration"),
    "outline": ("outline style", "with outlines", "outlined", "with black outlines"),
    "pastel": ("pastel", "pastel colours", "in soft pastel colors"),
}
OPENERS = ("a picture of", "an illustration of", "a drawing of", "a poster of")
EMPTY_WORDS = ("a picture", "an illustration", "a drawing", "a poster")


def known_words() -> list[str]:
    """All single words of the captions, sorted: what the starter model understands."""
    groups = [
        *KIND_WORDS.values(),
        *COLOUR_WORDS.values(),
        *SIZE_WORDS.values(),
        *BACKGROUND_PHRASES.values(),
        *PLACE_PHRASES.values(),
        *STYLE_PHRASES.values(),
        PLAIN_PHRASES,
        OPENERS,
        EMPTY_WORDS,
        ("and", "with", "next to", "that is", "left of", "right of", "above", "below", "two things"),
    ]
    return sorted({word for group in groups for phrase in group for word in phrase.replace("{}", "").split()})


def with_article(noun: str) -> str:
    """ "a red house", "an orange cat", "mountains"."""
    if noun.endswith("mountains"):
        return noun
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def plain_phrase(phrase: str, colour: str) -> str:
    """ "on a {} background" with the colour and the article it needs."""
    return phrase.replace("a {}", with_article(colour)).format(colour)
