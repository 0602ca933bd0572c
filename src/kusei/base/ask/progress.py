"""What the office tells the portal about an application: steps the applicant sees, and requests to correct.

The office calls the first half; the second half is what the portal does with it, in the same transaction or, between two installations,
when the message arrives.
"""

from datetime import date, datetime
from uuid import UUID

from kusei.base.ask import catalogue
from kusei.base.ask.concern import told
from kusei.base.ask.messages import CorrectionAsked, CorrectionEnded, Noted, Outcome, Published
from kusei.base.ask.models import Application, Correction, Snapshot, Step
from kusei.base.ask.schema import Procedure
from kusei.base.kernel import parts
from kusei.base.kernel.errors import Refused
from kusei.base.line import actions as line
from kusei.base.tell.actions import tell

SOON = {"ja": "できるだけ早く", "ja-easy": "できるだけ はやく", "en": "as soon as you can"}
ENDS = ("withdrawn", "decided")


# ---- the office's half ---------------------------------------------------------------------------------------------------------


def note(case_id: UUID, event: str, *, now: datetime, detail: dict | None = None, state: str | None = None) -> None:
    """Add a step to the application's course, and set its state where one is given. An application of another channel has none."""
    body = Noted(application_id=case_id, event=event, detail=Outcome(**(detail or {})), state=state, at=now)
    line.send("ask.noted", body, matter=case_id, now=now)


def ask_correction(
    case_id: UUID, questions: list[str], message: str, answer_by: date | None, *, by, now: datetime
) -> None:
    """Ask the applicant to correct or complete answers (補正依頼). Raises ValueError for a question the procedure doesn't have."""
    body = CorrectionAsked(application_id=case_id, questions=questions, message=message, answer_by=answer_by, at=now)
    line.send("ask.correction_asked", body, matter=case_id, now=now)


def end_correction(case_id: UUID, *, now: datetime) -> bool:
    """Stop waiting for a correction, so that it can be answered no more. Returns whether one was open, as far as the office can know:
    between two installations the answer may be on its way, and is then filed as late."""
    sent = line.send("ask.correction_ended", CorrectionEnded(application_id=case_id, at=now), matter=case_id, now=now)
    return sent is line.UNDER_WAY or sent


def account_of(case_id: UUID) -> UUID | None:
    """The account that applied, as the portal knows it; None where the application came another way."""
    return Application.objects.filter(id=case_id).values_list("account_id", flat=True).first()


def listeners(case_id: UUID, account_id: UUID, now: datetime) -> list[UUID]:
    """The accounts to be told about an organisation's application: who holds its mandate now. Where the portal is apart, who submitted it."""
    application = Application.objects.filter(id=case_id).first()
    return told(application, now) if application else [account_id]


# ---- the portal's half ---------------------------------------------------------------------------------------------------------


def noted(body: Noted, now: datetime) -> None:
    """A step that the office tells of. While a withdrawal is on its way, only what ends the matter changes the state."""
    application = Application.objects.filter(id=body.application_id).select_related("account").first()
    if application is None:
        return
    Step.objects.create(application=application, at=body.at, event=body.event, detail=_detail(body.detail))
    late = body.event == "withdrawal_late"
    if body.state and (application.state != "withdrawing" or late or body.state in ENDS):
        Application.objects.filter(id=application.id).update(state=body.state)
    if parts.split() and body.event in ("withdrawn", "withdrawal_late", "correction_late"):
        _tell(application, body.event.replace("_", "-"), now)


def _detail(detail: Outcome) -> dict:
    return {key: value for key, value in detail.model_dump().items() if key in detail.model_fields_set}


def correction_asked(body: CorrectionAsked, now: datetime) -> Correction:
    """Open the request and tell the applicant. Raises ValueError for a question the procedure doesn't have."""
    application = Application.objects.get(id=body.application_id)
    procedure = catalogue.procedure_of(application.snapshot_id)
    if unknown := set(body.questions) - set(procedure.questions):
        raise ValueError(f"unknown questions: {sorted(unknown)}")
    leaving = application.state in (
        "withdrawing",
        "withdrawn",
    )  # crossed with a withdrawal: there is nothing to answer any more
    correction = Correction.objects.create(
        application=application, questions=body.questions, message=body.message, asked_at=body.at, answer_by=body.answer_by,
        answered_at=body.at if leaving else None,
    )  # fmt: skip
    noted(Noted(application_id=application.id, event="correction_asked", state="correcting", at=body.at), now)
    if not leaving:
        asked = {"message": body.message, "answer_by": body.answer_by or SOON}
        _tell(application, "correction", now, **asked)
    return correction


def correction_ended(body: CorrectionEnded, now: datetime) -> bool:
    """Close the request, so that it can be answered no more. Returns whether one was open."""
    open_ones = Correction.objects.filter(application_id=body.application_id, answered_at=None)
    closed = open_ones.update(answered_at=body.at)
    if closed:
        ended = Noted(application_id=body.application_id, event="correction_ended", state="checking", at=body.at)
        noted(ended, now)
    return bool(closed)


def _tell(application: Application, event: str, now: datetime, **more) -> None:
    """Send the message a procedure names for an event, or the common one."""
    procedure = catalogue.procedure_of(application.snapshot_id)
    context = {"procedure": procedure.title.mapping(), "number": application.receipt_number, **more}
    for account in told(application, now):
        tell(
            account,
            procedure.messages.get(event, f"ask/{event}"),
            context,
            now=now,
            link=f"/my/applications/{application.id}",
            about=str(application.id),
        )


def published(body: Published, now: datetime) -> None:
    """Keep a procedure that the office published. Raises Refused for one whose text is not what its digest says."""
    definition = Procedure.model_validate(body.definition).stored()
    if catalogue.digest(definition) != body.digest:
        raise Refused("ask.published")
    Snapshot.objects.bulk_create(
        [
            Snapshot(
                id=body.snapshot_id, procedure=body.procedure, number=body.number, digest=body.digest, definition=definition,
                valid_from=body.valid_from, published_at=body.published_at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
