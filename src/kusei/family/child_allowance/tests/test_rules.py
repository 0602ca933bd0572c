"""Amounts, months and terms of 児童手当 against published examples and the law's own words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel.calendar import add_months
from kusei.family.child_allowance import rules
from kusei.family.child_allowance.law import LAWS, month_of
from kusei.family.child_allowance.rules import month_amounts, start_month

NOW = date(2026, 11, 1)
MONTHS = st.dates(date(2012, 4, 1), date(2045, 3, 31)).map(month_of)
NEW_MONTHS = st.dates(date(2024, 10, 1), date(2045, 3, 31)).map(month_of)
BIRTHS = st.dates(date(1995, 1, 1), date(2045, 3, 31))


def aged(years: int, on: date = NOW) -> date:
    return date(on.year - years, 7, 15)


# ---- published examples ---------------------------------------------------------------------------------------------------


def test_koriyama_family_of_20_15_and_10():
    """郡山市「児童手当の制度が令和6年10月から変わります」: 20歳・15歳・10歳 → 20歳 is the first, 15歳 the second, 10歳 gets the third child's amount."""
    october = date(2024, 10, 1)
    births = [aged(20, october), aged(15, october), aged(10, october)]
    assert rules.ranks(births, october) == [1, 2, 3]
    assert month_amounts(births, october) == [0, 10_000, 30_000]
    assert month_amounts(births[1:], october, older=1) == [10_000, 30_000]


@pytest.mark.parametrize(
    ("claimed", "first"), [(date(2023, 5, 15), date(2023, 5, 1)), (date(2023, 5, 16), date(2023, 6, 1))]
)
def test_edogawa_birth_on_30_april(claimed, first):
    """江戸川区「15日特例とは何ですか？」: born 30 April, claimed by 15 May → from May; claimed on 16 May → from June."""
    assert start_month(claimed, date(2023, 4, 30)) == first


@pytest.mark.parametrize(("rank", "after"), [(0, 10_000), (2, 15_000)])
def test_hamamatsu_third_birthday_before_2024(rank, after):
    """浜松市 FAQ (2018): to the month of the third birthday 15,000 yen; from the next 10,000, for a third child 15,000."""
    births = [date(2010, 5, 5)] * rank + [date(2015, 4, 20)]
    assert month_amounts(births, date(2018, 4, 1))[-1] == 15_000
    assert month_amounts(births, date(2018, 5, 1))[-1] == after


def test_table_of_the_2024_reform():
    """こども家庭庁「児童手当制度のご案内」 (amounts from October 2024): under 3 15,000, from 3 10,000, third and later 30,000."""
    under, over = aged(1), aged(8)
    assert month_amounts([under], NOW) == [15_000]
    assert month_amounts([over], NOW) == [10_000]
    assert month_amounts([aged(9), over, under], NOW) == [10_000, 10_000, 30_000]
    assert month_amounts([over], NOW, older=2) == [30_000]


# ---- the law's own table as oracle -----------------------------------------------------------------------------------------


def article_6(older: int, over: int, under: int) -> int:
    """6条1項's table, word for word: yen for so many children from 3 and under 3, and so many who only count."""
    small, big, third = 15_000, 10_000, 30_000
    if older >= 2:
        return third * (over + under)
    if older == 1:
        if over == 0:
            return small + third * (under - 1)
        return big + third * (over - 1) + third * under
    if over == 0:
        return small if under == 1 else 2 * small + third * (under - 2)
    if over == 1:
        return big if under == 0 else big + small + third * (under - 1)
    return 2 * big + third * (over - 2) + third * under


@given(older=st.integers(0, 4), over=st.integers(0, 6), under=st.integers(0, 6))
def test_totals_are_those_of_the_table_in_article_6(older, over, under):
    if over + under == 0:
        return
    births = [aged(17) + timedelta(days=n) for n in range(over)] + [aged(2) + timedelta(days=n) for n in range(under)]
    assert sum(month_amounts(births, NOW, older)) == article_6(older, over, under)


# ---- boundaries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2008, 4, 1), date(2026, 3, 1)),  # reaches 18 on 31 March 2026 itself
        (date(2008, 4, 2), date(2027, 3, 1)),
        (date(2008, 3, 31), date(2026, 3, 1)),
        (date(2008, 2, 29), date(2026, 3, 1)),
    ],
)
def test_school_year_ends_the_allowance(birth, last):
    """4条, derived: 年齢計算ニ関する法律 makes those born on 1 April the youngest of the older year."""
    assert rules.last_month(birth, NOW) == last
    assert month_amounts([birth], last) == [10_000]
    assert month_amounts([birth], add_months(last, 1)) == [0]


@pytest.mark.parametrize(
    ("birth", "last"),
    [
        (date(2023, 6, 1), date(2026, 6, 1)),  # 6条: born on the first of a month
        (date(2023, 6, 2), date(2026, 6, 1)),
        (date(2023, 6, 30), date(2026, 6, 1)),
        (date(2024, 2, 29), date(2027, 2, 1)),
        (date(2024, 3, 1), date(2027, 3, 1)),
    ],
)
def test_month_of_the_third_birthday_is_the_last_at_15000(birth, last):
    assert month_amounts([birth], last) == [15_000]
    assert month_amounts([birth], add_months(last, 1)) == [10_000]


@pytest.mark.parametrize(("birth", "counts"), [(date(2004, 4, 1), False), (date(2004, 4, 2), True)])
def test_child_of_22_counts_until_the_end_of_the_school_year(birth, counts):
    month = date(2026, 4, 1)
    assert rules.ranks([birth, aged(10), aged(8)], month) == ([1, 2, 3] if counts else [None, 1, 2])


def test_before_the_reform_a_child_of_19_did_not_count():
    births = [aged(19, date(2024, 9, 1)), aged(12, date(2024, 9, 1)), aged(8, date(2024, 9, 1))]
    assert month_amounts(births, date(2024, 9, 1)) == [0, 10_000, 10_000]
    assert month_amounts(births, date(2024, 10, 1)) == [0, 10_000, 30_000]


def test_before_the_reform_the_allowance_ended_with_junior_high_school():
    birth = date(2008, 6, 1)
    assert [sum(month_amounts([birth], m)) for m in (date(2024, 3, 1), date(2024, 4, 1), date(2024, 10, 1))] == [
        10_000,
        0,
        10_000,
    ]


def test_twins_are_two_children_of_different_rank():
    twins = [aged(5), aged(5)]
    assert month_amounts([aged(8), *twins], NOW) == [10_000, 10_000, 30_000]


@pytest.mark.parametrize(
    ("month", "income", "dependants", "paid"),
    [
        (date(2012, 5, 1), 99_000_000, 0, "full"),
        (date(2012, 6, 1), 6_219_999, 0, "full"),
        (date(2012, 6, 1), 6_220_000, 0, "reduced"),
        (date(2022, 5, 1), 99_000_000, 3, "reduced"),
        (date(2022, 6, 1), 7_360_000, 3, "reduced"),
        (date(2022, 6, 1), 9_719_999, 3, "reduced"),
        (date(2022, 6, 1), 9_720_000, 3, "none"),
        (date(2024, 9, 1), 10_480_000, 5, "none"),
        (date(2024, 10, 1), 99_000_000, 0, "full"),
    ],
)
def test_income_limits_and_their_dates(month, income, dependants, paid):
    """児童手当法施行令1条 (622, 660, 698, 736, 774, 812万円) and the upper limits from June 2022 (858 … 1,048万円)."""
    assert rules.full_or_reduced(month, income, dependants) == paid
    expected = {"full": 15_000, "reduced": 5_000, "none": 0}[paid]
    assert month_amounts([add_months(month, -12)], month, paid=paid) == [expected]


def test_months_before_the_tables_are_refused():
    with pytest.raises(rules.NotCovered):
        month_amounts([date(2010, 1, 1)], date(2012, 3, 1))


def test_laws_stand_in_order_and_name_their_source():
    assert [law.since for law in LAWS] == sorted({law.since for law in LAWS})
    assert all("法" in law.source for law in LAWS)


def test_claim_term_that_ends_on_a_holiday_ends_on_the_next_open_day():
    """Derived: 地方自治法4条の2第4項. Born 24 October 2026, the 15th day is Sunday 8 November."""
    assert start_month(date(2026, 11, 9), date(2026, 10, 24)) == date(2026, 11, 1)
    assert start_month(date(2026, 11, 10), date(2026, 10, 24)) == date(2026, 12, 1)


def test_entitlement_of_long_ago_needs_no_calendar():
    assert start_month(date(2026, 11, 9), date(1999, 12, 31)) == date(2026, 12, 1)


def test_payments_change_from_three_to_six_a_year():
    paid = rules.payments(date(2024, 6, 1), date(2025, 1, 1))
    assert [(p.month, len(p.covers)) for p in paid] == [
        (date(2024, 10, 1), 4),
        (date(2024, 12, 1), 2),
        (date(2025, 2, 1), 2),
    ]


def test_first_payment_brings_the_arrears():
    paid = rules.first_payment(date(2026, 8, 1), decided_on=date(2026, 11, 20))
    assert paid.month == date(2026, 12, 1)
    assert [month.month for month in paid.covers] == [8, 9, 10, 11]


def test_first_payment_waits_for_a_month_to_pay():
    paid = rules.first_payment(date(2026, 12, 1), decided_on=date(2026, 11, 20))
    assert (paid.month, paid.covers) == (date(2027, 2, 1), (date(2026, 12, 1), date(2027, 1, 1)))


# ---- properties ------------------------------------------------------------------------------------------------------------


@given(births=st.lists(BIRTHS, min_size=1, max_size=7), month=NEW_MONTHS, older=st.integers(0, 3))
def test_another_older_child_never_lowers_the_total(births, month, older):
    assert sum(month_amounts(births, month, older)) <= sum(month_amounts(births, month, older + 1))


@given(births=st.lists(BIRTHS, min_size=1, max_size=7), extra=BIRTHS, month=NEW_MONTHS)
def test_another_child_never_lowers_the_total(births, extra, month):
    assert sum(month_amounts(births, month)) <= sum(month_amounts([*births, extra], month))


@given(
    births=st.lists(BIRTHS, min_size=1, max_size=6, unique=True), month=MONTHS, seed=st.randoms(use_true_random=False)
)
def test_order_in_which_children_are_named_does_not_matter(births, month, seed):
    shuffled = list(births)
    seed.shuffle(shuffled)
    assert sorted(zip(births, month_amounts(births, month), strict=True)) == sorted(
        zip(shuffled, month_amounts(shuffled, month), strict=True)
    )


@given(birth=BIRTHS, rank=st.integers(1, 6), month=NEW_MONTHS)
def test_only_child_gets_never_more_as_it_grows(birth, rank, month):
    if month > month_of(birth):
        assert rules.amount_at_rank(birth, rank, month) >= rules.amount_at_rank(birth, rank, add_months(month, 1))


@given(birth=st.dates(date(2024, 10, 1), date(2045, 3, 31)), rank=st.integers(1, 4))
def test_childhood_is_paid_for_whole(birth, rank):
    """36 months to the third birthday's, and then to March after 18: the sum of all months is what the table says."""
    first, last = add_months(month_of(birth), 1), rules.last_month(birth, NOW)
    months = [m for p in rules.payments(first, last) for m in p.covers]
    small, big = ((15_000, 10_000), (30_000, 30_000))[rank > 2]
    assert sum(rules.amount_at_rank(birth, rank, m) for m in months) == 36 * small + (len(months) - 36) * big
    assert 18 * 12 <= len(months) + 1 <= 19 * 12 + 1


@given(claimed=st.dates(date(2024, 10, 1), date(2030, 12, 31)), days=st.integers(0, 400))
def test_start_is_never_before_the_month_after_the_event_nor_after_the_month_after_the_claim(claimed, days):
    arose = claimed - timedelta(days=days)
    first = start_month(claimed, arose)
    assert add_months(month_of(arose), 1) <= first <= add_months(month_of(claimed), 1)


@given(first=MONTHS, length=st.integers(0, 60))
def test_every_month_is_paid_once_and_after_it_has_begun(first, length):
    paid = rules.payments(first, add_months(first, length))
    covered = [month for payment in paid for month in payment.covers]
    assert covered == [add_months(first, n) for n in range(length + 1)]
    assert all(month < payment.month <= add_months(month, 4) for payment in paid for month in payment.covers)


@given(month=st.dates(date(1, 1, 1), date(9000, 12, 31)).map(month_of), count=st.integers(-11, 1200))
def test_adding_months_can_be_undone(month, count):
    if month.year == 1 and count < 0:
        return
    assert add_months(add_months(month, count), -count) == month
