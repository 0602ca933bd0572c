"""What a role can be limited to: the purposes (利用目的) of the pages, acts and registers that its permissions open."""

from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, get_resolver

from kusei.base.kernel.acts import ACTIONS
from kusei.base.kernel.offers import registry
from kusei.base.staff.rules import PERMISSIONS


@cache
def purposes_of(role: str) -> tuple[str, ...]:
    """Every purpose for which the role gives something, in order; none for an unknown role."""
    given = PERMISSIONS.get(role, frozenset())
    found = {
        declared["purpose"]
        for declared in (*_pages(get_resolver().url_patterns), *ACTIONS.values())
        if declared["may"] in given
    }
    if "record.view" in given:
        found |= {register.purpose for register in registry.all("registers")}
    return tuple(sorted(found))


def _pages(patterns) -> Iterator[dict]:
    for each in patterns:
        if isinstance(each, URLPattern):
            if declared := getattr(each.callback, "page", None):
                yield declared
        else:
            yield from _pages(each.url_patterns)
