"""Days: eras, ages, fiscal years, holidays and business days, the last checked against a foreign library."""

import itertools
from datetime import date, timedelta

import holidays as foreign
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel import calendar
from kusei.base.kernel.calendar import DAY, ERAS, NoSuchDate

COVERED = st.dates(date(2022, 1, 4), date(2040, 9, 30))
SINCE_MEIJI_6 = st.dates(date(1873, 1, 1), calendar.LATEST)
BIRTHS = st.dates(date(1900, 1, 1), date(2030, 12, 31))


# ---- eras ----


@given(SINCE_MEIJI_6)
def test_every_day_survives_the_way_through_wareki(day):
    assert calendar.from_wareki(calendar.wareki(day)) == day


@given(SINCE_MEIJI_6)
def test_short_wareki_and_iso_forms_name_the_same_day(day):
    era = calendar.era_of(day)
    short = f"{era.letter}{day.year - era.year_one + 1}.{day.month}.{day.day}"
    forms = [
        short,
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    assert {calendar.read_date(form) for form in forms} == {day}


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(2026, 11, 21), "令和8年11月21日"),
    ],
)
def test_wareki_at_the_turns_of_eras(day, text):
    assert calendar.wareki(day) == text


@pytest.mark.parametrize(
    "text", ["令和８年１１月２１日", " R8.11.21 ", "r8/11/21", "令8.11.21", "㋿8年11月21日", "２０２６－１１－２１"]
)
def test_full_width_and_short_forms_are_read(text):
    assert calendar.read_date(text) == date(2026, 11, 21)


def test_both_names_of_the_two_days_that_bore_two_are_read():
    assert calendar.from_wareki("大正15年12月25日") == calendar.from_wareki("昭和元年12月25日") == date(1926, 12, 25)
    assert calendar.from_wareki("明治45年7月30日") == calendar.from_wareki("大正元年7月30日") == date(1912, 7, 30)


@pytest.mark.parametrize(
    "never",
    [
        "昭和64年1月8日",
        "平成31年5月1日",
        "平成元年1月7日",
        "令和元年4月30日",
        "昭和元年12月24日",
        "大正元年7月29日",
        "明治5年12月2日",
    ],
)
def test_wareki_that_never_was_is_refused(never):
    with pytest.raises(NoSuchDate):
        calendar.from_wareki(never)


def test_the_refusal_names_the_day_that_was_meant():
    with pytest.raises(NoSuchDate, match="平成元年1月8日"):
        calendar.from_wareki("昭和64年1月8日")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "きのう",
        "令和0年1月1日",
        "令和8年13月1日",
        "令和8年2月29日",
        "2025-02-29",
        "2025-00-10",
        "0000-01-01",
        "令和8年11月",
        "X8.1.1",
        "1872-12-31",
        "9999-12-31",
    ],
)
def test_what_is_no_day_is_refused_with_a_reason(text):
    with pytest.raises(NoSuchDate, match="。"):
        calendar.read_date(text)


def test_eras_leave_no_day_without_a_name():
    assert all(0 <= (later.first - earlier.last).days <= 1 for earlier, later in itertools.pairwise(ERAS))


# ---- fiscal years ----


@given(SINCE_MEIJI_6)
def test_a_day_lies_in_its_fiscal_year(day):
    first, last = calendar.fiscal_year_days(calendar.fiscal_year(day))
    assert first <= day <= last
    assert (first.month, first.day, last + DAY) == (4, 1, first.replace(year=first.year + 1))


@pytest.mark.parametrize(
    ("year", "name"),
    [(2026, "令和8年度"), (2019, "令和元年度"), (2018, "平成30年度"), (1988, "昭和63年度"), (1989, "平成元年度")],
)
def test_fiscal_year_names(year, name):
    assert calendar.fiscal_year_name(year) == name


# ---- ages ----


@pytest.mark.parametrize(
    ("birth", "years", "day"),
    [
        (date(2008, 4, 1), 18, date(2026, 3, 31)),
        (date(2008, 4, 2), 18, date(2026, 4, 1)),
        (date(2008, 2, 29), 18, date(2026, 2, 28)),
        (date(2008, 2, 29), 20, date(2028, 2, 28)),
        (date(2000, 1, 1), 26, date(2025, 12, 31)),
    ],
)
def test_an_age_is_reached_at_the_end_of_the_day_before_the_birthday(birth, years, day):
    assert calendar.reaches(birth, years) == day
    assert calendar.age_on(birth, day) == years - 1
    assert calendar.age_on(birth, day + DAY) == years


@given(BIRTHS, st.integers(0, 40000))
def test_age_grows_by_at_most_one_a_day_and_agrees_with_reaches(birth, days):
    day = birth + timedelta(days=days)
    age = calendar.age_on(birth, day)
    assert age <= calendar.age_on(birth, day + DAY) <= age + 1
    assert calendar.reaches(birth, age) < day <= calendar.reaches(birth, age + 1)


def test_age_before_birth_is_an_error():
    with pytest.raises(ValueError, match="before the birth"):
        calendar.age_on(date(2026, 1, 2), date(2026, 1, 1))


def test_a_child_born_on_1_april_leaves_school_a_year_before_one_born_on_the_2nd():
    assert calendar.first_march_31(date(2008, 4, 1), 18) == date(2026, 3, 31)
    assert calendar.first_march_31(date(2008, 4, 2), 18) == date(2027, 3, 31)


@given(BIRTHS, st.integers(0, 25))
def test_the_first_31_march_is_within_a_year_of_reaching_the_age(birth, years):
    end = calendar.first_march_31(birth, years)
    assert (end.month, end.day) == (3, 31)
    assert timedelta(0) <= end - calendar.reaches(birth, years) <= timedelta(days=365)


# ---- holidays and business days ----


@pytest.mark.parametrize("decade", range(1949, 2100, 10))
def test_holidays_are_those_of_a_foreign_library_in_every_year_that_it_knows(decade):
    for year in range(decade, min(decade + 10, 2100)):
        theirs = {day for day in foreign.country_holidays("JP", years=year) if day.weekday() != 6}
        ours = {day for day in calendar.holidays(year) if day.weekday() != 6}
        assert ours == theirs


# 内閣府「国民の祝日について」（syukujitsu.csv）: dates as published, each year in full.
PUBLISHED = {
    1973: "1-1 1-15 2-11 3-21 4-29 4-30 5-3 5-5 9-15 9-23 9-24 10-10 11-3 11-23",
    1988: "1-1 1-15 2-11 3-20 3-21 4-29 5-3 5-4 5-5 9-15 9-23 10-10 11-3 11-23",
    2019: "1-1 1-14 2-11 3-21 4-29 4-30 5-1 5-2 5-3 5-4 5-5 5-6 7-15 8-11 8-12 9-16 9-23 10-14 10-22 11-3 11-4 11-23",
    2020: "1-1 1-13 2-11 2-23 2-24 3-20 4-29 5-3 5-4 5-5 5-6 7-23 7-24 8-10 9-21 9-22 11-3 11-23",
    2021: "1-1 1-11 2-11 2-23 3-20 4-29 5-3 5-4 5-5 7-22 7-23 8-8 8-9 9-20 9-23 11-3 11-23",
    2026: "1-1 1-12 2-11 2-23 3-20 4-29 5-3 5-4 5-5 5-6 7-20 8-11 9-21 9-22 9-23 10-12 11-3 11-23",
    2027: "1-1 1-11 2-11 2-23 3-21 3-22 4-29 5-3 5-4 5-5 7-19 8-11 9-20 9-23 10-11 11-3 11-23",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_holidays_are_those_that_the_cabinet_office_published(year):
    assert " ".join(f"{day.month}-{day.day}" for day in calendar.holidays(year)) == PUBLISHED[year]


def test_a_holiday_on_sunday_moves_past_the_following_holidays():
    assert calendar.holiday(date(2026, 5, 6))["ja"] == "振替休日"  # 3 May is a Sunday, 4 and 5 May are holidays
    assert calendar.holiday(date(2026, 9, 22))["ja"] == "国民の休日"
    assert calendar.holiday(date(2026, 11, 21)) is None


@pytest.mark.parametrize("year", [1948, 2151, 9999])
def test_years_outside_the_table_are_told_in_words(year):
    with pytest.raises(calendar.NoSuchDate, match=f"{year}年の祝日は分かりません。1949年から2150年まで"):
        calendar.holidays(year)


def test_terms_that_end_after_2040_are_counted():
    assert calendar.business_days_after(date(2048, 12, 28), 1) == date(2049, 1, 4)
    assert calendar.holiday(date(2150, 3, 21))["ja"] == "春分の日"


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), False),
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2027, 1, 3), False),
        (date(2027, 1, 4), True),
    ],
)
def test_offices_close_on_weekends_holidays_and_at_the_turn_of_the_year(day, is_open):
    assert calendar.is_business_day(day) is is_open


def test_ten_business_days_over_the_turn_of_the_year():
    assert calendar.business_days_after(date(2026, 12, 25), 2) == date(2027, 1, 4)
    assert calendar.business_days_after(date(2026, 12, 25), 0) == date(2026, 12, 25)
    assert calendar.business_days_after(date(2026, 12, 29), 0) == date(2027, 1, 4)


@given(COVERED, st.integers(0, 20), st.integers(0, 20))
def test_business_days_grow_with_the_count_and_add_up(day, some, more):
    day = calendar.business_day_from(day)
    there = calendar.business_days_after(day, some)
    further = calendar.business_days_after(there, more)
    assert calendar.is_business_day(there)
    assert further == calendar.business_days_after(day, some + more)
    assert (further > there) is (more > 0)
    assert calendar.business_days_between(there, further) == more
    assert calendar.business_days_between(further, there) == -more


@given(COVERED, COVERED, st.integers(0, 15))
def test_who_starts_later_never_ends_earlier(one, other, count):
    first, second = sorted((one, other))
    assert calendar.business_days_after(first, count) <= calendar.business_days_after(second, count)


def test_business_days_are_not_counted_backwards():
    with pytest.raises(ValueError, match="forwards"):
        calendar.business_days_after(date(2026, 11, 20), -1)


def test_a_term_that_ends_on_a_closed_day_ends_on_the_next_open_one():
    assert calendar.term_end(date(2026, 11, 6), 15) == date(
        2026, 11, 24
    )  # Saturday the 21st, Monday the 23rd a holiday
    assert calendar.term_end(date(2026, 11, 5), 15) == date(2026, 11, 20)
