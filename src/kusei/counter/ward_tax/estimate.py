"""The tax of a return in words: every step, its law, what the ward's sources disagree about, and what is left out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kusei.base.ask.estimates import Estimate, Line
from kusei.base.web import kit
from kusei.counter.ward_tax import law as L
from kusei.counter.ward_tax import returns, rules
from kusei.counter.ward_tax.rules import Tax

REIWA = 2018
"""The year before the first of 令和."""


def _names() -> dict[str, tuple[str, str]]:
    """Deductions: name → (what it is called, the law)."""
    article = "地方税法314条の2"
    return {
        "medical": (_("医療費控除"), f"{article}第1項2号"),
        "social_insurance": (_("社会保険料控除"), f"{article}第1項3号"),
        "mutual_aid": (_("小規模企業共済等掛金控除"), f"{article}第1項4号"),
        "life": (_("生命保険料控除"), f"{article}第1項5号"),
        "quake": (_("地震保険料控除"), f"{article}第1項5号の3"),
        "disability": (_("障害者控除"), f"{article}第1項6号"),
        "status": (_("寡婦控除・ひとり親控除"), f"{article}第1項8号・8号の2"),
        "student": (_("勤労学生控除"), f"{article}第1項9号"),
        "spouse": (_("配偶者控除・配偶者特別控除"), f"{article}第1項10号・10号の2"),
        "dependants": (_("扶養控除"), f"{article}第1項11号"),
        "special_relatives": (_("特定親族特別控除"), f"{article}第1項12号"),
        "basic": (_("基礎控除"), f"{article}第2項"),
    }


def _year_name(year: int) -> str:
    return _("令和%(reiwa)s年度（%(year)s年度）") % {"reiwa": year - REIWA, "year": year}


def _income(given: rules.Return, tax: Tax) -> list[Line]:
    found = tax.income
    lines = []
    if given.salary:
        lines.append(
            Line(
                _("給与所得"),
                kit.yen(found.salary),
                _("収入%(yen)sから") % {"yen": kit.yen(given.salary)},
                tax.law.salary.source,
            )
        )
    if given.pension:
        how = _("収入%(yen)sから") % {"yen": kit.yen(given.pension)}
        lines.append(
            Line(_("公的年金等の所得"), kit.yen(found.pension), how, "所得税法35条、租税特別措置法41条の15の3")
        )
    if given.other:
        lines.append(Line(_("そのほかの所得"), kit.yen(found.other)))
    if found.adjustment:
        lines.append(Line(_("所得金額調整控除"), f"−{kit.yen(found.adjustment)}", law="租税特別措置法41条の3の11"))
    return [*lines, Line(_("合計所得金額"), kit.yen(found.total), law="地方税法292条1項13号")]


def _deductions(tax: Tax) -> list[Line]:
    names = _names()
    lines = [Line(names[key][0], kit.yen(yen), law=names[key][1]) for key, yen in tax.deductions.items() if yen]
    lines.append(Line(_("控除の合計"), kit.yen(sum(tax.deductions.values()))))
    how = _("所得から控除を引き、1,000円未満を切り捨て")
    return [*lines, Line(_("課税総所得金額"), kit.yen(tax.taxable), how, "地方税法20条の4の2第1項")]


def _exempt(tax: Tax) -> Line:
    reasons = {
        "welfare": (_("生活扶助を受けているため"), "地方税法295条1項1号"),
        "vulnerable": (_("障害者・未成年者・寡婦・ひとり親で、合計所得金額が135万円以下のため"), "地方税法295条1項2号"),
        "limit": (
            _("所得が非課税限度額（%(yen)s）以下のため") % {"yen": kit.yen(tax.limit_all if tax.exempt == "all" else tax.limit_income)},
            "地方税法295条3項" if tax.exempt == "all" else "地方税法附則3条の3",
        ),
    }  # fmt: skip
    why, law = reasons[tax.reason]
    return Line(_("非課税") if tax.exempt == "all" else _("所得割は非課税"), kit.yen(0), why, law)


def _levy(tax: Tax) -> list[Line]:
    due = tax.levy
    percent = _("課税総所得金額の%(percent)s%%")
    lines = [
        Line(
            _("特別区民税の所得割（控除前）"), kit.yen(due.ward_raw), percent % {"percent": L.WARD}, "地方税法314条の3"
        ),
        Line(
            _("都民税の所得割（控除前）"),
            kit.yen(due.metropolis_raw),
            percent % {"percent": L.METROPOLIS},
            "地方税法35条",
        ),
        Line(
            _("調整控除"),
            f"−{kit.yen(due.ward_credit + due.metropolis_credit)}",
            _("人的控除の差の合計%(gap)s、区%(ward)s・都%(metropolis)s")
            % {"gap": kit.yen(tax.gap), "ward": kit.yen(due.ward_credit), "metropolis": kit.yen(due.metropolis_credit)},
            "地方税法314条の6・37条",
        ),
    ]
    if due.relief:
        lines.append(
            Line(
                _("所得割の調整"), f"−{kit.yen(due.relief)}", _("非課税限度額を下回らないように"), "地方税法附則3条の3"
            )
        )
    rounded = _("100円未満を切り捨て")
    return [
        *lines,
        Line(_("特別区民税の所得割"), kit.yen(due.ward), rounded, "地方税法20条の4の2第3項"),
        Line(_("都民税の所得割"), kit.yen(due.metropolis), rounded, "地方税法20条の4の2第3項"),
    ]


def _tax(tax: Tax) -> list[Line]:
    lines = [_exempt(tax)] if tax.exempt else []
    if not tax.exempt:
        lines += _levy(tax)
    if tax.exempt != "all":
        lines += [
            Line(_("特別区民税の均等割"), kit.yen(tax.equal_ward), law="地方税法310条"),
            Line(_("都民税の均等割"), kit.yen(tax.equal_metropolis), law="地方税法38条"),
            Line(_("森林環境税（国税）"), kit.yen(tax.forest), law="森林環境税及び森林環境譲与税に関する法律5条"),
        ]
    return [*lines, Line(_("年税額"), kit.yen(tax.total))]


def _doubts(given: rules.Return, tax: Tax) -> list[str]:
    other = rules.other_reading(given, tax)
    if other is None:
        return []
    words = {
        "used": tax.law.salary.name,
        "other": other_name(tax),
        "total": kit.yen(tax.total),
        "differing": kit.yen(other.total),
    }
    return [
        _(
            "令和9年度の給与所得控除の最低保障額は、%(used)s万円（租税特別措置法の特例）とする資料と、%(other)s万円（所得税法の本則）とする資料があります。"
            "ここでは%(used)s万円で計算しました（%(total)s）。%(other)s万円なら%(differing)sです。"
        )
        % words
    ]


def other_name(tax: Tax) -> int:
    """The least deduction of the other reading, in ten thousand yen."""
    return tax.law.other_salary.name


def notes() -> list[str]:
    """What an estimate does not tell."""
    return [
        _("これは試算です。税額は、区が決定して通知します。"),
        _(
            "寄附金（ふるさと納税）・住宅ローン・配当・外国税額の税額控除、雑損控除、損失の繰越し、分離課税は計算に入れていません。"
        ),
    ]


def estimate(answers: Mapping[str, Any], day: date) -> Estimate | None:
    """The tax that these answers come to; None before the year and the birth date are known."""
    year, given = returns.fiscal_year(answers), returns.of_answers(answers)
    if year is None or given is None:
        return None
    tax = rules.compute(given, year)
    groups = [
        (_("所得"), _income(given, tax)),
        (_("所得から引かれる金額"), _deductions(tax)),
        (_("税額"), _tax(tax)),
        (_("よりどころ"), [Line(_year_name(year), tax.law.source)]),
    ]
    total = _("%(year)sの税額（試算）　%(yen)s") % {"year": _year_name(year), "yen": kit.yen(tax.total)}
    return Estimate(_("ここまでの答えによる税額"), total, groups, _doubts(given, tax), notes())
