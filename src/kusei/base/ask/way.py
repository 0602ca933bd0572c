"""What all pages of a filling have in common: how far one is, where one goes next, what is logged."""

from django.http import HttpRequest

from kusei.base import audit
from kusei.base.ask.filling import Filling
from kusei.base.ask.kinds import Forged
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import text


def frame(filling: Filling, shown) -> dict:
    """What every page of a filling shows: title, how far one is, the way back."""
    way = [p.key for p in filling.pages()]
    place = way.index(shown.key)
    return {
        "title": text(filling.procedure.title.mapping()),
        "place": place + 1,
        "places": len(way) + 1,
        "back": filling.url(way[place - 1]) if place else filling.url_start(),
        "draft": filling.draft,
    }


def note_forged(request: HttpRequest, filling: Filling, invalid: Invalid, key: str) -> None:
    """Log an answer that the page never offered."""
    if isinstance(invalid, Forged):
        audit.refusal(
            request.actor, "ask.forged", obj=filling.draft, purpose="申請", now=request.now, detail={"page": key}
        )


def onwards(request: HttpRequest, filling: Filling, shown) -> str:
    """Where one goes after a page: back to the check page when one came from there, else on."""
    lacking = filling.lacking()
    if request.GET.get("from") == "check" and lacking is None:
        return filling.url_check()
    way = filling.pages()
    place = [p.key for p in way].index(shown.key)
    return filling.url(way[place + 1].key) if place + 1 < len(way) else filling.url_check()
