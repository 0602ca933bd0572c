"""Texts that are data: a mapping of language to text, as wards write it in YAML, and the punctuation of each language.

Authors write Japanese, やさしい日本語 and English. What the other languages say stands in their catalogues, under the Japanese text, in the
context `DATA`: so it holds for every file, snapshot and row that says the same. A ward may also write a language of its own into a mapping;
that comes first.
"""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import get_language

from kusei.base.kernel import spoken
from kusei.base.kernel.calendar import wareki

LANGUAGES = ("ja", "ja-easy", "en", "zh-hans", "ko", "tl", "ne", "vi")
WRITTEN = ("ja", "ja-easy", "en")
"""What every text that is data must be written in."""
DATA = "data"
"""The context (msgctxt) of such texts in the catalogues."""
HTML_LANGUAGE = {"ja-easy": "ja", "zh-hans": "zh-Hans"}
"""Language tags for HTML (BCP 47) where they differ from our codes."""
FULL_WIDTH = ("ja", "ja-easy", "zh-hans")
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "tl": "Enero Pebrero Marso Abril Mayo Hunyo Hulyo Agosto Setyembre Oktubre Nobyembre Disyembre",
    "ne": "जनवरी फेब्रुअरी मार्च अप्रिल मे जुन जुलाई अगस्ट सेप्टेम्बर अक्टोबर नोभेम्बर डिसेम्बर",
}
KOREAN_ERAS = {"令和": "레이와", "平成": "헤이세이", "昭和": "쇼와", "大正": "다이쇼", "明治": "메이지"}


def html_language(code: str) -> str:
    """A language of ours as the `lang` attribute names it."""
    return HTML_LANGUAGE.get(code, code)


def text(mapping: Mapping[str, str] | str | None, language: str | None = None) -> str:
    """The text in the wanted (default: the active) language, else in やさしい日本語, else in Japanese."""
    if not mapping or isinstance(mapping, str):
        return mapping or ""
    wanted = language or get_language() or "ja"
    if wanted == "ja":
        return mapping["ja"]
    own = mapping.get(wanted)
    if own or wanted in WRITTEN:
        return own or mapping.get("ja-easy") or mapping["ja"]
    return spoken.found(DATA, mapping["ja"], wanted) or mapping.get("ja-easy") or mapping["ja"]


# ---- dates and punctuation -------------------------------------------------------------------------------------------------


def day(value: date, language: str | None = None) -> str:
    """A date as the (default: the active) language writes it: 令和8年11月21日, 2026年11月21日（令和8年）, 21 November 2026.

    Languages that know the Japanese calendar give its year besides the common era's.
    """
    language = language or get_language() or "ja"
    if language == "ja":
        return wareki(value)
    era = wareki(value).partition("年")[0]
    match language:
        case "ja-easy" | "zh-hans":
            return f"{value.year}年{value.month}月{value.day}日（{era}年）"
        case "ko":
            return (
                f"{value.year}년 {value.month}월 {value.day}일({KOREAN_ERAS[era[:2]]} {era[2:].replace('元', '1')}년)"
            )
        case "vi":
            return f"ngày {value.day} tháng {value.month} năm {value.year}"
        case "tl":
            return f"{_month(value, 'tl')} {value.day}, {value.year}"
        case "ne":
            return f"{value.year} {_month(value, 'ne')} {value.day}"
        case _:
            return f"{value.day} {_month(value, 'en')} {value.year}"


def _month(value: date, language: str) -> str:
    return MONTHS[language].split()[value.month - 1]


def number(value: int, language: str | None = None) -> str:
    """A whole number as the (default: the active) language groups it: 10,000, in Vietnamese 10.000."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if (language or get_language()) == "vi" else grouped


def colon(label: str) -> str:
    """A label with the active language's colon, for what follows: 氏名： and "Name: "."""
    return f"{label}：" if get_language() in FULL_WIDTH else f"{label}: "


def pair(label: str, value: str) -> str:
    """A label and its value: 氏名：花子, Name: Hanako."""
    return colon(label) + value


def beside(main: str, more: str) -> str:
    """A text with another in the active language's brackets: 本店（001）, Main branch (001)."""
    return f"{main}（{more}）" if get_language() in FULL_WIDTH else f"{main} ({more})"


def row(*parts: str) -> str:
    """Texts beside each other, as the active language sets them apart; empty ones are left out."""
    return ("　" if get_language() in FULL_WIDTH else ", ").join(part for part in parts if part)
