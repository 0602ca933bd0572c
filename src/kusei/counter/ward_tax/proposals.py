"""What goes with the draft of a decision on a return: the same computation, for whoever reviews it."""

from datetime import datetime

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
