"""個人住民税 (特別区民税・都民税) as dated tables: what holds for a fiscal year. Data only; `rules` reads it. Whole yen.

Left out, and therefore never worked out here: income taxed apart (分離課税: land, shares, retirement), losses brought forward, 雑損控除,
and the credits for dividends, housing loans, foreign tax and donations (配当控除・住宅借入金等特別税額控除・外国税額控除・寄附金税額控除).
"""

from dataclasses import dataclass, field
from datetime import date

MAN = 10_000


@dataclass(frozen=True)
class Band:
    """From `since` on (revenue, yen) the income is revenue × percent / 100 − less; `step`: the revenue is first cut to a multiple of it.
    `flat`: the income whatever the revenue."""

    since: int
    percent: int = 100
    less: int = 0
    step: int = 1
    flat: int | None = None


@dataclass(frozen=True)
class Salary:
    """給与所得: from revenue to income. `name` is the least deduction in ten thousand yen."""

    name: int
    source: str
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Law:
    """What holds for the tax of one fiscal year (年度). since: 賦課期日, 1 January of it; the income is that of the year before.

    dependant_limit: 合計所得金額 up to which somebody is a dependant (扶養親族・同一生計配偶者). student_limit: likewise for 勤労学生.
    other_salary: another reading of the law on salaries, where sources disagree.
    """

    fiscal_year: int
    since: date
    source: str
    salary: Salary
    dependant_limit: int
    student_limit: int
    single_parent: int
    other_salary: Salary | None = None
    notes: tuple[str, ...] = field(default=())


_UPPER = (
    Band(3_600_000, 80, 440_000, 4_000),
    Band(6_600_000, 90, 1_100_000),
    Band(8_500_000, 100, 1_950_000),
)

SALARY_65 = Salary(
    65,
    "所得税法28条・別表第五（令和7年法律第13号による改正後、令和7年分）",
    (Band(0, flat=0), Band(651_000, less=650_000), Band(1_900_000, 70, 80_000, 4_000), *_UPPER),
)
SALARY_74 = Salary(
    74,
    "所得税法28条・別表第五と租税特別措置法の特例（令和8年分・令和9年分、最低保障額74万円）",
    (
        Band(0, flat=0),
        Band(741_000, less=740_000),
        Band(2_191_000, flat=1_451_000),
        Band(2_193_000, flat=1_453_000),
        Band(2_196_000, flat=1_456_000),
        Band(2_200_000, 70, 80_000, 4_000),
        *_UPPER,
    ),
)
# The rows between 2,032,000 and 2,036,000 yen were not seen; none can give more than the row above them.
SALARY_69 = Salary(
    69,
    "所得税法28条・別表第五（令和8年改正後の本則、最低保障額69万円）",
    (
        Band(0, flat=0),
        Band(691_000, less=690_000),
        Band(2_032_000, flat=1_342_000),
        Band(2_036_000, 70, 80_000, 4_000),
        *_UPPER,
    ),
)

LAWS = (
    Law(
        fiscal_year=2026,
        since=date(2026, 1, 1),
        source="地方税法（令和7年法律第7号による改正後）292条・295条・313条・314条の2・314条の3・314条の6、令和8年1月1日施行",
        salary=SALARY_65,
        dependant_limit=58 * MAN,
        student_limit=85 * MAN,
        single_parent=30 * MAN,
    ),
    Law(
        fiscal_year=2027,
        since=date(2027, 1, 1),
        source="地方税法（令和8年法律第2号による改正後）292条・295条・313条・314条の2・314条の3・314条の6、令和9年1月1日施行",
        salary=SALARY_74,
        dependant_limit=62 * MAN,
        student_limit=89 * MAN,
        single_parent=30 * MAN,  # 33万円 from fiscal year 2028 on
        other_salary=SALARY_69,
    ),
)

# What follows holds for both years. --------------------------------------------------------------------------------------------------

LAND = 35 * MAN
"""非課税限度額: per head (地方税法295条3項・附則3条の3、級地1: the special wards)."""
FLAT, MORE_EQUAL, MORE_INCOME = 10 * MAN, 21 * MAN, 32 * MAN
VULNERABLE_LIMIT = 135 * MAN
"""障害者・未成年者・寡婦・ひとり親 up to this 合計所得金額 (295条1項2号)."""

BASIC = ((2_400 * MAN, 43 * MAN), (2_450 * MAN, 29 * MAN), (2_500 * MAN, 15 * MAN))
"""基礎控除: up to this 合計所得金額, so much; above the last nothing (314条の2第2項)."""
OWN_STEPS = (900 * MAN, 950 * MAN, 1_000 * MAN)
"""The three steps of the own 合計所得金額 for a spouse: in full, two thirds, one third."""
SPOUSE = (33 * MAN, 22 * MAN, 11 * MAN)
SPOUSE_ELDERLY = (38 * MAN, 26 * MAN, 13 * MAN)
SPOUSE_SPECIAL = ((100, 33), (105, 31), (110, 26), (115, 21), (120, 16), (125, 11), (130, 6), (133, 3))
"""配偶者特別控除, in ten thousand yen: up to this income of the spouse, so much (the first two steps rounded up to ten thousand)."""
RELATIVE_SPECIAL = ((95, 45), (100, 41), (105, 31), (110, 21), (115, 11), (120, 6), (123, 3))
"""特定親族特別控除 (19 to 22 years, above the dependant's limit), likewise (314条の2第1項12号)."""
DEPENDANTS = {"general": 33 * MAN, "specific": 45 * MAN, "elderly": 38 * MAN, "elderly_parent": 45 * MAN}
DISABILITY = {"ordinary": 26 * MAN, "special": 30 * MAN, "special_together": 53 * MAN}
WIDOW, STUDENT = 26 * MAN, 26 * MAN
WIDOW_LIMIT = 500 * MAN
"""合計所得金額 up to which somebody is 寡婦 or ひとり親 (292条1項11号・12号)."""

GAP_BASIC = 5 * MAN
"""人的控除の差: what income tax deducts more than this tax does, as 314条の6 fixes it for the 調整控除."""
GAP_SPOUSE, GAP_SPOUSE_ELDERLY = (5 * MAN, 4 * MAN, 2 * MAN), (10 * MAN, 6 * MAN, 3 * MAN)
GAP_DEPENDANTS = {"general": 5 * MAN, "specific": 18 * MAN, "elderly": 10 * MAN, "elderly_parent": 13 * MAN}
GAP_DISABILITY = {"ordinary": 1 * MAN, "special": 10 * MAN, "special_together": 22 * MAN}
GAP_STATUS = {"": 0, "widow": 1 * MAN, "single_mother": 5 * MAN, "single_father": 1 * MAN}
GAP_STUDENT = 1 * MAN
CREDIT_LIMIT, CREDIT_LINE, CREDIT_LEAST = 2_500 * MAN, 200 * MAN, 5 * MAN

WARD, METROPOLIS = 6, 4
"""Percent of the taxable income (所得割の税率, 314条の3・35条; 特別区: 736条・734条)."""
WARD_CREDIT, METROPOLIS_CREDIT = 3, 2
WARD_EQUAL, METROPOLIS_EQUAL, FOREST = 3_000, 1_000, 1_000
"""均等割 (310条・38条) and 森林環境税 (森林環境税及び森林環境譲与税に関する法律5条)."""

LIFE_NEW = ((12_000, 1, 0), (32_000, 2, 6_000), (56_000, 4, 14_000), 28_000)
LIFE_OLD = ((15_000, 1, 0), (40_000, 2, 7_500), (70_000, 4, 17_500), 35_000)
LIFE_BOTH, LIFE_MOST = 28_000, 70_000
"""生命保険料控除 (314条の2第1項5号): up to this premium, premium / divisor + addition; above the last, the last number."""
QUAKE_MOST = 25_000
OLD_LONG = ((5_000, 1, 0), (15_000, 2, 2_500), 10_000)
"""地震保険料控除 (同5号の3): half, at most this; 旧長期損害保険料 as LIFE_NEW is read, at most QUAKE_MOST with the other."""
MEDICAL_LINE, MEDICAL_MOST = 100_000, 2_000_000
SELF_MEDICATION_LINE, SELF_MEDICATION_MOST = 12_000, 88_000

PENSION_65, PENSION_YOUNGER = (330 * MAN, 110 * MAN), (130 * MAN, 60 * MAN)
"""公的年金等控除 (所得税法35条4項、租税特別措置法41条の15の3): up to this revenue so much at least, at 65 or more and below."""
PENSION_STEPS = ((410 * MAN, 25, 275_000), (770 * MAN, 15, 685_000), (1_000 * MAN, 5, 1_455_000))
PENSION_MOST = 1_955_000
PENSION_OTHER = ((1_000 * MAN, 0), (2_000 * MAN, 10 * MAN))
PENSION_OTHER_MOST = 20 * MAN
"""The deduction is so much smaller where the other income is above the line."""

CHILDREN_LINE, CHILDREN_MOST, BOTH_MOST = 850 * MAN, 1_000 * MAN, 10 * MAN
"""所得金額調整控除 (租税特別措置法41条の3の11): a tenth of the salary between the lines; and for salary with pension, what exceeds this."""
