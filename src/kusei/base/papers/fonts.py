"""The fonts papers are set in, and which characters they have.

IPAexGothic comes with Kusei's packages and is always first, so that a paper looks the same everywhere; the system's Noto CJK and IPAmj明朝, where
installed, add what it lacks. Typst prints the base form of a character, without a word, where a font has no glyph for its variation
selector (異体字セレクタ, IVS); so what can't be printed is found here, before anything is set or numbered. Characters of private use
(外字, U+E000 and on) mean something else in every font, and are never printed.
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
PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


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
    blank = font.getGlyphOrder()[0]  # .notdef, the box
    characters = frozenset(code for code, glyph in font.getBestCmap().items() if glyph != blank)
    family = font["name"].getDebugName(1)
    font.close()
    return Face(family, path, characters, frozenset(variants))


@cache
def faces() -> tuple[Face, ...]:
    """The fonts there are, in the order in which they are asked for a character. Read once; raises NoFont."""
    others = [folder / name for folder in PLACES for name in WANTED if (folder / name).is_file()]
    return tuple(_face(path) for path in [ipaex(), *others])


@dataclass(frozen=True)
class Set:
    """How a text is set: `lacking` are the characters that can't be printed, each once, with the selector where that is what is missing;
    `forms` the characters with a selector that another font prints than the first that has the character: (characters, family)."""

    lacking: list[str]
    forms: list[tuple[str, str]]


def set_in(text: str, available: tuple[Face, ...] | None = None) -> Set:
    """Find the font of every character of `text`. A character is set in the first font that has it; one with a variation selector in the
    first font that has that very form."""
    available = faces() if available is None else available
    lacking: dict[str, None] = {}
    forms: dict[str, str] = {}
    before = ""
    for index, character in enumerate(text):
        following = text[index + 1 : index + 2]
        code, selected = ord(character), bool(following) and _selects(ord(following))
        alone, before = _selects(code) and (before in ("", "\n", "\t") or _selects(ord(before))), character
        if character in "\n\t" or (_selects(code) and not alone):
            continue
        face = next((face for face in available if code in face.characters), None)
        if face is None or alone or _private(code):
            lacking[character] = None
        elif selected and (own := _with_form(available, code, ord(following))) is None:
            lacking[character + following] = None
        elif selected and own is not face:
            forms[character + following] = own.family
    return Set(list(lacking), list(forms.items()))


def missing(text: str, available: tuple[Face, ...] | None = None) -> list[str]:
    """The characters of `text` that can't be printed, each once, with the variation selector where that is what is missing."""
    return set_in(text, available).lacking


def _with_form(available: tuple[Face, ...], code: int, selector: int) -> Face | None:
    return next((face for face in available if (code, selector) in face.variants), None)


def _selects(code: int) -> bool:
    return any(code in selectors for selectors in SELECTORS)


def _private(code: int) -> bool:
    return any(code in codes for codes in PRIVATE)


def lacks() -> list[str]:
    """What the fonts of this machine lack for papers, in words; empty where Noto Sans CJK and IPAmj明朝 are both there."""
    there = {face.family for face in faces()}
    return [
        f"{name} is not installed: {what}; install the package {package}"
        for name, family, what, package in (
            (
                "Noto Sans CJK",
                "Noto Sans CJK JP",
                "characters outside JIS X 0213 and most variation sequences (Adobe-Japan1)",
                "fonts-noto-cjk",
            ),
            ("IPAmj明朝", "IPAmjMincho", "the variation sequences of the registers (Moji_Joho)", "fonts-ipamj-mincho"),
        )
        if family not in there
    ]
