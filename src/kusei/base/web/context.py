"""What every layout needs, computed once a request and only where a template asks for it."""

from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kusei.base.kernel.actors import PUBLIC
from kusei.base.kernel.i18n import text
from kusei.base.kernel.wards import Ward, load_ward
from kusei.base.web import navigation
from kusei.base.web.colours import stylesheet

HTML_LANGUAGE = {"ja-easy": "ja"}


def layout(request: HttpRequest) -> dict[str, Any]:
    """Context of the layouts: ward, languages, who is signed in, and the links."""
    ward = load_ward(settings.WARD)
    language = get_language() or settings.LANGUAGE_CODE
    actor = getattr(request, "actor", PUBLIC)
    return {
        "ward": ward,
        "ward_name": ward_name(ward, language),
        "ward_mark": ward.name["ja"][0],
        "demo": settings.DEMO,
        "frame": frame(settings.WARD, language, settings.DEMO),
        "language": language,
        "html_language": HTML_LANGUAGE.get(language, language),
        "languages": SimpleLazyObject(lambda: languages(request.GET, language)),
        "masthead": masthead(
            settings.WARD, language, request.path, request.GET.urlencode(), staff=actor.kind == "staff"
        ),
        "actor": actor,
        # Django's own makes another token for each form of a page, which costs as much as all the rest of the page's frame.
        "csrf_token": SimpleLazyObject(lambda: get_token(request)),
        "console_nav": SimpleLazyObject(lambda: navigation.links(navigation.CONSOLE, actor)),
    }


@cache
def frame(slug: str, language: str, demo: bool) -> dict[str, SafeString]:
    """The parts of every page that depend on nothing but ward and language: rendered once, they cost nothing. Drawn in the active language."""
    ward = load_ward(slug)
    context = {
        "ward": ward,
        "ward_name": ward_name(ward, language),
        "ward_css": stylesheet(ward.colour)[1],
        "demo": demo,
        "demo_nav": navigation.links(navigation.DEMONSTRATION),
        "footer_nav": navigation.links(navigation.FOOTER),
    }
    return {part: render_to_string(f"web/parts/{part}.html", context) for part in ("head", "demonstration", "footer")}


def masthead(slug: str, language: str, path: str, query: str, *, staff: bool = False) -> dict[str, SafeString]:
    """The top of the portal's pages, which changes with the address only where a link of it leads to the same page. In the active language."""
    return _masthead(slug, language, path if path in _portal_addresses() else "", query, staff)


@cache
def _portal_addresses() -> frozenset[str]:
    return frozenset(link.url for link in navigation.links(navigation.PORTAL))


@lru_cache(maxsize=256)
def _masthead(slug: str, language: str, path: str, query: str, staff: bool) -> dict[str, SafeString]:
    ward = load_ward(slug)
    context = {
        "languages": languages(QueryDict(query), language),
        "portal_nav": navigation.links(navigation.PORTAL_FOR_STAFF if staff else navigation.PORTAL),
        "ward_name": ward_name(ward, language),
        "ward_mark": ward.name["ja"][0],
        "path": path,
    }
    return {part: render_to_string(f"web/parts/{part}.html", context) for part in ("languages", "masthead")}


def ward_name(ward: Ward, language: str) -> str:
    """The ward's name in a heading; in やさしい日本語 as in Japanese."""
    return text(ward.name, "ja" if language == "ja-easy" else language)


def languages(query: QueryDict, current: str) -> list[dict[str, Any]]:
    """The language links: the same page in each language, keeping what was searched for."""
    query = query.copy()
    query.pop("lang", None)
    kept = f"&{query.urlencode()}" if query else ""
    return [
        {
            "code": code,
            "html": HTML_LANGUAGE.get(code, code),
            "name": name,
            "current": code == current,
            "url": f"?lang={code}{kept}",
        }
        for code, name in settings.LANGUAGES
    ]
