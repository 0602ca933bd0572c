"""What the portal hands to the office: applications, corrections, withdrawals. Each goes over the line (`base.line`): where both are one
installation it is a call in the same transaction, where they are two a signed message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kusei.base.ask.messages import Applied, Corrected, Given, Published, Signed, Withdrawn
from kusei.base.ask.models import AnswerSet, Application, Snapshot
from kusei.base.files import crossing
from kusei.base.kernel import parts
from kusei.base.line import actions as line


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
    agent_id: UUID | None = None
    signed: dict | None = None


def files_in(definition: dict, answers: dict) -> list[dict]:
    """Every file among the answers: question, file_id, name, media_type. Those of a group's items are the group's."""
    return [
        {"question": key, "file_id": f["file"], "name": f["name"], "media_type": f["media_type"]}
        for key, question in definition["questions"].items()
        for f in answered_files(question, answers.get(key))
    ]


def answered_files(question: Mapping, answer: Any) -> list[dict]:
    """The files of an answer: those of a question for files, or of the items of a group."""
    if question["kind"] == "file":
        return answer or []
    if question["kind"] != "group":
        return []
    inside = [key for key, asked in question["questions"].items() if asked["kind"] == "file"]
    return [file for item in answer or [] for key in inside for file in item.get(key) or []]


def hand_over(
    application: Application,
    answers: dict,
    definition: dict,
    *,
    name: str,
    language: str,
    signed: dict | None,
    now: datetime,
) -> None:
    """Give a new application to the office. In the transaction that saved it, so that a receipt means a case, here or in the end there."""
    files = files_in(definition, answers)
    body = Applied(
        application_id=application.id,
        receipt_number=application.receipt_number,
        procedure=application.procedure,
        snapshot_id=application.snapshot_id,
        party_id=application.party_id,
        agent_id=application.agent_id,
        account_id=application.account_id,
        applicant_name=name,
        answers=answers,
        submitted_at=application.submitted_at,
        language=language,
        files=[Given(**each) for each in files],
        signed=signed and Signed(**signed),
    )
    line.send("ask.application", body, matter=application.id, now=now)
    crossing.enqueue_all(files, now)


def hold(application_id: UUID) -> None:
    """Keep the office from acting on an application until this transaction ends: every act of either side locks the case first, then
    the application, then its correction, so that none waits for another in a circle. Between two installations there is nothing to lock."""
    if parts.split():
        return
    from kusei.base.decide.queries import locked

    locked(application_id)


def hand_over_correction(
    application: Application,
    answers: AnswerSet,
    changed: list[str],
    definition: dict,
    *,
    signed: dict | None,
    now: datetime,
) -> None:
    """Give the corrected answers to the office."""
    files = files_in(definition, answers.answers)
    body = Corrected(
        application_id=application.id,
        answers=answers.answers,
        changed=changed,
        files=[Given(**each) for each in files],
        at=now,
        signed=signed and Signed(**signed),
    )
    line.send("ask.correction", body, matter=application.id, now=now)
    crossing.enqueue_all(files, now)


def hand_over_withdrawal(application: Application, *, now: datetime) -> Any:
    """Tell the office that the application is taken back (取下げ). Gives `line.UNDER_WAY` where the office has yet to hear of it. Raises
    NotNow where it has decided."""
    return line.send("ask.withdrawal", Withdrawn(application_id=application.id, at=now), matter=application.id, now=now)


def announce(snapshot: Snapshot, *, now: datetime) -> None:
    """Tell the portal of a procedure that the office published."""
    body = Published(
        snapshot_id=snapshot.id,
        procedure=snapshot.procedure,
        number=snapshot.number,
        digest=snapshot.digest,
        definition=snapshot.definition,
        valid_from=snapshot.valid_from,
        published_at=snapshot.published_at,
    )
    line.send("ask.published", body, matter=snapshot.procedure[:60], now=now)
