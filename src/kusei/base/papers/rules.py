"""What a paper is called, and what of it can be corrected. Pure."""

from collections.abc import Mapping
from datetime import date

from kusei.base.kernel.calendar import era_of, fiscal_year, fiscal_year_days

LONGEST_REASON = 1000
FIXED = frozenset(
    {"number", "date", "issuer", "check_code", "check_address", "title", "mark", "signed", "receipt", "envelope"}
)
"""Texts that the issuing gives and no correction changes."""


def letter(ward: str, department: str) -> str:
    """The letter of a series (文書記号): the first characters of ward and section; 墨田区, 子育て支援課 → 墨子."""
    return ward[:1] + department[:1]


def number(letter_: str, day: date, count: int) -> str:
    """The number of a paper (文書番号) such as 令8墨子第123号: era and fiscal year (年度) of its day, letter, running count."""
    last = fiscal_year_days(fiscal_year(day))[1]
    era = era_of(last)
    year = fiscal_year(day) - era.year_one + 1
    return f"{era.name[0]}{year if year != 1 else '元'}{letter_}第{count}号"


def correctable(content: Mapping) -> dict[str, str]:
    """The texts of a paper that a correction may change, by the path to each (`addressee/name`, `facts/0/1`): every text but those fixed."""
    return {path: text for key, value in content.items() if key not in FIXED for path, text in _texts(value, key)}


def _texts(value: object, path: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(path, value)]
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    return [found for key, part in parts for found in _texts(part, f"{path}/{key}")]


def corrected(content: Mapping, changes: Mapping[str, str]) -> dict:
    """The content with the texts at these paths put in place of its own; paths that `correctable` does not know are passed over."""
    known = correctable(content)
    return _with(content, {path: text for path, text in changes.items() if path in known}, "")


def _with(value, changes: Mapping[str, str], path: str):
    if isinstance(value, str):
        return changes.get(path, value)
    if isinstance(value, Mapping):
        return {key: _with(part, changes, f"{path}/{key}" if path else key) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with(part, changes, f"{path}/{key}") for key, part in enumerate(value)]
    return value
