"""From the procedure's page to the receipt: one question a page, each saved as soon as it is answered."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kusei.base.ask import actions, answers, catalogue, engine, estimates, queries
from kusei.base.ask import views_items as items
from kusei.base.ask.assurance import lacking
from kusei.base.ask.filling import Filling
from kusei.base.ask.kinds import fact_label
from kusei.base.ask.models import Draft
from kusei.base.ask.schema import Procedure
from kusei.base.ask.views_sign import state_of
from kusei.base.ask.way import frame, note_forged, onwards
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import row, text
from kusei.base.kernel.pages import page
from kusei.base.signing import trust
from kusei.base.staff import queries as staff
from kusei.base.web.occasions import OCCASIONS


def guide_labels() -> dict[str, str]:
    """The headings of a procedure's guide, in order and in the active language."""
    return {
        "who": _("対象の方"),
        "when": _("いつまでに"),
        "bring": _("用意するもの"),
        "known": _("区がすでに知っていること"),
        "where": _("窓口"),
        "fee": _("手数料"),
        "form": _("届出・申請の方法"),
        "how_long": _("かかる日数"),
    }


def guide_rows(found: Procedure) -> list[dict]:
    """The guide as rows of heading and text in the active language: its own words, the term by rule, and what need not be written again."""
    said: dict[str, str | list[str]] = {key: text(words.mapping()) for key, words in found.guide.items()}
    if found.deadline:
        said["when"] = list(filter(None, [found.deadline.sentence(), said.get("when")]))
    if facts := [fact_label(name) for name in found.facts_used()]:
        said["known"] = row(*facts)
    return [{"label": label, "value": said[key]} for key, label in guide_labels().items() if key in said]


@require_GET
@page(who="public", purpose="手続の案内")
def procedures(request: HttpRequest) -> HttpResponse:
    """Every procedure in force, by the occasion in life that brings it."""
    by_occasion: dict[str, list] = {occasion.code: [] for occasion in OCCASIONS}
    for snapshot, found in queries.in_force(local_date(request.now)):
        card = {
            "title": text(found.title.mapping()),
            "text": text(found.summary.mapping()),
            "url": reverse("ask:procedure", args=[snapshot.procedure]),
        }
        by_occasion.get(found.category, by_occasion["other"]).append(card)
    groups = [
        {"code": each.code, "label": each.label, "procedures": by_occasion[each.code]}
        for each in OCCASIONS
        if by_occasion[each.code]
    ]
    return render(request, "ask/procedures.html", {"groups": groups})


@require_GET
@page(who="public", purpose="手続の案内")
def procedure(request: HttpRequest, slug: str) -> HttpResponse:
    """What a procedure is for, who, when, with what, and the way in."""
    snapshot = catalogue.current(slug, local_date(request.now))
    if snapshot is None:
        raise Refused("ask.procedure", obj=("ask.procedure", slug[:80]))
    found = catalogue.procedure_of(snapshot.id)
    mine = queries.drafts(request.actor, "申請", request.now).filter(procedure=slug, submitted_at=None).first()
    context = {
        "procedure": found,
        "title": text(found.title.mapping()),
        "summary": text(found.summary.mapping()),
        "slug": slug,
        "rows": guide_rows(found),
        "department": staff.department(found.department),
        "draft": mine,
        "needs_tie": request.actor.kind == "resident" and lacking(found, request.actor) == "tied",
        "cards": trust.accepted(),
        "needs_card": request.actor.kind == "resident" and lacking(found, request.actor) == "card",
        "pages_count": len(found.pages),
        "snapshot": snapshot,
    }
    return render(request, "ask/procedure.html", context)


@require_http_methods(["GET", "POST"])
@page(who="resident", purpose="申請")
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the draft, at the first page that still lacks an answer. Reached by GET when one has just signed in."""
    if request.method == "GET" and catalogue.current(slug, local_date(request.now)):
        return redirect("ask:procedure", slug)
    try:
        draft = actions.start(slug, by=request.actor, now=request.now, today=local_date(request.now))
    except NotNow as not_now:
        messages.warning(request, str(not_now))
        return redirect("ask:procedure", slug)
    request.draft_at_hand = draft
    filling = Filling(draft, request.actor, request.now)
    lacking = filling.lacking()
    return redirect(filling.url(lacking.key) if lacking else filling.url_check())


@require_http_methods(["GET", "POST"])
@page(who="resident", purpose="申請", tells=True)
def page_of_draft(request: HttpRequest, id, key: str) -> HttpResponse:
    """One page of questions."""
    filling = Filling(_draft(request, id), request.actor, request.now)
    if filling.closed:
        return redirect("ask:done", id)
    return fill(request, filling, key)


def _draft(request: HttpRequest, id) -> Draft:
    """The draft: read once a request, also where the page that follows is answered in the same one (web.follow)."""
    at_hand = getattr(request, "draft_at_hand", None)
    if at_hand is None or at_hand.id != id:
        at_hand = request.draft_at_hand = queries.draft(request.actor, id, request.now)
    return at_hand


def fill(request: HttpRequest, filling: Filling, key: str) -> HttpResponse:
    """Draw a page of a filling, or read its answers, keep them and go on. What does not hold is shown again as typed, status 400."""
    shown = filling.page(key)
    if shown is None:  # an answer given elsewhere took the page away
        lacking = filling.lacking()
        return redirect(filling.url(lacking.key) if lacking else filling.url_check())
    if group := filling.procedure.group_on(shown):
        return items.fill(request, filling, shown, group)
    if request.method == "POST" and "estimate" in request.POST and not shown.stop:
        return _draw(request, filling, shown, post=request.POST)
    if request.method == "POST" and not shown.stop:
        uploads = request.FILES
        try:
            given = engine.read(filling.procedure, shown, request.POST, filling.setting(uploads))
            filling.save(given)
        except Invalid as invalid:
            note_forged(request, filling, invalid, key)
            return _draw(request, filling, shown, post=request.POST, errors=invalid.problems, status=400)
        except NotNow as not_now:
            messages.info(request, str(not_now))
            return redirect("ask:done", filling.draft.id)
        return redirect(filling.url(shown.key) if request.POST.get("remove") else onwards(request, filling, shown))
    return _draw(request, filling, shown)


def _draw(request: HttpRequest, filling: Filling, shown, *, post=None, errors=None, status: int = 200) -> HttpResponse:
    named = shown.title or (filling.procedure.title if len(shown.ask) > 1 else None)
    heading = text(named.mapping()) if named else ""
    context = frame(filling, shown) | {
        **_estimated(filling, shown, post),
        "label": heading or (engine.label(filling.procedure, shown.ask[0]) if shown.ask else _("ご確認ください")),
        "heading": heading,
        "questions": engine.draw(filling.procedure, shown, filling.answers, filling.setting(), post, errors),
        "errors": list((errors or {}).items()),
        "stop": text(shown.stop.mapping()) if shown.stop else "",
        "has_file": any(filling.procedure.questions[k].kind == "file" for k in shown.ask),
    }
    return render(request, "ask/page.html", context, status=status)


def _estimated(filling: Filling, shown, post) -> dict:
    """What a page's panel shows: the answers so far, with what is typed on this page or what the ward holds for it."""
    if not estimates.offered(filling.draft.procedure):
        return {}
    setting = filling.setting()
    if post:
        typed = estimates.typed(filling.procedure, shown, post, setting)
    else:
        typed = estimates.prefilled(shown, filling.procedure, filling.answers, setting)
    return {
        "estimates": True, "estimate": filling.estimate(typed), "estimate_url": filling.url_estimate(shown.key),
    }  # fmt: skip


@require_POST
@page(who="resident", purpose="申請", tells=True)
def estimate(request: HttpRequest, id, key: str) -> HttpResponse:
    """What the answers come to with what is being typed on a page (試算); nothing is kept."""
    filling = Filling(_draft(request, id), request.actor, request.now)
    shown = filling.page(key)
    typed = estimates.typed(filling.procedure, shown, request.POST, filling.setting()) if shown else None
    return render(request, "ask/_estimate.html", {"estimate": filling.estimate(typed)})


@require_GET
@page(who="resident", purpose="申請")
def check(request: HttpRequest, id) -> HttpResponse:
    """Check your answers (入力内容の確認)."""
    filling = Filling(_draft(request, id), request.actor, request.now)
    if filling.closed:
        return redirect("ask:done", id)
    return checked(request, filling, "ask/check.html", reverse("ask:submit", args=[id]))


def checked(request: HttpRequest, filling: Filling, template: str, send: str, status: int = 200) -> HttpResponse:
    """The check page of a filling; with a page still lacking, that page comes first."""
    lacking = filling.lacking()
    if lacking:
        messages.warning(request, _("まだ答えていない質問があります。"))
        return redirect(filling.url(lacking.key))
    changeable = {p.key for p in filling.pages()}
    sections = answers.readable(filling.procedure, filling.answers, request.LANGUAGE_CODE, filling.draft.given)
    rows = [
        {
            "label": row.label,
            "value": row.said or [_("なし")],
            "change": _change(filling, row) if row.page in changeable else "",
        }
        for section in sections
        for row in section.rows
    ]
    context = {"title": text(filling.procedure.title.mapping()), "rows": rows, "send": send, "draft": filling.draft}
    context["signing"] = state_of(filling)
    context["online"] = filling.procedure.online
    context |= {"until": (until := filling.last_day()), "late": bool(until) and until < local_date(request.now)}
    context |= {"estimate": filling.estimate(), "open_estimate": True}
    return render(request, template, context, status=status)


def _change(filling: Filling, row: answers.Row) -> str:
    """Where an answer is changed; of a group the one item."""
    return f"{filling.url(row.page)}?{urlencode(({'item': row.item} if row.item else {}) | {'from': 'check'})}"


@require_POST
@page(who="resident", purpose="申請")
def submit(request: HttpRequest, id) -> HttpResponse:
    """Submit, once; pressed again it leads to the same receipt."""
    draft = queries.draft(request.actor, id, request.now)
    try:
        actions.submit(draft, by=request.actor, now=request.now)
    except Invalid as invalid:
        messages.warning(request, _("まだ答えていない質問があります。"))
        return redirect("ask:page", id, next(iter(invalid.problems)))
    except NotNow as not_now:
        messages.warning(request, str(not_now))
        return redirect("ask:check", id)
    return redirect("ask:done", id)


def how_long(procedure: Procedure) -> str:
    """When an answer may be awaited, in the procedure's own words; "" where it says nothing."""
    return text(procedure.guide["how_long"].mapping()) if "how_long" in procedure.guide else ""


@require_GET
@page(who="resident", purpose="申請")
def done(request: HttpRequest, id) -> HttpResponse:
    """The receipt (受付番号) and what happens next."""
    application = queries.applications(request.actor, "申請", request.now).filter(draft_id=id).first()
    if application is None:
        queries.draft(request.actor, id, request.now)
        return redirect("ask:check", id)
    found = catalogue.procedure_of(application.snapshot_id)
    context = {
        "application": application,
        "title": text(found.title.mapping()),
        "how_long": how_long(found),
        "department": staff.department(found.department),
    }
    return render(request, "ask/done.html", context)


@require_POST
@page(who="resident", purpose="申請")
def discard(request: HttpRequest, id) -> HttpResponse:
    """Throw the draft away."""
    draft = queries.draft(request.actor, id, request.now)
    try:
        actions.discard(draft, by=request.actor, now=request.now)
        messages.success(request, _("下書きを消しました。"))
    except NotNow as not_now:
        messages.info(request, str(not_now))
    return redirect("accounts:my_page")
