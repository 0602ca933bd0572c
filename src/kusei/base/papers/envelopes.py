"""Window envelopes (窓空き封筒): where on the sheet the address must stand to be read through the window.

There is no standard for the window's place (JIS S 5502 fixes only the size of the envelope): these are the measures of common makes, and the
place where a letter may print lies 4 mm inside. The folded sheet lies in the envelope's top left corner.
"""

from dataclasses import dataclass

NAGA3 = "naga3"
MARGIN = 4
"""Millimetres by which text keeps away from the window's edges."""


@dataclass(frozen=True)
class Window:
    """Where the address may stand, in millimetres from the sheet's top left corner. `title` names envelope and fold."""

    title: str
    left: int
    top: int
    width: int
    height: int


def window(title: str, left: int, top: int, width: int, height: int) -> Window:
    """The place of an address inside an envelope's window, given the window itself."""
    return Window(title, left + MARGIN, top + MARGIN, width - 2 * MARGIN, height - 2 * MARGIN)


ENVELOPES = {
    NAGA3: window("長形3号（A4を三つ折り）", 20, 15, 90, 45),
    "kaku2": window("角形2号（A4を折らずに）", 20, 18, 100, 45),
}
