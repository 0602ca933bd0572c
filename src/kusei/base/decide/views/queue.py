"""Finding cases: the queue (案件一覧) and the overview for chiefs (概況)."""

from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kusei.base.decide import figures, present, queries, rules
from kusei.base.decide.models import Case
from kusei.base.decide.moves import PURPOSE
from kusei.base.decide.views.found import log_listed, uuid_in
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff.models import StaffMember

TABS = {
    "mine": lazy("自分の担当"),
    "unassigned": lazy("担当者なし"),
    "open": lazy("処理中すべて"),
    "correcting": lazy("補正待ち"),
    "overdue": lazy("期限超過"),
    "ended": lazy("終了"),
}
EMPTY = {
    "mine": (lazy("担当している案件はありません"), lazy("「担当者なし」から、期限の近い案件を担当してください。")),
    "unassigned": (lazy("担当者のいない案件はありません"), ""),
    "open": (lazy("処理中の案件はありません"), ""),
    "correcting": (lazy("補正を待っている案件はありません"), ""),
    "overdue": (lazy("期限を過ぎた案件はありません"), ""),
    "ended": (lazy("終了した案件はありません"), ""),
}
SEARCH_LIMIT = 60


@page(who="staff", purpose=PURPOSE, may="decide.view", otherwise="web:console")
def queue(request: HttpRequest) -> HttpResponse:
    """The cases of the departments one works for, by deadline; a whole receipt number leads straight to its case."""
    by, now = request.actor, request.now
    wanted = _wanted(request)
    if wanted.text and (found := queries.by_number(by, PURPOSE, now, wanted.text)):
        return redirect("decide:case", case_id=found.id)
    shown = queries.queue(by, PURPOSE, now, wanted)
    log_listed(request, shown.rows, "case.search" if wanted.text else "case.list", PURPOSE)
    asked = (("q", wanted.text), ("procedure", wanted.procedure), ("assignee", wanted.assignee), ("age", wanted.age))
    kept = {key: str(value) for key, value in asked if value not in ("", None)}
    narrowed = _narrowed(wanted)
    today = local_date(now)
    context = {
        "tab": wanted.tab,
        "kept": kept,
        "narrowed": narrowed,
        "tabs": [
            (
                label,
                _address(kept, tab=tab),
                tab == wanted.tab,
                *([_count(shown.counts[tab], queries.most_in(tab))] if shown.counts[tab] is not None else []),
            )
            for tab, label in TABS.items()
        ],
        "rows": [_row(case, today) for case in shown.rows],
        "empty": (_("見つかりませんでした"), _("番号、氏名、フリガナを確かめてください。"))
        if wanted.text
        else EMPTY[wanted.tab],
        "procedures": [("", _("すべての手続")), *((slug, text(title)) for slug, title in shown.procedures)],
        "older": _address(kept, tab=wanted.tab, after=_place(shown.older)) if shown.older else "",
        "newer": _address(kept, tab=wanted.tab, before=_place(shown.newer)) if shown.newer else "",
        "total": total if (total := shown.counts[wanted.tab]) is None or total <= queries.most_in(wanted.tab) else None,
    }
    return render(request, "decide/queue.html", context)


def _count(found: int, most: int) -> str:
    """A tab's number; "1,000+" where there are more."""
    return f"{found:,}" if found <= most else f"{most:,}+"


def _wanted(request: HttpRequest) -> queries.Wanted:
    """What the address asks for. Raises Invalid for what no link of ours holds."""
    tab = request.GET.get("tab") or ("mine" if request.actor.may("decide.take") and "q" not in request.GET else "open")
    typed = request.GET.get("q", "").strip()
    if tab not in TABS or "\x00" in request.GET.urlencode() or "%00" in request.GET.urlencode():
        raise Invalid({"tab": _("このページの住所は正しくありません。メニューから開き直してください。")})
    if len(typed) > SEARCH_LIMIT:
        raise Invalid({"q": _("%(most)s文字までで探してください。") % {"most": SEARCH_LIMIT}})
    age, assignee = request.GET.get("age", ""), request.GET.get("assignee", "")
    if age not in ("", *map(str, rules.AGES)) or (assignee and not uuid_in(assignee)):
        raise Invalid({"tab": _("このページの住所は正しくありません。メニューから開き直してください。")})
    places = {key: _read_place(tab, request.GET[key]) for key in ("after", "before") if request.GET.get(key)}
    return queries.Wanted(
        tab=tab, procedure=request.GET.get("procedure", "")[:80], text=typed, assignee=uuid_in(assignee),
        age=int(age) if age else None, **places,
    )  # fmt: skip


def _narrowed(wanted: queries.Wanted) -> list[str]:
    """In words, to whom and to which age the list is narrowed down."""
    said = []
    if wanted.assignee:
        name = StaffMember.objects.filter(id=wanted.assignee).values_list("name", flat=True).first()
        said.append(_("担当：%(name)s") % {"name": name or _("不明")})
    if wanted.age is not None:
        said.append(_("受付から%(n)s営業日以上") % {"n": wanted.age})
    return said


def _read_place(tab: str, typed: str) -> tuple[date, UUID]:
    day, _mark, key = typed.partition("_")
    try:
        read = datetime.fromisoformat(day) if tab == "ended" else date.fromisoformat(day)
    except ValueError:
        read = None
    place = read, uuid_in(key)
    if None in place or (tab == "ended" and read.tzinfo is None):
        raise Invalid({"after": _("このページの住所は正しくありません。メニューから開き直してください。")})
    return place


def _place(place: tuple[date, UUID]) -> str:
    return f"{place[0].isoformat()}_{place[1]}"


def _address(kept: dict, **more: str) -> str:
    return f"{reverse('decide:queue')}?{urlencode({**kept, **more})}"


def _row(case: Case, today: date) -> dict:
    return {
        "case": case,
        "title": text(case.title),
        "state": present.state_chip(case),
        "deadline": present.deadline(case, today),
    }


@page(who="staff", purpose="進行管理", may="indicators.view")
def overview(request: HttpRequest) -> HttpResponse:
    """How the sections do: open, overdue, how old, decided this month, in how many days."""
    sections = figures.overview(request.actor, "進行管理", request.now)
    total = {
        key: sum(getattr(s, key) for s in sections) for key in ("open", "overdue", "correcting", "approving", "decided")
    }
    context = {
        "sections": [{"numbers": s, "name": text(s.department.name), "ages": _bars(s)} for s in sections],
        "total": total,
        "month": local_date(request.now).replace(day=1),
    }
    return render(request, "decide/overview.html", context)


AGES = {
    "week": lazy("7日以内"),
    "fortnight": lazy("8〜14日"),
    "month": lazy("15〜30日"),
    "older": lazy("31日以上"),
}


def _bars(section: figures.Section) -> list[dict]:
    return [{"label": AGES[name], "count": count, "most": max(section.open, 1)} for name, count in section.ages.items()]
