"""Reading a PDF as a printer does: which outline of which font stands where on the page, in millimetres. Not by the text in it, which tells what was
meant and not what is drawn."""

from dataclasses import dataclass
from io import BytesIO

import pikepdf
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

MM = 72 / 25.4
IDENTITY = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True)
class Glyph:
    """A glyph drawn: its font, outline, and where its origin lies from the sheet's top left corner, with its size and width (mm)."""

    family: str
    outline: tuple
    x: float
    y: float
    size: float
    width: float


def outline(font: TTFont, name: str) -> tuple:
    """The outline of a glyph, so that two fonts' glyphs can be compared; composed ones taken apart."""
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return tuple((verb, tuple(points)) for verb, points in pen.value)


def times(first: tuple, second: tuple) -> tuple:
    """Two PDF matrices, one after the other (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def glyphs(content: bytes, page: int = 0) -> list[Glyph]:
    """Every glyph of a page, in the order in which they are drawn."""
    with pikepdf.open(BytesIO(content)) as document:
        return list(_drawn(document.pages[page]))


def _drawn(page: pikepdf.Page):
    fonts = {name: Font(raw) for name, raw in page.resources.get("/Font", {}).items()}
    height = float(page.mediabox[3])
    matrix, stack, font, size, place = IDENTITY, [], None, 0.0, IDENTITY
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "q":
                stack.append(matrix)
            case "Q":
                matrix = stack.pop()
            case "cm":
                matrix = times(tuple(map(float, operands)), matrix)
            case "BT":
                place = IDENTITY
            case "Tf":
                font, size = fonts[operands[0]], float(operands[1])
            case "Tm":
                place = tuple(map(float, operands))
            case "Td":
                place = times((1, 0, 0, 1, *map(float, operands)), place)
            case "Tj" | "TJ":
                for part in operands[0] if str(operator) == "TJ" else operands:
                    if not isinstance(part, pikepdf.String):
                        place = times((1, 0, 0, 1, -float(part) / 1000 * size, 0), place)
                        continue
                    for drawn, advance in font.read(bytes(part)):
                        a, b, _c, _d, e, f = times(place, matrix)
                        scale = (a * a + b * b) ** 0.5
                        yield Glyph(
                            font.family,
                            drawn,
                            e / MM,
                            (height - f) / MM,
                            size * scale / MM,
                            advance * size * scale / MM,
                        )
                        place = times((1, 0, 0, 1, advance * size, 0), place)


class Font:
    """A font embedded in a PDF (composite, two bytes a glyph)."""

    def __init__(self, raw: pikepdf.Object) -> None:
        below = raw.DescendantFonts[0]
        descriptor = below.FontDescriptor
        self.family = str(below.BaseFont).split("+")[-1]
        data = (descriptor.FontFile2 if "/FontFile2" in descriptor else descriptor.FontFile3).read_bytes()
        self.font, self.cff = _font(data)
        self.widths, self.default = {}, float(below.get("/DW", 1000)) / 1000
        given = list(below.get("/W", []))
        while given:
            first = int(given.pop(0))
            following = given.pop(0)
            if isinstance(following, pikepdf.Array):
                self.widths |= {first + at: float(width) / 1000 for at, width in enumerate(following)}
            else:
                width = float(given.pop(0)) / 1000
                self.widths |= dict.fromkeys(range(first, int(following) + 1), width)

    def read(self, text: bytes):
        """Outline and width of each glyph of a string."""
        for at in range(0, len(text), 2):
            code = int.from_bytes(text[at : at + 2], "big")
            yield self.outline(code), self.widths.get(code, self.default)

    def outline(self, code: int) -> tuple:
        if self.font is not None:
            return outline(self.font, self.font.getGlyphName(code))
        top = self.cff[self.cff.fontNames[0]]
        pen = DecomposingRecordingPen({})
        top.CharStrings[top.charset[code] if code < len(top.charset) else top.charset[0]].draw(pen)
        return tuple((verb, tuple(points)) for verb, points in pen.value)


def _font(data: bytes):
    from fontTools.cffLib import CFFFontSet

    if data[:4] in (b"\0\1\0\0", b"true", b"OTTO"):
        return TTFont(BytesIO(data)), None
    cff = CFFFontSet()
    cff.decompile(BytesIO(data), None)
    return None, cff
