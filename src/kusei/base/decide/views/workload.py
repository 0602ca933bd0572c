"""Who has how much to do and how long it has lain (滞留), and how much is decided electronically (電子決裁率)."""

from datetime import date
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kusei.base.decide import load, present, rules
from kusei.base.kernel.calendar import business_days_between, fiscal_year, fiscal_year_name
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.record.sheets import csv_bytes

LEADING = "進行管理"
AGES = {
    0: lazy("5日未満"),
    5: lazy("5〜9日"),
    10: lazy("10〜19日"),
    20: lazy("20日以上"),
}
KINDS = {"review": lazy("確認待ち"), "consult": lazy("合議待ち"), "decide": lazy("決裁待ち")}
YEARS = 5
"""So many fiscal years back the share can be looked at."""


@page(who="staff", purpose=LEADING, may="indicators.view")
def workload(request: HttpRequest) -> HttpResponse:
    """Open cases by clerk and by procedure, how old and how late they are, and what waits at which post."""
    today = local_date(request.now)
    sections = [
        {
            "name": text(section.department.name),
            "clerks": [_load(each, "assignee") for each in section.clerks],
            "procedures": [_load(each, "procedure") for each in section.procedures],
            "piles": [
                {"post": present.POSTS[pile.post], "kind": KINDS[pile.kind], "count": pile.count, "oldest": pile.oldest,
                 "days": business_days_between(local_date(pile.oldest), today)}
                for pile in section.piles
            ],
        }
        for section in load.workload(request.actor, LEADING, request.now)
    ]  # fmt: skip
    return render(request, "decide/workload.html", {"sections": sections, "ages": list(AGES.values())})


def _load(each: load.Load, by: str) -> dict:
    """A row of the table, every number a way to the cases it counts."""
    nobody = by == "assignee" and each.key == "none"
    chosen = {} if nobody else {by: each.key}
    tab = "unassigned" if nobody else "open"
    name = each.name.name if by == "assignee" and each.name else text(each.name) if each.name else _("担当者なし")
    return {
        "name": name,
        "open": (each.open, _queue(tab=tab, **chosen)),
        "ages": [(AGES[age], each.ages[age], _queue(tab=tab, **chosen, age=str(age))) for age in rules.AGES],
        "overdue": (each.overdue, _queue(tab="overdue", **chosen)) if not nobody else (each.overdue, ""),
        "correcting": (each.correcting, _queue(tab="correcting", **chosen)) if not nobody else (each.correcting, ""),
        "approving": each.approving,
    }


def _queue(**wanted: str) -> str:
    return f"{reverse('decide:queue')}?{urlencode(wanted)}"


# ---- the electronic share ----------------------------------------------------------------------------------------------------


def _year(request: HttpRequest) -> int:
    """The fiscal year asked for. Raises Invalid for one that isn't offered."""
    this, typed = fiscal_year(local_date(request.now)), request.GET.get("year", "")
    if not typed:
        return this
    if typed not in {str(year) for year in range(this - YEARS + 1, this + 1)}:
        raise Invalid({"year": _("このページの住所は正しくありません。メニューから開き直してください。")})
    return int(typed)


@page(who="staff", purpose=LEADING, may="indicators.view")
def share(request: HttpRequest) -> HttpResponse:
    """How much is decided electronically, by department and month (電子決裁率)."""
    year, this = _year(request), fiscal_year(local_date(request.now))
    found = load.shares(request.actor, LEADING, year, request.now)
    context = {
        "rows": [
            {"name": text(row.department.name), "total": row.total,
             "months": [{"month": month, "share": row.months.get(month)} for month in _months(year)]}
            for row in found
        ],
        "total": load.total(row.total for row in found),
        "months": _months(year),
        "year": year,
        "year_name": fiscal_year_name(year),
        "years": [(str(each), fiscal_year_name(each)) for each in range(this, this - YEARS, -1)],
    }  # fmt: skip
    return render(request, "decide/share.html", context)


def _months(year: int) -> list[date]:
    return [date(year + (month < 4), month, 1) for month in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)]


@page(who="staff", purpose=LEADING, may="indicators.view")
def share_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file: a line for each department and month with a decision."""
    year = _year(request)
    lines = [
        (row.department.path, row.department.name["ja"], f"{month:%Y-%m}", share.electronic, share.paper, share.percent)
        for row in load.shares(request.actor, LEADING, year, request.now)
        for month, share in row.months.items()
    ]
    header = ["課コード", "課", "月", "電子決裁", "紙決裁", "電子決裁率（%）"]
    file = quote(f"電子決裁率_{year}.csv")
    return HttpResponse(
        csv_bytes(header, lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{file}", "Cache-Control": "private, no-store"},
    )
