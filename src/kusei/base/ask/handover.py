"""The one outbox from the portal to the office. On one machine it is a function call; between two, a signed message."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kusei.base.ask.models import AnswerSet, Application
from kusei.base.kernel.actors import SYSTEM


@dataclass(frozen=True)
class Handed:
    """An application as the office receives it: plain data, nothing of the portal's tables."""

    application_id: UUID
    receipt_number: str
    procedure: str
    snapshot_id: UUID
    definition: dict
    title: dict[str, str]
    department_code: str
    party_id: UUID | None
    account_id: UUID
    applicant_name: str
    answers: dict
    submitted_at: datetime
    language: str
    files: list[dict] = field(default_factory=list)


def files_in(definition: dict, answers: dict) -> list[dict]:
    """Every file among the answers: question, file_id, name, media_type."""
    return [
        {"question": key, "file_id": f["file"], "name": f["name"], "media_type": f["media_type"]}
        for key, question in definition["questions"].items()
        if question["kind"] == "file"
        for f in answers.get(key) or []
    ]


def hand_over(
    application: Application, answers: dict, definition: dict, *, name: str, language: str, now: datetime
) -> None:
    """Give a new application to the office. In the transaction that saved it, so that a receipt means a case."""
    from kusei.base.decide import actions as office

    handed = Handed(
        application_id=application.id,
        receipt_number=application.receipt_number,
        procedure=application.procedure,
        snapshot_id=application.snapshot_id,
        definition=definition,
        title=definition["title"],
        department_code=definition["department"],
        party_id=application.party_id,
        account_id=application.account_id,
        applicant_name=name,
        answers=answers,
        submitted_at=application.submitted_at,
        language=language,
        files=files_in(definition, answers),
    )
    office.receive(handed, by=SYSTEM, now=now)


def hold(application_id: UUID) -> None:
    """Keep the office from acting on an application until this transaction ends: every act of either side locks the case first, then
    the application, then its correction, so that none waits for another in a circle. Between two installations there is nothing to lock."""
    from kusei.base.decide.queries import locked

    locked(application_id)


def hand_over_correction(
    application: Application, answers: AnswerSet, changed: list[str], definition: dict, *, now: datetime
) -> None:
    """Give the corrected answers to the office."""
    from kusei.base.decide import actions as office

    files = files_in(definition, answers.answers)
    office.receive_correction(application.id, answers.answers, changed, files, by=SYSTEM, now=now)


def hand_over_withdrawal(application: Application, *, now: datetime) -> None:
    """Tell the office that the application is taken back (取下げ)."""
    from kusei.base.decide import actions as office

    office.receive_withdrawal(application.id, by=SYSTEM, now=now)
