"""Moving a case: one compare-and-swap that every act goes through, and the entry that tells of it."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide import rules
from kusei.base.decide.models import Case, Entry
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import NotNow
from kusei.base.staff.models import StaffMember

PURPOSE = "審査"
DECISION = "決裁"


def move(case: Case, act: str, **changes: Any) -> None:
    """Bring the case into the state that `act` leads to and set `changes`, if it still is as it was when `case` was read.

    Raises NotNow where the act can't be done in this state, or somebody was faster. The case's row stays locked until the
    transaction ends, so all acts on one case come one after the other.
    """
    state = rules.after(act, case.state)
    seen = Case.objects.filter(id=case.id, version=case.version)
    if not seen.update(state=state, version=F("version") + 1, **changes):
        raise NotNow(_("ほかの人が先にこの案件を変更しました。画面を読み直して、もう一度確かめてください。"))
    case.version += 1
    for name, value in {"state": state, **changes}.items():
        setattr(case, name, value)


def enter(
    case: Case,
    event: str,
    staff: StaffMember | None,
    *,
    by: Actor,
    now: datetime,
    note: str = "",
    purpose: str = PURPOSE,
    **detail: Any,
) -> Entry:
    """Write what happened into the case's course (経過) and the audit log. `detail` goes into the entry alone: it may be personal."""
    audit.log(by, "change", f"case.{event}", subject=case.party_id, obj=case, purpose=purpose, now=now)
    return Entry.objects.create(case=case, at=now, by=staff, event=event, note=note, detail=detail)
