"""What a paper is called: its letter and number. Pure."""

from datetime import date

from kusei.base.kernel.calendar import era_of, fiscal_year, fiscal_year_days


def letter(ward: str, department: str) -> str:
    """The letter of a series (文書記号): the first characters of ward and section; 墨田区, 子育て支援課 → 墨子."""
    return ward[:1] + department[:1]


def number(letter_: str, day: date, count: int) -> str:
    """The number of a paper (文書番号) such as 令8墨子第123号: era and fiscal year (年度) of its day, letter, running count."""
    last = fiscal_year_days(fiscal_year(day))[1]
    era = era_of(last)
    year = fiscal_year(day) - era.year_one + 1
    return f"{era.name[0]}{year if year != 1 else '元'}{letter_}第{count}号"
