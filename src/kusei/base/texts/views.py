"""The page of translations (翻訳の確認), for the ICT and the public relations office: how far each language is checked, and what is not."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.i18n import html_language
from kusei.base.kernel.pages import page
from kusei.base.texts import actions, queries
from kusei.base.texts.actions import PURPOSE
from kusei.base.texts.queries import Translation
from kusei.base.web import corrections

SIZE = 20
SHOWN = ("machine", "missing", "checked", "authored")


@page(who="staff", may="texts.check", purpose=PURPOSE)
def texts(request: HttpRequest) -> HttpResponse:
    """Shares by language; with `language` its texts in one `state`, twenty a page. POST checks or corrects one."""
    codes = dict(queries.languages())
    language = request.GET.get("language", "")
    if language and language not in codes:
        raise Http404
    if request.method == "POST" and language:
        return _check(request, language)
    return _show(request, language)


def _check(request: HttpRequest, language: str) -> HttpResponse:
    one = queries.named(language, request.POST.get("text", ""))
    if one is None:
        raise Http404
    forms = request.POST.getlist("form")
    try:
        made = actions.check(one, language, forms, request.POST.get("seen", ""), by=request.actor, now=request.now)
    except Invalid as problem:
        return _show(request, language, {one.digest: (problem.problems["form"], forms)}, 400)
    except NotNow as problem:
        return _show(request, language, {one.digest: (str(problem), list(one.forms))}, 409)
    corrections.refresh(at_once=True)
    messages.success(request, _("訂正しました。") if made.corrected else _("確かめたことを記録しました。"))
    return redirect(f"{reverse('texts:texts')}?{request.GET.urlencode()}")


def _show(request: HttpRequest, language: str, problems: dict | None = None, status: int = 200) -> HttpResponse:
    context = {"columns": _columns(), "rows": [_row(code, name) for code, name in queries.languages()]}
    if language:
        context |= _list(request, language, problems or {})
    return render(request, "texts/texts.html", context, status=status)


def _columns() -> list[tuple[str, str, str]]:
    numbers = [(state, name, "number") for state, name in state_names().items()]
    return [("language", _("言語"), "main"), *numbers, ("share", _("人による割合"), "number")]


def state_names() -> dict[str, str]:
    """What the states are called, in the active language."""
    return {
        "authored": _("人が書いた"),
        "checked": _("確かめた"),
        "machine": _("機械（未確認）"),
        "missing": _("訳なし"),
    }


def _row(code: str, name: str) -> dict:
    counts = queries.counts(code)
    share = (counts["authored"] + counts["checked"]) / max(1, counts.total())
    return {"language": (name, f"?{urlencode({'language': code})}"), **counts, "share": f"{share:.0%}"}


def _list(request: HttpRequest, language: str, problems: dict[str, tuple[str, list[str]]]) -> dict:
    """The texts in the wanted state that hold what is searched for, in Japanese or in the language."""
    state = request.GET.get("state", "machine")
    wanted = request.GET.get("q", "").strip()[:100].casefold()
    found = [
        one
        for one in queries.translations(language)
        if one.state.name == state
        and (not wanted or any(wanted in said.casefold() for said in (one.source, *one.forms)))
    ]
    typed = request.GET.get("page", "1")
    last = max(1, -(-len(found) // SIZE))
    at = min(last, max(1, int(typed))) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 1
    shown = found[(at - 1) * SIZE : at * SIZE]
    there = {one.digest for one in shown}
    shown += [one for one in queries.translations(language) if one.digest in problems and one.digest not in there]
    here = {"language": language, "state": state, "q": request.GET.get("q", "")[:100]}
    return {
        "language_shown": dict(queries.languages())[language],
        "lang": html_language(language),
        "code": language,
        "state": state,
        "states": [(name, label) for name, label in state_names().items()],
        "q": here["q"],
        "texts": [_text(one, problems.get(one.digest)) for one in shown],
        "shown": len(shown),
        "total": len(found),
        "older": f"?{urlencode(here | {'page': at + 1})}" if at < last else "",
        "newer": f"?{urlencode(here | {'page': at - 1})}" if at > 1 else "",
        "problems": [(digest, message) for digest, (message, _forms) in problems.items()],
    }


def _text(one: Translation, problem: tuple[str, list[str]] | None) -> dict:
    return {
        "digest": one.digest,
        "source": one.source,
        "forms": problem[1] if problem else one.forms,
        "problem": problem[0] if problem else "",
        "seen": one.seen,
        "files": one.files,
        "by": one.state.by,
        "on": one.state.on,
    }
