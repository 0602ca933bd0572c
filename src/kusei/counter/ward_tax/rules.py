"""特別区民税・都民税 and 森林環境税 for one year: pure functions over the dated tables in `law`. Whole yen throughout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kusei.counter.ward_tax import law as L
from kusei.counter.ward_tax.law import LAWS, MAN, Band, Law, Salary


class NotCovered(ValueError):
    """No table covers the fiscal year."""


@dataclass(frozen=True)
class Return:
    """What a return (申告) says of the year before. Revenue and premiums as paid; `other` is income after its expenses.

    spouse_income: None where there is no spouse of the same purse (生計を一にする). dependants: class (as in `law.DEPENDANTS`) → how many;
    under_16 count for the tax-free limit only. special_relatives: incomes of those of 19 to 22 above the dependant's limit. disabled: class
    → how many people, oneself among them. status: "", widow, single_mother, single_father.
    """

    birth: date
    salary: int = 0
    pension: int = 0
    other: int = 0
    child_or_disabled: bool = False
    social_insurance: int = 0
    mutual_aid: int = 0
    life: Mapping[str, int] = field(default_factory=dict)
    quake: int = 0
    old_long: int = 0
    medical: int = 0
    self_medication: int = 0
    spouse_income: int | None = None
    spouse_elderly: bool = False
    dependants: Mapping[str, int] = field(default_factory=dict)
    under_16: int = 0
    special_relatives: Sequence[int] = ()
    disabled: Mapping[str, int] = field(default_factory=dict)
    self_disabled: bool = False
    status: str = ""
    student: bool = False
    welfare: bool = False


@dataclass(frozen=True)
class Income:
    """合計所得金額 and its parts."""

    salary: int
    pension: int
    other: int
    adjustment: int

    @property
    def total(self) -> int:
        """合計所得金額."""
        return self.salary + self.pension + self.other - self.adjustment


@dataclass(frozen=True)
class Levy:
    """The income-based part (所得割): each side before the credit, its credit (調整控除), and what is due, floored to 100 yen."""

    ward_raw: int
    metropolis_raw: int
    ward_credit: int
    metropolis_credit: int
    relief: int
    ward: int
    metropolis: int


@dataclass(frozen=True)
class Tax:
    """The whole computation. exempt: "" for nobody, "income" where only 均等割 is due, "all" where nothing is; reason: why."""

    law: Law
    income: Income
    deductions: Mapping[str, int]
    taxable: int
    gap: int
    exempt: str
    reason: str
    limit_all: int
    limit_income: int
    levy: Levy
    equal_ward: int
    equal_metropolis: int
    forest: int

    @property
    def ward(self) -> int:
        """特別区民税: 所得割 and 均等割."""
        return self.levy.ward + self.equal_ward

    @property
    def metropolis(self) -> int:
        """都民税: 所得割 and 均等割."""
        return self.levy.metropolis + self.equal_metropolis

    @property
    def total(self) -> int:
        """What is due for the year, 森林環境税 included."""
        return self.ward + self.metropolis + self.forest


def law_for(fiscal_year: int) -> Law:
    """The tables of a fiscal year (年度). Raises NotCovered."""
    found = next((law for law in LAWS if law.fiscal_year == fiscal_year), None)
    if found is None:
        raise NotCovered(f"no table covers fiscal year {fiscal_year}")
    return found


# Income -------------------------------------------------------------------------------------------------------------------------------


def salary_income(revenue: int, table: Salary) -> int:
    """給与所得 of a year's salary (所得税法28条・別表第五; 地方税法313条2項 computes by the same)."""
    band: Band = next(band for band in reversed(table.bands) if revenue >= band.since)
    if band.flat is not None:
        return band.flat
    return revenue // band.step * band.step * band.percent // 100 - band.less


def pension_income(revenue: int, over_65: bool, other: int) -> int:
    """公的年金等の雑所得: revenue less 公的年金等控除, never below 0. other: 合計所得金額 without the pension."""
    line, least = L.PENSION_65 if over_65 else L.PENSION_YOUNGER
    less = next((less for most, less in L.PENSION_OTHER if other <= most), L.PENSION_OTHER_MOST)
    if revenue <= line:
        return max(0, revenue - (least - less))
    for most, percent, more in L.PENSION_STEPS:
        if revenue <= most:
            return revenue * (100 - percent) // 100 - (more - less)
    return revenue - (L.PENSION_MOST - less)


def over_65(birth: date, law: Law) -> bool:
    """Whether somebody is 65 on 31 December of the year of the income: born on 1 January or earlier (年齢計算ニ関する法律)."""
    return birth <= date(law.fiscal_year - 65, 1, 1)


def minor(birth: date, law: Law) -> bool:
    """未成年者: below 18 on 1 January of the fiscal year (賦課期日), born on 3 January or later eighteen years before."""
    return birth >= date(law.fiscal_year - 18, 1, 3)


def income(given: Return, law: Law, table: Salary | None = None) -> Income:
    """The income of the year. table: another table for salaries than the law's."""
    salary = salary_income(given.salary, table or law.salary)
    children = 0
    if given.child_or_disabled and given.salary > L.CHILDREN_LINE:
        children = -(-(min(given.salary, L.CHILDREN_MOST) - L.CHILDREN_LINE) // 10)
    pension = pension_income(given.pension, over_65(given.birth, law), salary - children + given.other)
    both = max(0, min(salary, L.BOTH_MOST) + min(pension, L.BOTH_MOST) - L.BOTH_MOST) if salary and pension else 0
    return Income(salary, pension, given.other, children + both)


# Deductions ---------------------------------------------------------------------------------------------------------------------------


def _premium(paid: int, table: tuple) -> int:
    """A premium's deduction by a table of (up to, divisor, addition) and the most; fractions of a yen go up."""
    *steps, most = table
    return next((-(-paid // divisor) + more for upto, divisor, more in steps if paid <= upto), most)


def life_insurance(life: Mapping[str, int]) -> int:
    """生命保険料控除. life: new_general, new_medical, new_pension, old_general, old_pension → premium paid. Of old and new contracts of a
    kind, whichever way is best: the old alone, or both together up to 28,000."""
    total = _premium(life.get("new_medical", 0), L.LIFE_NEW)
    for kind in ("general", "pension"):
        new = _premium(life.get(f"new_{kind}", 0), L.LIFE_NEW)
        old = _premium(life.get(f"old_{kind}", 0), L.LIFE_OLD)
        total += max(old, min(new + old, L.LIFE_BOTH))
    return min(total, L.LIFE_MOST)


def quake_insurance(quake: int, old_long: int) -> int:
    """地震保険料控除, with 旧長期損害保険料."""
    return min(min(-(-quake // 2), L.QUAKE_MOST) + _premium(old_long, L.OLD_LONG), L.QUAKE_MOST)


def medical(paid: int, self_medication: int, total: int) -> int:
    """医療費控除: what exceeds 100,000 yen or 5 % of the income; or セルフメディケーション税制, whichever is more."""
    usual = paid - min(L.MEDICAL_LINE, total * 5 // 100)
    own = self_medication - L.SELF_MEDICATION_LINE
    return max(0, min(usual, L.MEDICAL_MOST), min(own, L.SELF_MEDICATION_MOST))


def basic(total: int) -> int:
    """基礎控除 for a 合計所得金額."""
    return next((yen for most, yen in L.BASIC if total <= most), 0)


def _own_step(total: int) -> int | None:
    """0, 1, 2: the own income's step for a spouse; None where it is too high."""
    return next((step for step, most in enumerate(L.OWN_STEPS) if total <= most), None)


def spouse(given: Return, law: Law, total: int) -> tuple[int, int]:
    """配偶者控除 or 配偶者特別控除, and the gap (人的控除の差) that goes with it."""
    step = _own_step(total)
    if given.spouse_income is None or step is None:
        return 0, 0
    if given.spouse_income <= law.dependant_limit:
        if given.spouse_elderly:
            return L.SPOUSE_ELDERLY[step], L.GAP_SPOUSE_ELDERLY[step]
        return L.SPOUSE[step], L.GAP_SPOUSE[step]
    full = next((man for most, man in L.SPOUSE_SPECIAL if given.spouse_income <= most * MAN), 0)
    return -(-full * (3 - step) // 3) * MAN, 0


def special_relatives(incomes: Sequence[int], law: Law) -> int:
    """特定親族特別控除 of all of them."""
    return sum(
        next((man for most, man in L.RELATIVE_SPECIAL if yen <= most * MAN), 0) * MAN
        for yen in incomes
        if yen > law.dependant_limit
    )


def _status(given: Return, law: Law, total: int) -> str:
    return given.status if total <= L.WIDOW_LIMIT else ""


def is_student(given: Return, law: Law, total: int) -> bool:
    """勤労学生: income up to the year's limit, not more than 100,000 yen of it from other than work."""
    return given.student and total <= law.student_limit and given.other + given.pension <= 10 * MAN


def deductions(given: Return, law: Law, total: int) -> dict[str, int]:
    """所得控除 by name, for a 合計所得金額."""
    status = _status(given, law, total)
    return {
        "medical": medical(given.medical, given.self_medication, total),
        "social_insurance": given.social_insurance,
        "mutual_aid": given.mutual_aid,
        "life": life_insurance(given.life),
        "quake": quake_insurance(given.quake, given.old_long),
        "disability": sum(L.DISABILITY[kind] * count for kind, count in given.disabled.items()),
        "status": {"": 0, "widow": L.WIDOW}.get(status, law.single_parent),
        "student": L.STUDENT if is_student(given, law, total) else 0,
        "spouse": spouse(given, law, total)[0],
        "dependants": sum(L.DEPENDANTS[kind] * count for kind, count in given.dependants.items()),
        "special_relatives": special_relatives(given.special_relatives, law),
        "basic": basic(total),
    }


def gap(given: Return, law: Law, total: int) -> int:
    """人的控除の差の合計, for the 調整控除 (314条の6)."""
    student = L.GAP_STUDENT if is_student(given, law, total) else 0
    return (
        L.GAP_BASIC
        + sum(L.GAP_DISABILITY[kind] * count for kind, count in given.disabled.items())
        + L.GAP_STATUS[_status(given, law, total)]
        + student
        + spouse(given, law, total)[1]
        + sum(L.GAP_DEPENDANTS[kind] * count for kind, count in given.dependants.items())
    )


# Tax ----------------------------------------------------------------------------------------------------------------------------------


def credit_base(taxable: int, gap: int, total: int) -> int:
    """What 調整控除 takes its 3 % and 2 % of: up to 2,000,000 yen taxable the smaller of gap and taxable; above, the gap less what exceeds
    it, 50,000 at least; nothing above 25,000,000 合計所得金額."""
    if total > L.CREDIT_LIMIT:
        return 0
    if taxable <= L.CREDIT_LINE:
        return min(gap, taxable)
    return max(gap - (taxable - L.CREDIT_LINE), L.CREDIT_LEAST)


def levy(taxable: int, gap: int, total: int, room: int | None = None) -> Levy:
    """所得割 of a taxable income (a multiple of 1,000). room: how far the income is above the tax-free limit; the tax takes no more than
    that (附則3条の3第2項・5項). None: no limit looked at."""
    base = credit_base(taxable, gap, total)
    raw_ward, raw_metropolis = taxable * L.WARD // 100, taxable * L.METROPOLIS // 100
    ward_credit, metropolis_credit = -(-base * L.WARD_CREDIT // 100), -(-base * L.METROPOLIS_CREDIT // 100)
    ward, metropolis = max(0, raw_ward - ward_credit), max(0, raw_metropolis - metropolis_credit)
    relief = max(0, ward + metropolis - room) if room is not None else 0
    if relief:
        share = -(-relief * ward // (ward + metropolis))
        ward, metropolis = max(0, ward - share), max(0, metropolis - (relief - share))
    return Levy(
        raw_ward, raw_metropolis, ward_credit, metropolis_credit, relief, ward // 100 * 100, metropolis // 100 * 100
    )


def people(given: Return, law: Law) -> int:
    """Heads for the tax-free limits: oneself, a spouse within the limit, every dependant."""
    spouse_counts = given.spouse_income is not None and given.spouse_income <= law.dependant_limit
    return 1 + spouse_counts + sum(given.dependants.values()) + given.under_16


def limits(count: int) -> tuple[int, int]:
    """The tax-free limits (非課税限度額) for so many heads: for everything, and for 所得割 alone."""
    plain = L.LAND * count + L.FLAT
    return (plain + L.MORE_EQUAL, plain + L.MORE_INCOME) if count > 1 else (plain, plain)


def exemption(given: Return, law: Law, total: int) -> tuple[str, str]:
    """Who pays nothing, or no 所得割 (295条, 附則3条の3): ("all" | "income" | "", the reason)."""
    everything, income_only = limits(people(given, law))
    vulnerable = given.self_disabled or minor(given.birth, law) or _status(given, law, total)
    if given.welfare:
        return "all", "welfare"
    if vulnerable and total <= L.VULNERABLE_LIMIT:
        return "all", "vulnerable"
    if total <= everything:
        return "all", "limit"
    return ("income", "limit") if total <= income_only else ("", "")


def compute(given: Return, fiscal_year: int, table: Salary | None = None) -> Tax:
    """The tax of a year, step by step. table: another table for salaries. Raises NotCovered."""
    law = law_for(fiscal_year)
    found = income(given, law, table)
    total = found.total
    deducted = deductions(given, law, total)
    taxable = max(0, total - sum(deducted.values())) // 1_000 * 1_000
    exempt, reason = exemption(given, law, total)
    limit_all, limit_income = limits(people(given, law))
    gaps = gap(given, law, total)
    due = levy(0, 0, total) if exempt else levy(taxable, gaps, total, total - limit_income)
    equal = exempt != "all"
    return Tax(
        law=law,
        income=found,
        deductions=deducted,
        taxable=taxable,
        gap=gaps,
        exempt=exempt,
        reason=reason,
        limit_all=limit_all,
        limit_income=limit_income,
        levy=due,
        equal_ward=L.WARD_EQUAL * equal,
        equal_metropolis=L.METROPOLIS_EQUAL * equal,
        forest=L.FOREST * equal,
    )


def other_reading(given: Return, tax: Tax) -> Tax | None:
    """The tax by the other reading of the law on salaries, where sources disagree and it comes out differently."""
    if tax.law.other_salary is None:
        return None
    other = compute(given, tax.law.fiscal_year, tax.law.other_salary)
    return other if other.total != tax.total or other.income != tax.income else None
