"""Which records are due: for each kind, those older than the rule says and needed for nothing that is still to come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from kusei.base.accounts.models import Attempt, Challenge, EmailCode, LetterCode, Session
from kusei.base.api.models import Answered
from kusei.base.ask.models import Application, Correction, Draft
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.jobs.models import Task
from kusei.base.line.models import Outgoing
from kusei.base.printing.models import Item
from kusei.base.record.models import Import, Work
from kusei.base.retention.rules import Rule, cutoff, in_force, today
from kusei.base.signing.models import RevocationList, Signature
from kusei.base.tell.models import Delivery, MailboxItem


def drafts(before: datetime) -> QuerySet[Draft]:
    """Drafts that nobody touched and nothing was made of; none of somebody who still has to answer a correction of that procedure."""
    correcting = Correction.objects.filter(
        application__account=OuterRef("account"), application__procedure=OuterRef("procedure"), answered_at=None
    )
    submitted = Application.objects.filter(draft=OuterRef("pk"))
    return Draft.objects.filter(~Exists(correcting), ~Exists(submitted), submitted_at=None, updated_at__lt=before)


def mailbox(before: datetime) -> QuerySet[MailboxItem]:
    """What arrived in the demonstration, and letters; not what may arrive once more under the same Message-ID, or is still to be printed."""
    waiting = Delivery.objects.filter(mail_id=OuterRef("message_id"), state="waiting")
    to_print = Item.objects.filter(Q(run=None) | ~Q(run__state="printed"), letter=OuterRef("pk"))
    return MailboxItem.objects.filter(~Exists(waiting), ~Exists(to_print), arrived_at__lt=before)


def signatures(before: datetime) -> QuerySet[Signature]:
    """Signatures that nothing was handed in with: refused ones, and those whose draft or correction waits for no answer any more. What an
    application rests on stays with it."""
    draft = Draft.objects.filter(id=OuterRef("about"), submitted_at=None)
    correction = Correction.objects.filter(id=OuterRef("about"), answered_at=None)
    unused = Signature.objects.filter(answer_set_id=None, received_at__lt=before)
    return unused.filter(Q(state="refused") | ~Exists(draft) & ~Exists(correction))


def revocation_lists(before: datetime) -> QuerySet[RevocationList]:
    """Lists that no judgement rests on and that a newer one of their source has replaced."""
    newer = RevocationList.objects.filter(source=OuterRef("source"), issued_at__gt=OuterRef("issued_at"))
    resting = Signature.evidence.through.objects.filter(revocationlist=OuterRef("pk"))
    return RevocationList.objects.filter(Exists(newer), ~Exists(resting), fetched_at__lt=before)


DUE: dict[str, Callable[[datetime], QuerySet]] = {
    "drafts": drafts,
    "email_codes": lambda before: EmailCode.objects.filter(expires_at__lt=before),
    "letter_codes": lambda before: LetterCode.objects.filter(expires_at__lt=before),
    "sessions": lambda before: Session.objects.filter(expire_date__lt=before),
    "challenges": lambda before: Challenge.objects.filter(expires_at__lt=before),
    "attempts": lambda before: Attempt.objects.filter(at__lt=before),
    "answered": lambda before: Answered.objects.filter(at__lt=before),
    "deliveries": lambda before: Delivery.objects.filter(state="done", done_at__lt=before),
    "mailbox": mailbox,
    "line": lambda before: Outgoing.objects.filter(acked_at__lt=before),
    "signatures": signatures,
    "revocation_lists": revocation_lists,
    "emergencies": lambda before: EmergencyAccess.objects.filter(reviewed_at__lt=before),
    "imports": lambda before: Import.objects.filter(state__in=["reading", "checked"], uploaded_at__lt=before),
    "import_work": lambda before: Work.objects.filter(state="done", done_at__lt=before),
    "tasks": lambda before: Task.objects.filter(state="done", done_at__lt=before),
}
"""The records of each kind whose time lies before a moment and that nothing still needs."""


@dataclass(frozen=True)
class Due:
    """A rule, and how many records it lets go now."""

    rule: Rule
    records: QuerySet

    @property
    def count(self) -> int:
        """How many."""
        return self.records.count()


def due(now: datetime) -> Iterator[Due]:
    """What each rule in force lets go at `now`."""
    for rule in in_force(today(now)):
        yield Due(rule, DUE[rule.kind](cutoff(rule, now)))
