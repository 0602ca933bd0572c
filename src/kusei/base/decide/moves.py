"""Moving a case or a document: one compare-and-swap that every act goes through, and the entry that tells of it."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide import rules
from kusei.base.decide.models import Approval, Case, Document, Entry
from kusei.base.kernel import rows
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import NotNow
from kusei.base.staff.models import StaffMember

PURPOSE = "審査"
DECISION = "決裁"
DOCUMENTS = "文書管理"

Thing = Case | Document
"""What goes up a route."""


def move(thing: Thing, act: str, **changes: Any) -> None:
    """Bring the case or document into the state that `act` leads to and set `changes`, if it still is as it was when it was read.

    Raises NotNow where the act can't be done in this state, or somebody was faster. The row stays locked until the transaction ends,
    so all acts on one thing come one after the other.
    """
    state = rules.after(act, thing.state, document=isinstance(thing, Document))
    seen = type(thing).objects.filter(id=thing.id, version=thing.version)
    if not seen.update(state=state, version=F("version") + 1, **changes):
        if isinstance(thing, Document):
            raise NotNow(_("ほかの人が先にこの文書を変更しました。画面を読み直して、もう一度確かめてください。"))
        raise NotNow(_("ほかの人が先にこの案件を変更しました。画面を読み直して、もう一度確かめてください。"))
    thing.version += 1
    for name, value in {"state": state, **changes}.items():
        setattr(thing, name, value)


def thing_of(approval: Approval) -> Thing:
    """What the approval is about."""
    return approval.case if approval.case_id else approval.document


def subject_of(approval: Approval):
    """The id of the person the approval is about, for the log; None where it is about a document."""
    return approval.case.party_id if approval.case_id else None


def enter(
    thing: Thing,
    event: str,
    staff: StaffMember | None,
    *,
    by: Actor,
    now: datetime,
    note: str = "",
    purpose: str = PURPOSE,
    **detail: Any,
) -> Entry:
    """Write what happened into the course (経過) of a case or document and the audit log. `detail` goes into the entry alone: it may be
    personal."""
    about = {"case": thing} if isinstance(thing, Case) else {"document": thing}
    subject = thing.party_id if isinstance(thing, Case) else None
    audit.log(by, "change", f"{next(iter(about))}.{event}", subject=subject, obj=thing, purpose=purpose, now=now)
    entry = Entry(at=now, by=staff, event=event, note=note, detail=detail, **about)
    rows.insert(entry)
    return entry
