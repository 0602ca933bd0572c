"""The fonts papers are set in, and which characters they have.

IPAexGothic comes with Kusei's packages and is always first, so that a paper looks the same everywhere; the system's Noto CJK and IPAmj明朝, where
installed, add what it lacks. Typst prints the base form of a character, without a word, where a font has no glyph for its variation
selector (異体字セレクタ, IVS); so what can't be printed is found here, before anything is set.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

PLACES = (
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/truetype/ipamj"),
    Path("/usr/share/fonts/opentype/ipamj"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
)
WANTED = ("NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "ipamjm.ttf")
SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


class NoFont(RuntimeError):
    """IPAexGothic isn't installed: `./kusei` installs it with the other packages."""


@dataclass(frozen=True)
class Face:
    """A font: its family, where it lies, the characters it has, and the (character, selector) pairs it has a form for."""

    family: str
    path: Path
    characters: frozenset[int]
    variants: frozenset[tuple[int, int]]


def ipaex() -> Path:
    """Where IPAexGothic lies. The package that brings it is not imported: it would want matplotlib. Raises NoFont."""
    spec = importlib.util.find_spec("matplotlib_fontja")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "fonts" / "ipaexg.ttf"
        if path.is_file():
            return path
    raise NoFont("the font IPAexGothic is missing: run ./kusei to install what requirements/fonts.txt names")


def _japanese(path: Path) -> TTFont:
    if path.suffix != ".ttc":
        return TTFont(path, lazy=True)
    fonts = TTCollection(path, lazy=True).fonts
    return next(font for font in fonts if font["name"].getDebugName(1).endswith("JP"))


def _face(path: Path) -> Face:
    font = _japanese(path)
    variants = {
        (base, selector)
        for table in font["cmap"].tables
        if table.format == 14
        for selector, pairs in table.uvsDict.items()
        for base, _glyph in pairs
    }
    return Face(font["name"].getDebugName(1), path, frozenset(font.getBestCmap()), frozenset(variants))


@cache
def faces() -> tuple[Face, ...]:
    """The fonts there are, in the order in which they are asked for a character. Read once; raises NoFont."""
    others = [folder / name for folder in PLACES for name in WANTED if (folder / name).is_file()]
    return tuple(_face(path) for path in [ipaex(), *others])


def missing(text: str, available: tuple[Face, ...] | None = None) -> list[str]:
    """The characters of `text` that can't be printed, each once, with its variation selector where that is what is missing.

    A character is set in the first font that has it, and it is that font that must have the variant.
    """
    available = faces() if available is None else available
    lacking: dict[str, None] = {}
    for index, character in enumerate(text):
        following = ord(text[index + 1]) if index + 1 < len(text) else 0
        code = ord(character)
        if character in "\n\t" or _selects(code):
            continue
        face = next((face for face in available if code in face.characters), None)
        if face is None:
            lacking[character] = None
        elif _selects(following) and (code, following) not in face.variants:
            lacking[character + text[index + 1]] = None
    return list(lacking)


def _selects(code: int) -> bool:
    return any(code in selectors for selectors in SELECTORS)
