"""Middleware of the web layer: which language a page speaks, and what a failure answers."""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from kusei.base.kernel import spoken
from kusei.base.kernel.calendar import NoSuchDate
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.i18n import html_language
from kusei.base.web import corrections
from kusei.base.web.failures import failure
from kusei.base.web.foreign import mark_japanese

COOKIE = "kusei_language"
COOKIE_AGE = 365 * 24 * 60 * 60
JAPANESE, EASY = "ja", "ja-easy"
ALSO = {"zh": "zh-hans", "fil": "tl"}
"""What browsers call languages of ours: Chinese of any script reads 简体中文 with less pain than Japanese, Filipino is Tagalog."""
NOTICE = "<!--machine-translated-->"
"""Where the layout wants the notice that a machine translated the page."""

Next = Callable[[HttpRequest], HttpResponse]


@lru_cache(maxsize=512)
def accepted_language(header: str) -> str:
    """The language of ours that suits an Accept-Language header best.

    Without a header: Japanese. With languages none of which we have: やさしい日本語, which machine translation and learners read best.
    """
    ours = dict(settings.LANGUAGES)
    wanted = [code for code, _weight in parse_accept_lang_header(header.lower())]
    for code in wanted:
        base = code.split("-")[0]
        if found := next((one for one in (code, base, ALSO.get(base)) if one in ours), None):
            return found
    return EASY if wanted and "*" not in wanted else JAPANESE


class Language:
    """Speak the language chosen by link (`?lang=en`, kept in a cookie for a year), else the browser's.

    Choosing answers with a redirect to the same address without `lang`, so that it works on every page and without JavaScript,
    and a shared address does not impose a language.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.codes = frozenset(code for code, _name in settings.LANGUAGES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.GET.get("lang", "")
        if chosen in self.codes and request.method == "GET":
            return self.choose(request, chosen)
        kept = request.COOKIES.get(COOKIE, "")
        language = kept if kept in self.codes else accepted_language(request.headers.get("Accept-Language", "")[:200])
        request.LANGUAGE_CODE = language
        with translation.override(language):
            if language != JAPANESE:
                corrections.refresh()
            with spoken.listening() as unchecked:
                response = self.get_response(request)
                self.finish(request, response, language, unchecked)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", html_language(language))
        return response

    def finish(self, request: HttpRequest, response: HttpResponse, language: str, unchecked: set[str]) -> None:
        """Say that a machine translated the page, where it did and nobody has checked it; mark Japanese words on it."""
        if (
            language == JAPANESE
            or response.streaming
            or not response.headers.get("Content-Type", "").startswith("text/html")
        ):
            return
        page = response.content.decode(response.charset)
        if NOTICE in page:
            notice = (
                render_to_string("web/parts/machine.html", {"url": address_in(request, JAPANESE)}) if unchecked else ""
            )
            page = page.replace(NOTICE, notice, 1)
        response.content = page if language == EASY else mark_japanese(page, language)
        if response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))

    def choose(self, request: HttpRequest, language: str) -> HttpResponse:
        query = request.GET.copy()
        del query["lang"]
        path = "/" + request.path.lstrip("/\\")  # never "//host": that would lead to another site
        response = HttpResponseRedirect(path + (f"?{query.urlencode()}" if query else ""))
        response.set_cookie(
            COOKIE, language, max_age=COOKIE_AGE, samesite="Lax", secure=request.is_secure(), httponly=True
        )
        return response


def address_in(request: HttpRequest, language: str) -> str:
    """The link that shows this page in another language."""
    query = request.GET.copy()
    query["lang"] = language
    return f"?{query.urlencode()}"


class Failures:
    """What an act could not do becomes a page that says so: `Refused` 404, `NotNow` 409, `Invalid` and `NoSuchDate` 400.

    What was refused does not exist for the one who asked: nothing tells it from what was never there.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        """An address with a NUL in it: PostgreSQL has no such text, so nothing can be asked for by it."""
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return failure(request, HTTPStatus.BAD_REQUEST)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return failure(request, HTTPStatus.NOT_FOUND)
        if isinstance(exception, NotNow):
            return failure(request, HTTPStatus.CONFLICT, [str(exception)])
        if isinstance(exception, Invalid):
            return failure(request, HTTPStatus.BAD_REQUEST, list(exception.problems.values()))
        if isinstance(exception, NoSuchDate):
            return failure(request, HTTPStatus.BAD_REQUEST, [str(exception)])
        return None
