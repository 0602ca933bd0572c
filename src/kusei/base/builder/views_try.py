"""Trying a procedure out before anybody meets it: checks, the difference to what is published, the real pages at the size of a phone."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from csp.decorators import csp_replace, csp_update
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import ValidationError

from kusei.base.ask import answers, engine, rules
from kusei.base.ask.kinds import Setting
from kusei.base.ask.schema import Page, Procedure
from kusei.base.builder import checks, compare, queries, residents, tree, words
from kusei.base.builder.models import Manuscript
from kusei.base.builder.queries import PURPOSE
from kusei.base.builder.views import told, with_query, yaml_file
from kusei.base.builder.views_write import ROOT, found, frame_of
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page

SALT = "builder.frame"
SHOWN_FAULTS = 200
LANGUAGES = {"ja": "日本語", "ja-easy": "やさしい日本語", "en": "English"}


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def checked(request: HttpRequest, id: UUID) -> HttpResponse:
    """What is wrong, errors first, each with a way to where it is mended."""
    writing = found(request, id)
    faults = checks.of(writing.definition, queries.known(writing.procedure))
    errors = [_fault(writing, each) for each in faults if each.severity == "error"]
    warnings = [_fault(writing, each) for each in faults if each.severity == "warning"]
    context = frame_of(request, writing, "checks") | {
        "groups": [(_("直さないと公開できません"), "danger", errors[:SHOWN_FAULTS]), (_("見直してください"), "warning", warnings[:SHOWN_FAULTS])],
        "errors_count": len(errors), "warnings_count": len(warnings),
    }  # fmt: skip
    return render(request, "builder/checks.html", context)


def _fault(writing: Manuscript, fault: checks.Fault) -> dict[str, str]:
    """A fault with the name and address of the screen where it is mended."""
    at = fault.at
    if at.startswith("pages/") and at.endswith("/when") and at.split("/")[1].isdecimal():
        place = int(at.split("/")[1])
        name = f"{words.page_name(writing.definition, place)}：{words.field('when')}"
        return {"words": fault.words, "name": name, "url": reverse("builder:condition", args=[writing.id, place])}
    while at:
        try:
            tree.part(writing.definition, at)
            break
        except tree.NoSuchPart:
            at = at.rpartition("/")[0]
    steps = at.split("/")
    if steps[0] == "questions" and len(steps) > 1:
        name = words.label(writing.definition, steps[1])
    elif steps[0] == "pages" and len(steps) > 1:
        name = words.page_name(writing.definition, int(steps[1]))
    else:
        name = words.field(steps[0]) if at else _("手続きの基本")
    return {"words": fault.words, "name": name, "url": reverse("builder:part", args=[writing.id, at or ROOT])}


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def differences(request: HttpRequest, id: UUID) -> HttpResponse:
    """What the manuscript changes of the newest version, in words."""
    writing = found(request, id)
    return render(request, "builder/differences.html", frame_of(request, writing, "differences") | changes_of(writing))


def changes_of(writing: Manuscript) -> dict[str, Any]:
    """The differences to the newest version, and whether that is another than the one the manuscript began on."""
    newest = queries.newest(writing.procedure)
    before = newest.definition if newest else {}
    moved_on = bool(newest and writing.state in ("open", "asked") and writing.based_on_id != newest.id)
    return {
        "newest": newest,
        "moved_on": moved_on,
        "differences": told(compare.differences(before, writing.definition)) if newest else [],
    }


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def as_yaml(request: HttpRequest, id: UUID) -> HttpResponse:
    """The manuscript as a file."""
    writing = found(request, id)
    return yaml_file(writing.definition, f"{writing.procedure.replace('/', '-')}-draft")


@csp_update({"frame-src": ["'self'"]})
@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def preview(request: HttpRequest, id: UUID) -> HttpResponse:
    """The procedure's real pages in a frame as large as a phone, filled in by an example resident."""
    writing = found(request, id)
    who, language = request.GET.get("who", "family")[:20], request.GET.get("lang", "ja")
    language = language if language in LANGUAGES else "ja"
    address = reverse("builder:frame", args=[id])
    context = frame_of(request, writing, "preview") | {
        "phone": with_query(address, state=_kept({"who": who, "lang": language, "answers": {}, "version": writing.version})),
        "examples": [(each.key, each.title) for each in residents.examples(local_date(request.now))],
        "who": who, "languages_here": list(LANGUAGES.items()), "lang": language,
    }  # fmt: skip
    return render(request, "builder/preview.html", context)


def _kept(state: Mapping[str, Any]) -> str:
    return signing.dumps(dict(state), salt=SALT, compress=True)


class Trying:
    """A manuscript being filled in by an example resident. The answers travel in the address, signed; nothing is kept here."""

    def __init__(self, writing: Manuscript, procedure: Procedure, state: Mapping[str, Any], today):
        self.writing, self.procedure, self.today = writing, procedure, today
        self.who, self.language = state.get("who", "none"), state.get("lang", "ja")
        self.answers: dict[str, Any] = dict(state.get("answers") or {})
        self.given = residents.example(self.who, today).given(today)

    def pages(self) -> list[Page]:
        """The pages to be shown, in order."""
        return list(rules.pages(self.procedure, self.answers))

    def setting(self, uploads=None) -> Setting:
        """What the questions are asked in: the example's facts; an upload is named and forgotten."""
        files = {k: self.answers.get(k) or [] for k, q in self.procedure.questions.items() if q.kind == "file"}
        return Setting(given={**self.given, "files": files}, today=self.today, keep=_named, uploads=uploads)

    def url(self, key: str) -> str:
        """The address of a page with the answers so far; "" is the end."""
        state = {"who": self.who, "lang": self.language, "answers": self.answers, "version": self.writing.version}
        return with_query(reverse("builder:frame", args=[self.writing.id]), page=key, state=_kept(state))


def _named(_key: str, upload) -> dict[str, Any]:
    made = str(uuid4())
    return {"attachment": made, "file": made, "name": upload.name[:100], "media_type": "", "size": upload.size}


@csp_replace({"frame-ancestors": ["'self'"]})
@xframe_options_sameorigin
@never_cache
@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="ask.view")
def frame(request: HttpRequest, id: UUID) -> HttpResponse:
    """One page of the procedure as a resident sees it. Nothing is saved: the answers so far stand in the address."""
    writing = found(request, id)
    try:
        state = signing.loads(request.GET.get("state", ""), salt=SALT)
    except signing.BadSignature:
        state = {}
    try:
        procedure = Procedure.model_validate(tree.whole(writing.definition))
    except ValidationError as error:
        return render(request, "builder/not_yet.html", {"count": error.error_count()})
    trying = Trying(writing, procedure, state, local_date(request.now))
    with override({"ja-easy": "ja-easy", "en": "en"}.get(trying.language, "ja")):
        return _tried(request, trying)


def _tried(request: HttpRequest, trying: Trying) -> HttpResponse:
    key, way = request.GET.get("page", ""), trying.pages()
    shown = next((each for each in way if each.key == key), None)
    if shown is None and (key != "end" or (shown := rules.first_open(trying.procedure, trying.answers))):
        shown = shown or way[0]
    if shown is None:
        return _end(request, trying)
    if request.method == "POST" and not shown.stop:
        try:
            read = engine.read(trying.procedure, shown, request.POST, trying.setting(request.FILES))
        except Invalid as invalid:
            return _page(request, trying, shown, invalid.problems)
        trying.answers |= read
        way = trying.pages()
        after = [each.key for each in way][[each.key for each in way].index(shown.key) + 1 :]
        again = shown.key if request.POST.get("remove") else after[0] if after else "end"
        return redirect(trying.url(again))
    return _page(request, trying, shown)


def _page(request: HttpRequest, trying: Trying, shown: Page, errors: Mapping[str, str] | None = None) -> HttpResponse:
    """The page as `ask.views` draws it."""
    way = [each.key for each in trying.pages()]
    place, procedure = way.index(shown.key), trying.procedure
    context = {
        "title": text(procedure.title.mapping()),
        "label": engine.label(procedure, shown.ask[0]) if shown.ask else _("ご確認ください"),
        "questions": engine.draw(
            procedure, shown, trying.answers, trying.setting(), request.POST if errors else None, errors
        ),
        "errors": list((errors or {}).items()), "stop": text(shown.stop.mapping()) if shown.stop else "",
        "place": place + 1, "places": len(way) + 1, "back": trying.url(way[max(0, place - 1)]),
        "has_file": any(procedure.questions[key].kind == "file" for key in shown.ask),
    }  # fmt: skip
    return render(request, "ask/page.html", context, status=400 if errors else 200)


def _end(request: HttpRequest, trying: Trying) -> HttpResponse:
    """The answers as they would be checked before submitting, and the pages that were left out with the condition why."""
    procedure, shown = trying.procedure, {each.key for each in trying.pages()}
    sections = answers.readable(procedure, trying.answers, trying.language, trying.given)
    rows = [
        {"label": row.label, "value": row.lines or [_("なし")], "change": trying.url(row.page)}
        for section in sections
        for row in section.rows
    ]
    left_out = [
        {"label": words.page_name(trying.writing.definition, place), "value": words.condition(trying.writing.definition, each.when)}
        for place, each in enumerate(procedure.pages)
        if each.key not in shown
    ]  # fmt: skip
    context = {"title": text(procedure.title.mapping()), "rows": rows, "left_out": left_out}
    return render(request, "builder/end.html", context)
