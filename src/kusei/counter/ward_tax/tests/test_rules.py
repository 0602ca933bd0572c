"""The tax by published examples, at the borders of every table, and what the law says holds always."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kusei.counter.ward_tax import law as L
from kusei.counter.ward_tax import rules
from kusei.counter.ward_tax.rules import Return

BORN = date(1980, 5, 5)
YEARS = (2026, 2027)


@pytest.mark.parametrize(
    ("taxable", "gap", "ward", "metropolis", "total"),
    [
        (1_727_000, 50_000, 102_100, 68_000, 175_100),
        (3_048_000, 50_000, 181_300, 120_900, 307_200),
        (4_505_000, 50_000, 268_800, 179_200, 453_000),
        (6_354_000, 50_000, 379_700, 253_100, 637_800),
        (11_063_000, 50_000, 662_200, 441_500, 1_108_700),
        (2_718_000, 100_000, 161_500, 107_700, 274_200),
    ],
)
def test_the_six_published_examples_come_out_to_the_yen(taxable, gap, ward, metropolis, total):
    levy = rules.levy(taxable, gap, taxable)
    assert (levy.ward, levy.metropolis) == (ward, metropolis)
    assert levy.ward + levy.metropolis + L.WARD_EQUAL + L.METROPOLIS_EQUAL + L.FOREST == total


def test_an_example_from_the_return_to_the_bill():
    """3,727,000 of income, less social insurance of 249,000 and 430,000, is the published base of 3,048,000."""
    tax = rules.compute(Return(birth=BORN, other=3_727_000, social_insurance=249_000), 2026)
    assert tax.taxable == 3_048_000
    assert (tax.levy.ward, tax.levy.metropolis, tax.total) == (181_300, 120_900, 307_200)
    assert (tax.ward, tax.metropolis, tax.forest) == (184_300, 121_900, 1_000)


@pytest.mark.parametrize(
    ("given", "salary", "deducted", "taxable", "gap"),
    [
        # 横浜市「令和8年度市民税・県民税・森林環境税の計算（例）」: up to the rates, which are the city's own
        (
            Return(
                birth=BORN, salary=5_500_000, social_insurance=394_800, life={"new_general": 90_000}, quake=20_000,
                spouse_income=0, dependants={"general": 1}, under_16=1,
            ),
            3_960_000, 1_522_800, 2_437_000, 150_000,
        ),
        # 名古屋市「市民税・県民税の計算例」（令和8年度）
        (
            Return(
                birth=BORN, salary=5_505_000, social_insurance=825_600, life={"old_general": 80_000},
                spouse_income=0, dependants={"specific": 1, "general": 1}, under_16=1,
            ),
            3_963_200, 2_400_600, 1_562_000, 330_000,
        ),
        # 調布市「個人住民税が算出されるまでの計算例」（令和8年度）: deductions as published, 2,098,200 in all
        (
            Return(
                birth=BORN, salary=6_543_200, social_insurance=558_200, spouse_income=0,
                dependants={"specific": 1, "general": 1}, under_16=1,
            ),
            4_792_000, 2_098_200, 2_693_000, 330_000,
        ),
    ],
)  # fmt: skip
def test_examples_of_cities_for_2026(given, salary, deducted, taxable, gap):
    tax = rules.compute(given, 2026)
    assert tax.income.salary == salary
    assert (sum(tax.deductions.values()), tax.taxable, tax.gap) == (deducted, taxable, gap)


@pytest.mark.parametrize(
    ("revenue", "table", "income"),
    [
        (0, L.SALARY_65, 0), (650_999, L.SALARY_65, 0), (651_000, L.SALARY_65, 1_000), (1_899_999, L.SALARY_65, 1_249_999),
        (1_900_000, L.SALARY_65, 1_250_000), (2_060_000, L.SALARY_65, 1_362_000), (2_063_999, L.SALARY_65, 1_362_000),
        (2_064_000, L.SALARY_65, 1_364_800), (6_596_000, L.SALARY_65, 4_836_800), (6_599_999, L.SALARY_65, 4_836_800),
        (6_600_000, L.SALARY_65, 4_840_000), (7_000_001, L.SALARY_65, 5_200_000), (8_499_999, L.SALARY_65, 6_549_999),
        (8_500_000, L.SALARY_65, 6_550_000), (27_000_001, L.SALARY_65, 25_050_001),
        (690_999, L.SALARY_69, 0), (2_026_000, L.SALARY_69, 1_336_000), (2_036_000, L.SALARY_69, 1_345_200),
        (740_999, L.SALARY_74, 0), (741_000, L.SALARY_74, 1_000), (2_190_999, L.SALARY_74, 1_450_999),
        (2_191_000, L.SALARY_74, 1_451_000), (2_195_999, L.SALARY_74, 1_453_000), (2_196_000, L.SALARY_74, 1_456_000),
        (2_200_000, L.SALARY_74, 1_460_000), (3_599_999, L.SALARY_74, 2_437_200), (3_600_000, L.SALARY_74, 2_440_000),
    ],
)  # fmt: skip
def test_salary_tables_at_their_borders(revenue, table, income):
    assert rules.salary_income(revenue, table) == income


@pytest.mark.parametrize(
    ("revenue", "old", "other", "income"),
    [
        (600_000, False, 0, 0), (600_001, False, 0, 1), (1_300_000, False, 0, 700_000), (1_300_004, False, 0, 700_003),
        (4_100_000, False, 0, 2_800_000), (7_700_000, False, 0, 5_860_000), (10_000_000, False, 0, 8_045_000),
        (12_000_000, False, 0, 10_045_000), (1_100_000, True, 0, 0), (1_100_001, True, 0, 1), (3_300_000, True, 0, 2_200_000),
        (3_300_000, True, 10_000_001, 2_300_000), (3_300_000, True, 20_000_001, 2_400_000),
    ],
)  # fmt: skip
def test_pension_tables_at_their_borders(revenue, old, other, income):
    assert rules.pension_income(revenue, old, other) == income


@pytest.mark.parametrize(
    ("birth", "year", "old", "minor"),
    [
        (date(1961, 1, 1), 2026, True, False), (date(1961, 1, 2), 2026, False, False),
        (date(2008, 1, 2), 2026, False, False), (date(2008, 1, 3), 2026, False, True),
        (date(1962, 1, 1), 2027, True, False), (date(2009, 1, 3), 2027, False, True),
    ],
)  # fmt: skip
def test_ages_are_reached_the_day_before_the_birthday(birth, year, old, minor):
    law = rules.law_for(year)
    assert (rules.over_65(birth, law), rules.minor(birth, law)) == (old, minor)


@pytest.mark.parametrize(
    ("life", "yen"),
    [
        ({"new_general": 12_000}, 12_000), ({"new_general": 12_001}, 12_001), ({"new_general": 32_000}, 22_000),
        ({"new_general": 56_000}, 28_000), ({"new_general": 999_999}, 28_000), ({"old_general": 15_000}, 15_000),
        ({"old_general": 40_000}, 27_500), ({"old_general": 70_000}, 35_000), ({"old_general": 70_001}, 35_000),
        ({"new_general": 30_000, "old_general": 30_000}, 28_000), ({"new_general": 100_000, "old_general": 100_000}, 35_000),
        (dict.fromkeys(("new_general", "new_medical", "new_pension", "old_general", "old_pension"), 100_000), 70_000),
    ],
)  # fmt: skip
def test_life_insurance(life, yen):
    assert rules.life_insurance(life) == yen


@pytest.mark.parametrize(
    ("quake", "old", "yen"),
    [(20_000, 0, 10_000), (20_001, 0, 10_001), (80_000, 0, 25_000), (0, 5_000, 5_000), (0, 15_000, 10_000), (40_000, 15_000, 25_000)],
)  # fmt: skip
def test_quake_insurance(quake, old, yen):
    assert rules.quake_insurance(quake, old) == yen


@pytest.mark.parametrize(
    ("paid", "own", "total", "yen"),
    [
        (100_000, 0, 5_000_000, 0), (150_000, 0, 5_000_000, 50_000), (150_000, 0, 1_000_000, 100_000),
        (9_000_000, 0, 5_000_000, 2_000_000), (0, 12_000, 0, 0), (0, 50_000, 0, 38_000), (0, 500_000, 0, 88_000),
    ],
)  # fmt: skip
def test_medical(paid, own, total, yen):
    assert rules.medical(paid, own, total) == yen


@pytest.mark.parametrize(
    ("income", "own", "year", "yen"),
    [
        (580_000, 5_000_000, 2026, 330_000), (580_001, 5_000_000, 2026, 330_000), (1_000_001, 5_000_000, 2026, 310_000),
        (1_050_001, 5_000_000, 2026, 260_000), (1_330_000, 5_000_000, 2026, 30_000), (1_330_001, 5_000_000, 2026, 0),
        (0, 9_000_001, 2026, 220_000), (0, 9_500_001, 2026, 110_000), (0, 10_000_001, 2026, 0),
        (1_000_001, 9_200_000, 2027, 210_000), (1_000_001, 9_700_000, 2027, 110_000), (1_050_001, 9_200_000, 2027, 180_000),
    ],
)  # fmt: skip
def test_spouse(income, own, year, yen):
    assert rules.spouse(Return(birth=BORN, spouse_income=income), rules.law_for(year), own)[0] == yen


def test_the_gap_is_there_for_a_spouse_within_the_limit_only():
    for year, limit in ((2026, 580_000), (2027, 620_000)):
        law = rules.law_for(year)
        gaps = [rules.spouse(Return(birth=BORN, spouse_income=limit + more), law, 5_000_000)[1] for more in (0, 1)]
        assert gaps == [50_000, 0]


@pytest.mark.parametrize(
    ("income", "yen"),
    [(580_000, 0), (580_001, 450_000), (950_000, 450_000), (950_001, 410_000), (1_050_000, 310_000), (1_230_000, 30_000), (1_230_001, 0)],
)  # fmt: skip
def test_special_relatives(income, yen):
    assert rules.special_relatives([income], rules.law_for(2026)) == yen


@pytest.mark.parametrize(
    ("extra", "total", "exempt"),
    [
        ({}, 450_000, ("all", "limit")), ({}, 450_001, ("", "")),
        ({"spouse_income": 0}, 1_010_000, ("all", "limit")), ({"spouse_income": 0}, 1_010_001, ("income", "limit")),
        ({"spouse_income": 0}, 1_120_000, ("income", "limit")), ({"spouse_income": 0}, 1_120_001, ("", "")),
        ({"spouse_income": 580_001}, 1_010_000, ("", "")), ({"under_16": 2}, 1_470_000, ("income", "limit")),
        ({"status": "widow"}, 1_350_000, ("all", "vulnerable")), ({"status": "widow"}, 1_350_001, ("", "")),
        ({"self_disabled": True}, 1_350_000, ("all", "vulnerable")), ({"birth": date(2010, 1, 1)}, 1_350_000, ("all", "vulnerable")),
        ({"welfare": True}, 9_000_000, ("all", "welfare")),
    ],
)  # fmt: skip
def test_who_pays_nothing(extra, total, exempt):
    given = replace(Return(birth=BORN), **extra)
    assert rules.exemption(given, rules.law_for(2026), total) == exempt
    tax = rules.compute(replace(given, other=total), 2026)
    assert tax.exempt == exempt[0]
    assert (tax.levy.ward + tax.levy.metropolis == 0) if exempt[0] else (tax.total >= 5_000)
    assert (tax.equal_ward, tax.equal_metropolis, tax.forest) == (
        (0, 0, 0) if exempt[0] == "all" else (3_000, 1_000, 1_000)
    )


def test_just_above_the_limit_the_tax_takes_no_more_than_what_is_above_it():
    """With a spouse the limit is 1,120,000; at 1,130,000 the 32,000 of 所得割 are reduced to 10,000 (附則3条の3)."""
    tax = rules.compute(Return(birth=BORN, other=1_130_000, spouse_income=0), 2027)
    assert (tax.taxable, tax.levy.relief) == (370_000, 22_000)
    assert tax.levy.ward + tax.levy.metropolis == 10_000


def test_the_credit_ends_above_25_million():
    assert [rules.credit_base(24_000_000, 50_000, total) for total in (25_000_000, 25_000_001)] == [50_000, 0]


def test_salary_with_children_and_with_a_pension():
    law = rules.law_for(2026)
    assert rules.income(Return(birth=BORN, salary=9_000_001, child_or_disabled=True), law).adjustment == 50_001
    assert rules.income(Return(birth=BORN, salary=30_000_000, child_or_disabled=True), law).adjustment == 150_000
    assert rules.income(Return(birth=date(1950, 1, 1), salary=2_000_000, pension=2_000_000), law).adjustment == 100_000
    assert rules.income(Return(birth=BORN, salary=9_000_000), law).adjustment == 0


def test_2027_is_read_in_two_ways_where_it_matters():
    low, high = (Return(birth=BORN, salary=yen) for yen in (1_800_000, 6_000_000))
    tax = rules.compute(low, 2027)
    other = rules.other_reading(low, tax)
    assert (tax.income.salary, other.income.salary) == (1_060_000, 1_110_000)
    assert other.total > tax.total
    assert rules.other_reading(high, rules.compute(high, 2027)) is None
    assert rules.other_reading(low, rules.compute(low, 2026)) is None


def test_years_without_a_table():
    with pytest.raises(rules.NotCovered):
        rules.compute(Return(birth=BORN), 2025)


yen = st.integers(0, 40_000_000)
few = st.integers(0, 3)
returns = st.builds(
    Return,
    birth=st.dates(date(1930, 1, 1), date(2010, 1, 1)),
    salary=yen, pension=yen, other=yen, child_or_disabled=st.booleans(),
    social_insurance=st.integers(0, 3_000_000), medical=st.integers(0, 3_000_000), quake=st.integers(0, 90_000),
    life=st.fixed_dictionaries({}, optional={"new_general": st.integers(0, 90_000), "old_pension": st.integers(0, 90_000)}),
    spouse_income=st.none() | st.integers(0, 1_500_000), spouse_elderly=st.booleans(), under_16=few,
    dependants=st.dictionaries(st.sampled_from(sorted(L.DEPENDANTS)), few),
    disabled=st.dictionaries(st.sampled_from(sorted(L.DISABILITY)), few), self_disabled=st.booleans(),
    special_relatives=st.lists(st.integers(0, 1_500_000), max_size=2),
    status=st.sampled_from(["", "widow", "single_mother", "single_father"]), student=st.booleans(),
)  # fmt: skip
FEW = settings(max_examples=150, deadline=None)


@FEW
@given(returns, st.sampled_from(YEARS))
def test_every_tax_is_whole_and_never_negative(given, year):
    tax = rules.compute(given, year)
    parts = (tax.levy.ward, tax.levy.metropolis, tax.equal_ward, tax.equal_metropolis, tax.forest)
    assert all(part >= 0 and part % 100 == 0 for part in parts)
    assert tax.total == sum(parts)
    assert tax.taxable % 1_000 == 0
    assert all(value >= 0 for value in tax.deductions.values())
    assert tax.income.total >= 0


@FEW
@given(returns, st.sampled_from(YEARS), st.sampled_from(["salary", "pension", "other"]), st.integers(0, 3_000_000))
def test_more_income_is_never_less_tax(given, year, kind, more):
    given = replace(given, student=False)  # 勤労学生 looks at the kind of income, not at its sum alone
    later = replace(given, **{kind: getattr(given, kind) + more})
    assert rules.compute(later, year).total >= rules.compute(given, year).total


@FEW
@given(
    returns,
    st.sampled_from(YEARS),
    st.sampled_from(["social_insurance", "mutual_aid", "medical", "quake", "under_16"]),
    st.integers(1, 900_000),
)
def test_more_deducted_is_never_more_tax(given, year, what, more):
    """Not so for the medical part where the income's limit is looked at, which deductions don't change."""
    less = replace(given, **{what: getattr(given, what) + (more if what != "under_16" else 1)})
    assert rules.compute(less, year).total <= rules.compute(given, year).total


@FEW
@given(st.integers(0, 30_000_000), st.sampled_from([L.SALARY_65, L.SALARY_69, L.SALARY_74]), st.integers(0, 10_000))
def test_more_salary_is_never_less_income(revenue, table, more):
    assert 0 <= rules.salary_income(revenue, table) <= rules.salary_income(revenue + more, table)
