"""A ward's colours: the key colour from its file, a darker one for hovering and a tint for grounds, all readable (WCAG 2.2, 1.4.3)."""

from functools import cache
from hashlib import sha256

READABLE = 4.5
BLACK, WHITE = (0, 0, 0), (255, 255, 255)

Colour = tuple[int, int, int]


def parse(text: str) -> Colour:
    """`#rrggbb` as red, green and blue, 0 to 255. Raises ValueError."""
    if len(text) != 7 or text[0] != "#":
        raise ValueError(f"not a colour: {text!r}")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:], 16)


def written(colour: Colour) -> str:
    """A colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def scheme(key: str) -> dict[str, str]:
    """The custom properties that make a ward's look out of its key colour.

    The tint is the strongest, up to a tenth, on which text in the key colour can still be read. Raises ValueError where the key
    colour can't be read on white.
    """
    colour = parse(key)
    if contrast(colour, WHITE) < READABLE:
        raise ValueError(f"{key} on white has a contrast of {contrast(colour, WHITE):.2f}; {READABLE} is needed")
    tints = (mix(WHITE, colour, share / 100) for share in range(10, -1, -1))
    soft = next(tint for tint in tints if contrast(colour, tint) >= READABLE)
    return {
        "--ward-key": written(colour),
        "--ward-key-dark": written(mix(colour, BLACK, 0.3)),
        "--ward-key-soft": written(soft),
    }


@cache
def stylesheet(key: str) -> tuple[str, str]:
    """The ward's stylesheet and its digest, which goes into the address so that browsers may keep it for a year."""
    css = ":root{" + "".join(f"{name}:{value};" for name, value in scheme(key).items()) + "}\n"
    return css, sha256(css.encode()).hexdigest()[:12]
