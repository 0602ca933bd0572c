"""The office's list of procedures: their versions, new ones, files from and for other wards."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kusei.base.ask import catalogue
from kusei.base.ask import queries as asked
from kusei.base.ask.models import Snapshot
from kusei.base.ask.schema import Procedure
from kusei.base.builder import actions, compare, edits, exchange, queries
from kusei.base.builder.queries import PURPOSE
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import text
from kusei.base.kernel.pages import page
from kusei.base.staff.models import Department
from kusei.base.staff.queries import departments
from kusei.base.web.kit import day

KINDS = {"added": "success", "removed": "danger", "changed": "info", "moved": "neutral"}


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def procedures(request: HttpRequest) -> HttpResponse:
    """Every procedure in force, and the manuscripts being written."""
    today = local_date(request.now)
    own = queries.kept_by_office()
    wanted = request.GET.get("q", "").strip()[:100].casefold()
    listed = [
        {
            "title": (text(found.title.mapping()), reverse("builder:versions", args=[snapshot.procedure])),
            "slug": snapshot.procedure, "number": _("第%(n)s版") % {"n": snapshot.number},
            "since": day(snapshot.valid_from), "origin": origin(snapshot.procedure in own),
        }
        for snapshot, found in asked.in_force(today)
        if not wanted or wanted in f"{text(found.title.mapping())} {snapshot.procedure}".casefold()
    ]  # fmt: skip
    context = {
        "columns": [
            ("title", _("手続き"), "main"), ("number", _("いまの版")), ("since", _("いつから"), "date"), ("origin", _("もと"), "chip"),
            ("slug", _("URLの名前")),
        ],
        "rows": listed,
        "writing_columns": [
            ("title", _("手続き"), "main"), ("state", _("状態"), "chip"), ("changed", _("最後の保存"), "date"), ("department", _("担当課")),
        ],
        "writing": [_writing(each) for each in queries.under_way(request.actor, request.now)],
        "may_write": request.actor.may("ask.author", purpose=PURPOSE),
        "q": request.GET.get("q", "")[:100],
    }  # fmt: skip
    return render(request, "builder/procedures.html", context)


def origin(by_office: bool) -> tuple[str, str]:
    """Who says what a procedure asks: the office here, or the file that came with the module."""
    return ("info", _("画面で作成")) if by_office else ("neutral", _("付属のファイル"))


def title_of(definition: dict[str, Any], slug: str) -> str:
    """A definition's title in the active language; its address where it has none yet."""
    title = definition.get("title")
    return (text(title) if isinstance(title, dict) and title.get("ja") else "") or slug


def states() -> dict[str, tuple[str, str]]:
    """How a manuscript stands, as a chip."""
    return {
        "open": ("info", _("作成中")),
        "asked": ("warning", _("公開待ち")),
        "published": ("success", _("公開済み")),
        "dropped": ("neutral", _("取りやめ")),
    }


def _writing(manuscript) -> dict[str, Any]:
    return {
        "title": (title_of(manuscript.definition, manuscript.procedure), reverse("builder:manuscript", args=[manuscript.id])),
        "state": states()[manuscript.state], "changed": manuscript.changed_at, "department": text(manuscript.department.name),
    }  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="ask.author")
def new(request: HttpRequest) -> HttpResponse:
    """Begin a procedure that there never was."""
    problems, status = {}, 200
    if request.method == "POST":
        try:
            department = _department(request)
            title = request.POST.get("title", "").strip()[:200]
            if not title:
                raise Invalid({"title": _("入力してください。")})
            definition = Procedure.model_validate(edits.empty(department.code, title)).stored()
            made = actions.begin(department, _slug(request), definition, by=request.actor, now=request.now)
            return redirect("builder:manuscript", made.id)
        except Invalid as invalid:
            problems, status = invalid.problems, 400
        except NotNow as not_now:
            problems, status = {"slug": str(not_now)}, 409
    return render(request, "builder/new.html", _form(request, problems), status=status)


def _slug(request: HttpRequest) -> str:
    """New procedures stand below `ward/`, where no module's can come to stand."""
    return f"ward/{request.POST.get('slug', '').strip()[:60]}"


def _department(request: HttpRequest) -> Department:
    found = departments(request.actor, "ask.author").filter(path=request.POST.get("department", "")[:120]).first()
    if found is None:
        raise Invalid({"department": _("担当課を選んでください。")})
    return found


def _form(request: HttpRequest, problems: dict[str, str]) -> dict[str, Any]:
    return {
        "departments": [("", _("選んでください"))]
        + [(each.path, text(each.name)) for each in departments(request.actor, "ask.author")],
        "typed": request.POST,
        "problems": problems,
        "errors": list(problems.items()),
    }


@never_cache
@require_http_methods(["GET", "POST"])
@page(who="staff", purpose=PURPOSE, may="ask.author")
def import_file(request: HttpRequest) -> HttpResponse:
    """Begin a manuscript with the file of another ward."""
    problems, status = {}, 200
    if request.method == "POST":
        try:
            return redirect("builder:manuscript", _imported(request).id)
        except Invalid as invalid:
            problems, status = invalid.problems, 400
        except NotNow as not_now:
            problems, status = {"slug": str(not_now)}, 409
    context = _form(request, problems) | {"lines": problems.pop("file", "").splitlines()}
    if context["lines"]:
        context["errors"] = [("file", context["lines"][0]), *problems.items()]
    return render(request, "builder/import.html", context, status=status)


def _imported(request: HttpRequest):
    upload = request.FILES.get("file")
    if upload is None:
        raise Invalid({"file": _("ファイルを選んでください。")})
    if upload.size > exchange.MOST_BYTES:
        raise Invalid(
            {"file": _("ファイルが大きすぎます。%(most)s MBまでです。") % {"most": exchange.MOST_BYTES // 1_000_000}}
        )
    department = _department(request)
    try:
        definition = exchange.imported(exchange.decoded(upload.read()))
    except exchange.Unreadable as error:
        raise Invalid({"file": str(error)}) from None
    return actions.begin(
        department, _slug(request), definition | {"department": department.code}, by=request.actor, now=request.now
    )


@require_POST
@page(who="staff", purpose=PURPOSE, may="ask.author")
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a manuscript on a version (`number`), or on the file that came with the module (`number=file`)."""
    newest = queries.newest(slug)
    if newest is None:
        raise Refused("builder.begin", obj=("ask.procedure", slug[:80]))
    definition = queries.of_file(slug) if request.POST.get("number") == "file" else newest.definition
    if definition is None:
        raise Refused("builder.begin", obj=("ask.procedure", slug[:80]))
    department = Department.objects.filter(code=definition["department"]).first()
    if department is None:
        raise Refused("builder.begin", obj=("ask.procedure", slug[:80]))
    try:
        made = actions.begin(department, slug, definition, newest, by=request.actor, now=request.now)
    except (NotNow, Invalid) as problem:
        messages.warning(request, str(problem))
        return redirect("builder:versions", slug)
    return redirect("builder:manuscript", made.id)


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """The versions of a procedure: when each holds, who published it; with `from` and `to` what changed between two."""
    return show_versions(request, slug)


def show_versions(
    request: HttpRequest, slug: str, problems: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The page of versions, with what was wrong about going back."""
    today = local_date(request.now)
    found = queries.versions(slug, today)
    if not found:
        raise Refused("builder.versions", obj=("ask.procedure", slug[:80]))
    newest = queries.newest(slug)
    file = queries.of_file(slug)
    own = bool(queries.kept_by_office([slug]))
    numbers = [(str(each.snapshot.number), _("第%(n)s版") % {"n": each.snapshot.number}) for each in found]
    context = {
        "title": title_of(newest.definition, slug), "slug": slug, "newest": newest, "own": own, "origin": origin(own),
        "columns": [
            ("number", _("版"), "main"), ("holds", _("状態"), "chip"), ("since", _("いつから"), "date"), ("until", _("いつまで"), "date"),
            ("how", _("もと")), ("who", _("公開した人")), ("drafts", _("この版で記入中"), "number"),
        ],
        "rows": [_version(each) for each in found],
        "versions": numbers, "from": request.GET.get("from", ""), "to": request.GET.get("to", ""),
        "file_differs": file is not None and catalogue.digest(file) != newest.digest,
        "may_write": request.actor.may("ask.author", purpose=PURPOSE),
        "may_publish": request.actor.may("ask.publish", purpose=actions.PUBLISHING),
        "today": today, "typed": request.POST, "problems": problems or {}, "errors": list((problems or {}).items()),
        "crumbs": [(_("手続きの作成"), reverse("builder:procedures")), (title_of(newest.definition, slug), "")],
    } | _between(request, slug, file)  # fmt: skip
    return render(request, "builder/versions.html", context, status=status)


def _version(version: queries.Version) -> dict[str, Any]:
    tones = {
        "now": ("success", _("いまの版")), "later": ("warning", _("これから")), "past": ("neutral", _("終わった版")),
        "never": ("neutral", _("使われない版")),
    }  # fmt: skip
    edition = version.edition
    how = _("付属のファイル")
    if edition:
        how = _("第%(n)s版にもどした") % {"n": edition.back_to.number} if edition.back_to_id else _("画面で作成")
    return {
        "number": _("第%(n)s版") % {"n": version.snapshot.number}, "holds": tones[version.holds],
        "since": version.since if version.holds != "never" else None, "until": version.until,
        "how": f"{how}：{edition.note}" if edition else how, "who": edition.published_by_name if edition else "Kusei",
        "drafts": version.drafts,
    }  # fmt: skip


def _between(request: HttpRequest, slug: str, file: dict | None) -> dict[str, Any]:
    """The difference between the two versions asked for; `to=file` is the file that came with the module."""
    numbers = [request.GET.get(name, "") for name in ("from", "to")]
    definitions = []
    for number in numbers:
        if number == "file" and file is not None:
            definitions.append(file)
        elif number.isascii() and number.isdecimal() and len(number) < 9:
            definitions.append(queries.snapshot(slug, int(number)).definition)
    if len(definitions) != 2:
        return {"compared": False}
    return {"compared": True, "differences": told(compare.differences(*definitions))}


def told(found: list[compare.Difference]) -> list[dict[str, Any]]:
    """Differences as a page lists them."""
    names = {"added": _("追加"), "removed": _("削除"), "changed": _("変更"), "moved": _("順番")}
    return [{"chip": (KINDS[each.kind], names[each.kind]), "difference": each} for each in found]


@never_cache
@require_GET
@page(who="staff", purpose=PURPOSE, may="ask.view")
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """A version (`number`, else the newest) as a YAML file."""
    number = request.GET.get("number", "")
    given = number.isascii() and number.isdecimal() and len(number) < 9
    found: Snapshot | None = queries.snapshot(slug, int(number)) if given else queries.newest(slug)
    if found is None:
        raise Refused("builder.export", obj=("ask.procedure", slug[:80]))
    return yaml_file(found.definition, f"{slug.replace('/', '-')}-{found.number}")


def yaml_file(definition: dict[str, Any], name: str) -> HttpResponse:
    """A definition as a file to keep."""
    return HttpResponse(
        exchange.dumped(definition), content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.yaml"'},
    )  # fmt: skip


@require_POST
@page(who="staff", purpose=actions.PUBLISHING, may="ask.publish")
def roll_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish the version `number` anew."""
    number, newest = request.POST.get("number", ""), request.POST.get("newest", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 9 and newest.isascii() and newest.isdecimal()):
        return show_versions(request, slug, {"number": _("版を選んでください。")}, 400)
    found = queries.snapshot(slug, int(number))
    try:
        actions.roll_back(
            found,
            int(newest),
            day_of(request, "valid_from"),
            request.POST.get("note", ""),
            by=request.actor,
            now=request.now,
        )
    except Invalid as invalid:
        return show_versions(request, slug, invalid.problems, 400)
    except NotNow as not_now:
        return show_versions(request, slug, {"": str(not_now)}, 409)
    messages.success(request, _("前の版にもどして公開しました。"))
    return redirect("builder:versions", slug)


def day_of(request: HttpRequest, name: str):
    """The day typed in a form's field of kind date. Raises Invalid."""
    year, month, at = (request.POST.get(f"{name}_{part}", "").strip()[:12] for part in ("year", "month", "day"))
    try:
        return read_date(f"{year}年{month}月{at}日")
    except NoSuchDate as error:
        raise Invalid({name: str(error)}) from None


def with_query(address: str, **more: str) -> str:
    """An address with a query."""
    return f"{address}?{urlencode(more)}"
