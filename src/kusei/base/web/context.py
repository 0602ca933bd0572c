"""What every layout needs, computed once a request and only where a template asks for it."""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kusei.base.kernel import spoken
from kusei.base.kernel.actors import PUBLIC, Actor
from kusei.base.kernel.i18n import FULL_WIDTH, WRITTEN, html_language, text
from kusei.base.kernel.wards import Ward, load_ward, post_named
from kusei.base.web import navigation
from kusei.base.web.colours import stylesheet


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
        "frame": again(frame(settings.WARD, language, settings.DEMO, spoken.version())),
        "language": language,
        "html_language": html_language(language),
        "languages": SimpleLazyObject(lambda: languages(request.GET, language)),
        "bar": "｜" if language in FULL_WIDTH else " | ",
        "masthead": again(
            masthead(settings.WARD, language, request.path, request.GET.urlencode(), staff=actor.kind == "staff")
        ),
        "actor": actor,
        "signed_in_as": SimpleLazyObject(lambda: signed_in_as(actor, ward)),
        # Django's own makes another token for each form of a page, which costs as much as all the rest of the page's frame.
        "csrf_token": SimpleLazyObject(lambda: get_token(request)),
        "console_nav": SimpleLazyObject(
            lambda: navigation.links(navigation.CONSOLE, actor) if actor.kind == "staff" else []
        ),
    }


def signed_in_as(actor: Actor, ward: Ward) -> str:
    """A member of staff's department, post and name, in the active language as far as it has them."""
    return " ".join(
        part for part in (text(ward.named(actor.department)), text(post_named(actor.post)), actor.name) if part
    )


Drawn = tuple[dict[str, SafeString], frozenset[str]]
"""Parts of a page, and the unchecked texts in them."""


def again(drawn: Drawn) -> dict[str, SafeString]:
    """Parts that were drawn before, for another page: what nobody checked in them is heard again."""
    spoken.hear(drawn[1])
    return drawn[0]


def draw(parts: Iterable[str], context: dict[str, Any]) -> Drawn:
    """Render parts of the layout."""
    with spoken.listening() as unchecked:
        drawn = {part: render_to_string(f"web/parts/{part}.html", context) for part in parts}
    return drawn, frozenset(unchecked)


@lru_cache(maxsize=32)
def frame(slug: str, language: str, demo: bool, version: int) -> Drawn:
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
    return draw(("head", "demonstration", "footer"), context)


def masthead(slug: str, language: str, path: str, query: str, *, staff: bool = False) -> Drawn:
    """The top of the portal's pages, which changes with the address only where a link of it leads to the same page. In the active language."""
    return _masthead(slug, language, path if path in _portal_addresses() else "", query, staff, spoken.version())


@cache
def _portal_addresses() -> frozenset[str]:
    return frozenset(link.url for link in navigation.links(navigation.PORTAL))


@lru_cache(maxsize=256)
def _masthead(slug: str, language: str, path: str, query: str, staff: bool, version: int) -> Drawn:
    ward = load_ward(slug)
    context = {
        "languages": languages(QueryDict(query), language),
        "portal_nav": navigation.links(navigation.PORTAL_FOR_STAFF if staff else navigation.PORTAL),
        "ward_name": ward_name(ward, language),
        "ward_mark": ward.name["ja"][0],
        "path": path,
    }
    return draw(("languages", "masthead"), context)


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
            "html": html_language(code),
            "for_staff": code in WRITTEN,
            "name": name,
            "current": code == current,
            "url": f"?lang={code}{kept}",
        }
        for code, name in settings.LANGUAGES
    ]
