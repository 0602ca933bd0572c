"""What goes with the draft of a decision on a return: the same computation, for whoever reviews it."""

from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kusei.base.decide.models import Case
from kusei.base.kernel.clock import local_date
from kusei.counter.ward_tax.estimate import estimate

ACCEPTED = "accepted"


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """The lines of the computation as they stand when drafted; nothing where the return isn't accepted."""
    found = estimate(case.answers, local_date(now)) if outcome == ACCEPTED else None
    if found is None:
        return {}
    lines = [(line.label, line.value) for _heading, group in found.groups for line in group]
    return {"lines": [*lines, *(("確認", doubt) for doubt in found.doubts)]}


def ways(case: Case, now: datetime) -> list[tuple[str, str]]:
    """To the desk where other figures can be tried, with the person's number."""
    number = case.party.number if case.party else None
    return [(_("住民税の試算"), reverse("ward_tax:trial") + (f"?{urlencode({'number': number})}" if number else ""))]
