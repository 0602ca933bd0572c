"""A bank account as people write it, checked and put into the form banks use (全銀). Pure.

Sources: 全国銀行協会 standard record formats (characters a holder's name may have); ゆうちょ銀行's published conversion of
記号・番号 into 店番 and 口座番号 for transfers from other banks (店番 = digits 2–3 of the 記号 followed by 8, number without its last digit).
"""

import re
import unicodedata

POST_BANK = "9900"
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_LETTERS = re.compile(r"[ァ-ヴー0-9A-Z().,/\- ]+")
_HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def plain_digits(text: str) -> str:
    """Digits as ASCII: full-width ones folded, spaces and hyphens dropped; other characters stay, to be refused later."""
    return re.sub(r"[\s\-‐-―ー－]", "", unicodedata.normalize("NFKC", text))


def holder_kana(text: str) -> str:
    """A holder's name as banks keep it: katakana without small letters, ASCII capitals, single spaces. Raises ValueError."""
    folded = unicodedata.normalize("NFKC", text).translate(_HIRAGANA).upper()
    folded = re.sub(r"[-‐-―−]", "ー", folded)
    folded = re.sub(r"\s+", " ", folded).strip()
    if not folded or not _LETTERS.fullmatch(folded):
        raise ValueError("holder")
    return folded.translate(_SMALL)


def same_person(holder: str, kana: str) -> bool | None:
    """Whether a holder's name is the person's (kana from the register), spaces and small letters aside; None where it can't be told
    by machine: no kana in the register, or a name written in Latin letters."""
    if not kana or re.search(r"[A-Z]", holder):
        return None
    try:
        return holder_kana(holder).replace(" ", "") == holder_kana(kana).replace(" ", "")
    except ValueError:
        return None


def post_bank(symbol: str, number: str) -> tuple[str, str] | None:
    """Branch (店番, 3 digits) and account number (7 digits) from ゆうちょ's 記号 (5 digits) and 番号 (up to 8); None if not a 総合口座."""
    if not re.fullmatch(r"1\d{3}0", symbol) or not re.fullmatch(r"\d{2,8}", number) or number[-1] != "1":
        return None
    return symbol[1:3] + "8", number[:-1].zfill(7)
