"""Text without what nobody can see: the form in which text is kept and passes between installations (無害化). Pure."""

import re
import unicodedata
from typing import Any

# Surrogates, C0 and C1 controls (but tab and line feed), embeddings and isolates of direction, invisible operators, what is no character.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff\ufdd0-\ufdef"
    "\ud800-\udfff\U000e0001-\U000e007f]"
)
# 互換漢字: Unicode's normal forms would turn them into other characters, which in names (神 U+FA19, 塚 U+FA10) are not the same.
_KEPT = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")


def plain_text(text: str) -> str:
    """`text` in NFC, 互換漢字 as they are, line ends as \\n, without characters that show nothing or turn the direction.

    Doing it twice does it once. Variation selectors (異体字セレクタ) stay: they belong to names.
    """
    without = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if unicodedata.is_normalized("NFC", without):
        return without
    return "".join(
        part if _KEPT.fullmatch(part) else unicodedata.normalize("NFC", part) for part in _KEPT.split(without)
    )


def plain_value(value: Any) -> Any:
    """Whatever JSON holds, each text in it as `plain_text` gives it, keys too."""
    match value:
        case str():
            return plain_text(value)
        case dict():
            return {plain_text(str(key)): plain_value(each) for key, each in value.items()}
        case list() | tuple():
            return [plain_value(each) for each in value]
    return value
