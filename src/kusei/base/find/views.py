"""The portal's search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kusei.base.find import queries, rules
from kusei.base.kernel.offers import registry
from kusei.base.kernel.pages import page
from kusei.base.web.occasions import ICONS, OCCASIONS

LONGEST = 100
TONES = {"procedure": "info", "card": "info", "dataset": "outline", "place": "outline"}
ICONS_OF_KINDS = {"dataset": "chart", "place": "map"}


def kinds() -> dict[str, str]:
    """What sort of thing was found."""
    return {"procedure": _("手続き"), "card": _("ご案内"), "dataset": _("データ"), "place": _("場所")}


@page(who="public", purpose="案内")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find by words (`q`), or look through an occasion in life (`category`); with neither, everything."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    occasion = next((each for each in OCCASIONS if each.code == request.GET.get("category")), None)
    entries = queries.entries(registry, request.now)
    found = [each for each in entries if not occasion or each.category == occasion.code]
    if typed:
        found = rules.search(found, typed)
    perhaps = rules.perhaps(entries, typed) if typed and not found else []
    context = {
        "typed": typed,
        "occasion": occasion,
        "found": [_card(each) for each in found],
        "perhaps": [_card(each) for each in perhaps],
        "everything": [_card(each) for each in entries if each.kind == "procedure"] if not found else [],
    }
    return render(request, "find/search.html", context)


def _card(entry: rules.Entry) -> dict:
    icon = ICONS_OF_KINDS.get(entry.kind) or ICONS.get(entry.category, "document")
    chip = (TONES[entry.kind], kinds()[entry.kind])
    return {"title": entry.title, "text": entry.text, "url": entry.url, "icon": icon, "chip": chip}
