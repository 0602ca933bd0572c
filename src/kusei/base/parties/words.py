"""Words of the register in the language of the page."""

from django.utils.translation import gettext as _


def relationship(term: str) -> str:
    """A relationship to the head of the household (続柄) in the active language; an unknown one as it is written."""
    known = {
        "世帯主": _("世帯主"),
        "妻": _("妻"),
        "夫": _("夫"),
        "子": _("子"),
        "父": _("父"),
        "母": _("母"),
        "子の子": _("子の子"),
    }
    return known.get(term, term)
