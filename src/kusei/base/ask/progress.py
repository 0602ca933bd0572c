"""What the office tells the portal about an application: steps the applicant sees, and requests to correct."""

from datetime import date, datetime
from uuid import UUID

from kusei.base.ask import catalogue
from kusei.base.ask.models import Application, Correction, Step
from kusei.base.tell.actions import tell

SOON = {"ja": "できるだけ早く", "ja-easy": "できるだけ はやく", "en": "as soon as you can"}


def note(case_id: UUID, event: str, *, now: datetime, detail: dict | None = None, state: str | None = None) -> None:
    """Add a step to the application's course, and set its state where one is given. An application of another channel has none."""
    if not Application.objects.filter(id=case_id).exists():
        return
    Step.objects.create(application_id=case_id, at=now, event=event, detail=detail or {})
    if state:
        Application.objects.filter(id=case_id).update(state=state)


def ask_correction(
    case_id: UUID, questions: list[str], message: str, answer_by: date | None, *, by, now: datetime
) -> Correction:
    """Ask the applicant to correct or complete answers (補正依頼). Raises ValueError for a question the procedure doesn't have."""
    application = Application.objects.get(id=case_id)
    procedure = catalogue.procedure_of(application.snapshot_id)
    if unknown := set(questions) - set(procedure.questions):
        raise ValueError(f"unknown questions: {sorted(unknown)}")
    correction = Correction.objects.create(
        application=application, questions=questions, message=message, asked_at=now, answer_by=answer_by
    )
    note(case_id, "correction_asked", now=now, state="correcting")
    title = procedure.title.mapping()
    tell(
        application.account_id,
        procedure.messages["correction"],
        {
            "procedure": title,
            "number": application.receipt_number,
            "message": message,
            "answer_by": answer_by or SOON,
        },
        now=now,
        link=f"/my/applications/{application.id}",
        about=str(application.id),
    )
    return correction


def account_of(case_id: UUID) -> UUID | None:
    """The account that applied, to be told of the outcome; None where the application came another way."""
    return Application.objects.filter(id=case_id).values_list("account_id", flat=True).first()


def end_correction(case_id: UUID, *, now: datetime) -> bool:
    """Stop waiting for a correction, so that it can be answered no more. Returns whether one was open."""
    closed = Correction.objects.filter(application_id=case_id, answered_at=None).update(answered_at=now)
    if closed:
        note(case_id, "correction_ended", now=now, state="checking")
    return bool(closed)
