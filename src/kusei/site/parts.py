"""Which pages each part of a ward office serves (三層分離): the portal has no console, the office no pages for residents."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, include, path

from kusei.site.health import healthz, metrics

EVERYWHERE = frozenset({"healthz", "metrics", "web:ward_css", "web:home", "web:kit", "web:accessibility"})
"""Public pages that every part serves."""
OFFICE = frozenset(
    {
        "web:console", "accounts:staff_sign_in", "accounts:staff_service", "accounts:staff_service_back", "accounts:sign_out",
        "accounts:signed_out", "accounts:keys", "accounts:passkey_creation", "accounts:passkey_register",
        "accounts:passkey_options", "accounts:passkey_sign_in", "accounts:add_service", "tell:letterbox", "tell:letter",
    }
)  # fmt: skip
"""Pages of the office that aren't declared as staff's: before signing in, and those both kinds of account share."""
NOT_PORTAL = frozenset(
    {
        "web:console",
        "accounts:staff_sign_in",
        "accounts:staff_service",
        "accounts:staff_service_back",
        "tell:letterbox",
        "tell:letter",
    }
)
"""Public pages that the portal doesn't serve: the ways into the office, and letters, which the office sends."""


def whole() -> list[URLPattern | URLResolver]:
    """Every page there is."""
    return [
        path("healthz", healthz, name="healthz"),
        path("metrics", metrics, name="metrics"),
        path("", include("kusei.base.ask.urls")),  # first what is asked for most: addresses are tried in this order
        path("", include("kusei.base.accounts.urls")),
        path("", include("kusei.base.web.urls")),
        path("office/", include("kusei.base.decide.urls")),
        path("office/", include("kusei.base.record.urls")),
        path("office/", include("kusei.base.parties.urls")),
        path("office/", include("kusei.base.audit.urls")),
        path("office/", include("kusei.base.jobs.urls")),
        path("office/", include("kusei.base.events.urls")),
        path("office/", include("kusei.base.staff.urls")),
        path("office/", include("kusei.base.emergency.urls")),
        path("office/", include("kusei.base.texts.urls")),
        path("office/", include("kusei.base.printing.urls")),
        path("office/", include("kusei.base.builder.urls")),
        path("", include("kusei.base.tell.urls")),
        path("", include("kusei.base.demo.urls")),
        path("", include("kusei.base.book.urls")),
        path("", include("kusei.base.papers.urls")),
        path("", include("kusei.base.draw.urls")),
        path("", include("kusei.base.publish.urls")),
        path("", include("kusei.base.map.urls")),
        path("", include("kusei.base.find.urls")),
        path("", include("kusei.base.api.urls")),
        path("", include("kusei.counter.ward_tax.urls")),
        path("", include("kusei.counter.life_events.urls")),
    ]


def served(part: str) -> list[URLPattern | URLResolver]:
    """The pages of a part; all of them where there is one installation."""
    if part == "all":
        return whole()
    return [*_chosen(whole(), part, ""), path("", include("kusei.base.line.urls"))]


def belongs(name: str, view, part: str) -> bool:
    """Whether a part serves the view of that name, by what it declares (`@page`)."""
    who = getattr(view, "page", {}).get("who", "")
    if name in EVERYWHERE:
        return True
    if part == "office":
        return who == "staff" or name in OFFICE
    return who in ("resident", "public") and name not in NOT_PORTAL


def _chosen(patterns, part: str, namespace: str) -> Iterator[URLPattern | URLResolver]:
    for each in patterns:
        if isinstance(each, URLPattern):
            if belongs(f"{namespace}{each.name}", each.callback, part):
                yield each
            continue
        inside = list(
            _chosen(each.url_patterns, part, f"{namespace}{each.namespace}:" if each.namespace else namespace)
        )
        if inside:
            yield URLResolver(each.pattern, inside, {}, each.app_name, each.namespace)
