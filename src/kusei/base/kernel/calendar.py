"""Days as the ward counts them: eras (和暦), fiscal years (年度), ages, national holidays and business days. Pure, but for one data file.

Instants belong to `clock`; everything here is a date in Japan.
"""

import re
import unicodedata
from calendar import SATURDAY, SUNDAY, monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import floor
from pathlib import Path
from types import MappingProxyType

import yaml
from django.utils.translation import gettext as _

WARDS = Path(__file__).resolve().parents[4] / "wards"
DAY = timedelta(days=1)
LATEST = date(2100, 12, 31)
"""The last day that is read: terms and ages reckoned from it are still dates, and its holidays are known."""


class NoSuchDate(ValueError):
    """The text names no day; `str(error)` says in the reader's language what is wrong and what to do."""


# ---- eras (元号) ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Era:
    """An era (元号) and the days that bore its name, both inclusive."""

    name: str
    letter: str
    first: date
    last: date
    year_one: int


# The Gregorian calendar began on Meiji 6-1-1; days before it have other months and are refused. On 30 July 1912 and 25 December 1926
# the old name was in use until the rescript of that day, and registers of births hold both, so both are read and the new one written.
ERAS = (
    Era("明治", "M", date(1873, 1, 1), date(1912, 7, 30), 1868),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 25), 1912),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7), 1926),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30), 1989),
    Era("令和", "R", date(2019, 5, 1), date.max, 2019),
)
_BY_NAME = {key: era for era in ERAS for key in (era.name, era.name[0], era.letter)}
_SEPARATED = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日|(\d{4})(\d{2})(\d{2})")
_WAREKI = re.compile(r"(明治|大正|昭和|平成|令和|[明大昭平令MTSHR])(\d{1,2}|元)[年./-](\d{1,2})[月./-](\d{1,2})日?")


def era_of(day: date) -> Era:
    """The era whose name the day is written with. Raises NoSuchDate before 1 January 1873."""
    for era in reversed(ERAS):
        if day >= era.first:
            return era
    raise NoSuchDate(_("明治5年以前の日付は西暦に直せません。"))


def _year_in(era: Era, year: int) -> str:
    count = year - era.year_one + 1
    return "元" if count == 1 else str(count)


def wareki(day: date) -> str:
    """The day in the Japanese calendar (和暦), such as 令和8年11月21日, the first year as 元年."""
    era = era_of(day)
    return f"{era.name}{_year_in(era, day.year)}年{day.month}月{day.day}日"


def from_wareki(text: str) -> date:
    """The day a 和暦 text names: 令和8年11月21日, R8.11.21, 昭和64年1月7日, 令和元年5月1日, also in full-width characters.

    Raises NoSuchDate for what is not in this form, for days that are not in the month, and for days that never were in that era
    (昭和64年1月8日, 平成31年5月1日, 令和元年4月30日).
    """
    found = _WAREKI.fullmatch(_plain(text))
    if not found:
        raise NoSuchDate(_("日付として読み取れません。「令和8年4月1日」または「2026-04-01」のように書いてください。"))
    era = _BY_NAME[found[1]]
    count = 1 if found[2] == "元" else int(found[2])
    if count == 0:
        raise NoSuchDate(_("年は元年（1年）から数えます。"))
    day = _date(era.year_one + count - 1, int(found[3]), int(found[4]))
    if not era.first <= day <= era.last:
        try:
            hint = _("%(day)s のことであれば、そのように書いてください。") % {"day": wareki(day)}
        except NoSuchDate as error:
            hint = str(error)
        raise NoSuchDate(_("%(text)s という日はありません。") % {"text": text.strip()} + hint)
    return day


def read_date(text: str) -> date:
    """The day a person typed: ISO 8601 (2026-11-21, 20261121), 2026/11/21, 2026年11月21日, or 和暦. Raises NoSuchDate, also
    before 1 January 1873 and after `LATEST`."""
    found = _SEPARATED.fullmatch(_plain(text))
    if not found:
        return from_wareki(text)
    return _date(*(int(part) for part in found.groups() if part is not None))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def _date(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise NoSuchDate(_("月は1から12までで書いてください。"))
    if not 1 <= year <= 9999 or not 1 <= day <= monthrange(year, month)[1]:
        raise NoSuchDate(
            _("%(year)s年%(month)s月に%(day)s日はありません。") % {"year": year, "month": month, "day": day}
        )
    found = date(year, month, day)
    era_of(found)
    if found > LATEST:
        raise NoSuchDate(_("%(year)s年までの日付にしてください。") % {"year": LATEST.year})
    return found


# ---- fiscal years (年度) ---------------------------------------------------------------------------------------------------


def fiscal_year(day: date) -> int:
    """The fiscal year (会計年度, 地方自治法第208条) a day belongs to: 1 April 2026 to 31 March 2027 is 2026."""
    return day.year - (day.month < 4)


def fiscal_year_days(year: int) -> tuple[date, date]:
    """First and last day of a fiscal year."""
    return date(year, 4, 1), date(year + 1, 3, 31)


def fiscal_year_name(year: int) -> str:
    """The fiscal year in the Japanese calendar, such as 令和8年度; the year an era changed bears the era it had at its end."""
    first, last = fiscal_year_days(year)
    era = era_of(last)
    if year < era.year_one:
        era = era_of(first)
    return f"{era.name}{_year_in(era, year)}年度"


# ---- ages (年齢計算ニ関する法律) ---------------------------------------------------------------------------------------------


def reaches(birth: date, years: int) -> date:
    """The day on which an age is reached (N歳に達する日): at its end, so the day before the birthday.

    年齢計算ニ関する法律, 民法第143条: who was born on 1 April reaches 18 on 31 March; who was born on 29 February, on 28 February.
    """
    if (birth.month, birth.day) == (2, 29):
        return date(birth.year + years, 2, 28)
    return birth.replace(year=birth.year + years) - DAY


def age_on(birth: date, day: date) -> int:
    """Full years of age (満年齢) during the day; negative before birth is refused with ValueError."""
    if day < birth:
        raise ValueError(f"{day} is before the birth on {birth}")
    years = day.year - birth.year
    return years - (reaches(birth, years) >= day) if years else 0


def first_march_31(birth: date, years: int) -> date:
    """「N歳に達する日以後の最初の3月31日」: the end of the school year in which the age is reached."""
    day = reaches(birth, years)
    end = date(day.year, 3, 31)
    return end if end >= day else date(day.year + 1, 3, 31)


# ---- holidays and business days (休日・開庁日) ----------------------------------------------------------------------------------


@cache
def _rules() -> dict:
    return yaml.safe_load((WARDS / "_common" / "holidays.yaml").read_text("utf-8"))


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _holds(rule: Mapping, year: int) -> bool:
    return rule.get("since", 0) <= year <= rule.get("until", year)


def _equinox(rule: Mapping, year: int) -> date:
    """春分の日 or 秋分の日: as the calendar notice (暦要項) said, else by its rule of thumb (略算式)."""
    at = next(each["day"] for each in rule["at"] if _holds(each, year))
    day = rule["notice"].get(year) or floor(at + 0.242194 * (year - 1980)) - floor((year - 1980) / 4)
    return date(year, rule["month"], day)


def _named_holidays(year: int) -> dict[date, dict[str, str]]:
    """The holidays of 国民の祝日に関する法律第2条, as they were in that year."""
    rules = _rules()
    days = {date(year, *_month_day(rule["day"])): rule["name"] for rule in rules["fixed"] if _holds(rule, year)}
    for rule in rules["mondays"]:
        if _holds(rule, year):
            first = date(year, rule["month"], 1)
            days[first + timedelta(days=-first.weekday() % 7 + 7 * (rule["nth"] - 1))] = rule["name"]
    for equinox in (rules["equinoxes"]["spring"], rules["equinoxes"]["autumn"]):
        days[_equinox(equinox, year)] = equinox["name"]
    return days


def _substitutes(named: Mapping[date, object], year: int) -> list[date]:
    """第3条第2項: for a holiday on a Sunday the next day that is none."""
    rule, found = _rules()["substitute"], []
    for day in named:
        if day.weekday() != SUNDAY or day < rule["from"]:
            continue
        following = day + DAY
        while following in named and year > rule["next_day_only_until"]:
            following += DAY
        found += [following] if following not in named else []
    return found


@cache
def holidays(year: int) -> Mapping[date, Mapping[str, str]]:
    """All national holidays (休日) of a calendar year with their names by language, in order, substitute days included.

    Raises NoSuchDate for years before the law (1948) and for those whose equinoxes nobody knows yet (after 2150).
    """
    rules = _rules()
    if not rules["years"]["first"] <= year <= rules["years"]["last"]:
        raise NoSuchDate(
            _("%(year)s年の祝日は分かりません。%(first)s年から%(last)s年までの日付にしてください。")
            % {"year": year, **rules["years"]}
        )
    named = _named_holidays(year)
    days = named | dict.fromkeys(_substitutes(named, year), rules["substitute"]["name"])
    for day in named:  # 第3条第3項: the day between two holidays
        middle = day + DAY
        if (
            _holds(rules["between"], year)
            and middle + DAY in named
            and middle not in days
            and middle.weekday() != SUNDAY
        ):
            days[middle] = rules["between"]["name"]
    return MappingProxyType(dict(sorted(days.items())))


def holiday(day: date) -> Mapping[str, str] | None:
    """The name by language of the national holiday on that day, or None."""
    return holidays(day.year).get(day)


def is_business_day(day: date) -> bool:
    """Whether ward offices are open: no Saturday, Sunday, national holiday, nor 29 December to 3 January (地方自治法第4条の2)."""
    yearly = _rules()["closed"]["yearly"]
    here = (day.month, day.day)
    if day.weekday() in (SATURDAY, SUNDAY) or here >= _month_day(yearly["from"]) or here <= _month_day(yearly["to"]):
        return False
    return holiday(day) is None


def business_day_from(day: date) -> date:
    """The day itself if offices are open, else the next open day: a term that ends on a closed day ends then (同条第4項)."""
    while not is_business_day(day):
        day += DAY
    return day


def business_days_after(day: date, count: int) -> date:
    """The `count`-th open day after `day`, which is not counted itself (初日不算入, 民法第140条); for 0 see `business_day_from`."""
    if count < 0:
        raise ValueError("business days are counted forwards")
    if count == 0:
        return business_day_from(day)
    for _nth in range(count):
        day = business_day_from(day + DAY)
    return day


def business_days_between(start: date, end: date) -> int:
    """How many open days lie after `start` up to and including `end`; negative where `end` is earlier."""
    if end < start:
        return -business_days_between(end, start)
    return sum(is_business_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def term_end(start: date, days: int) -> date:
    """The last day of a term of so many calendar days, `start` not counted, put off to an open day."""
    return business_day_from(start + timedelta(days=days))


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months after the one `month` lies in (before it where negative)."""
    year, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(year, index + 1, 1)


def months_end(first: date, months: int) -> date:
    """The last day of a term of whole months that begins with the day `first`: the day before the same day of the last month, or that month's
    end where it has no such day (民法143条2項)."""
    last = add_months(first, months)
    if first.day > monthrange(last.year, last.month)[1]:
        return add_months(last, 1) - DAY
    return last.replace(day=first.day) - DAY
