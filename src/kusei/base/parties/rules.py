"""Names, places and relationships as people write them, brought to one form so that they can be compared. Pure."""

import re
import unicodedata

from kusei.base.parties.variants import BASES, SELECTORS, VARIANTS

# Compatibility ideographs are 異体字 that a name is registered with (U+FA19 神): normalising them would turn one name into another.
_NOT_VARIANTS = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_DASHES = re.compile("(?<=[0-9])[-‐‑‒–—―−ーｰ－](?=[0-9])")
_KANJI_NUMBER = re.compile("([一二三四五六七八九十]+)(?=丁目)")
_BETWEEN_NUMBERS = re.compile("(?<=[0-9])(?:丁目|番地の|番地|番|号|の|-)+")
_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九", start=1)}


def plain(text: str) -> str:
    """Characters of one width (NFKC) and no spaces; 異体字 are left alone."""
    return _one_width(
        "".join(_one_width(text).split())
    )  # again: without its space, an accent joins the letter before it


def _one_width(text: str) -> str:
    return _NOT_VARIANTS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)


def plain_kana(text: str) -> str:
    """A reading (フリガナ) in full-width katakana without spaces, whether typed in hiragana or half-width."""
    return plain(text).translate(_HIRAGANA_TO_KATAKANA)


def plain_name(text: str) -> str:
    """A name without spaces and in small Latin letters: 「墨田　花子」 is 墨田花子, `NGUYEN Van` is nguyenvan."""
    return plain(text).casefold()


_FOLD = str.maketrans(VARIANTS, BASES, SELECTORS)


def search_name(text: str) -> str:
    """A name as it is searched for: `plain_name` with 異体字 in their common form: 髙橋, 髙󠄀橋 and 高橋 are all 高橋."""
    return plain_name(text).translate(_FOLD)


_CORPORATE = re.compile("[1-9][0-9]{12}")


def corporate_check_digit(base: str) -> int:
    """The check digit of a corporate number's twelve further digits (法人番号の指定に関する省令第2条): 000012050002 has 7."""
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(base)))
    return 9 - total % 9


def is_corporate_number(text: str) -> bool:
    """Whether the 13 digits are a corporate number (法人番号): 7000012050002 (国税庁) is one."""
    return bool(_CORPORATE.fullmatch(text)) and int(text[0]) == corporate_check_digit(text[1:])


def plain_place(town: str, block: str) -> str:
    """Town and block (町名・番地) in one form: 吾妻橋一丁目 + 23番20号, 吾妻橋１ー２３ー２０ and 吾妻橋1丁目23-20 are 吾妻橋1-23-20."""
    town = _KANJI_NUMBER.sub(lambda found: str(_number(found[1])), plain(town))
    joint = "-" if town[-1:].isdigit() else ""
    whole = _DASHES.sub("-", town + joint + plain(block))
    return _BETWEEN_NUMBERS.sub("-", whole).strip("-")


def _number(kanji: str) -> int:
    """一 to 九十九, as towns are counted."""
    tens, ten, ones = kanji.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


# 続柄 stands towards the head of the household (世帯主), as 住民基本台帳事務処理要領 has it. For each relationship of the person who asks:
# the relationships which that person's own children have. A parent's or sibling's children can't be told apart, so they are not listed.
_OWN_CHILDREN = {
    "世帯主": {"子", "長男", "長女", "二男", "二女", "三男", "三女", "養子", "妻の子", "夫の子"},
    "子": {"子の子", "孫"},
    "子の妻": {"子の子", "孫"},
    "子の夫": {"子の子", "孫"},
    "妻の子": {"妻の子の子"},
    "夫の子": {"夫の子の子"},
}
_AS_HEAD = {"妻", "夫", "妻（未届）", "夫（未届）", "妻(未届)", "夫(未届)"}
_AS_CHILD = _OWN_CHILDREN["世帯主"] - {"妻の子", "夫の子"}


def are_children(relationship: str, other: str) -> bool:
    """Whether a member with the relationship `other` to the head is a child of, or brought up by, the one with `relationship`."""
    if relationship in _AS_HEAD:
        relationship = "世帯主"
    elif relationship in _AS_CHILD:
        relationship = "子"
    return other in _OWN_CHILDREN.get(relationship, ())
