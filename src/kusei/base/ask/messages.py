"""What crosses the line about applications: the schemas, and what each side does with them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kusei.base.kernel.i18n import LANGUAGES
from kusei.base.line.kinds import Clean, Data, Line200, Message, Moment, Sha256, Text2000, Texts, Word

Receipt = Annotated[str, Field(pattern=r"^\d{6}-[0-9A-Z]{4}-[0-9A-Z]{4}$")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
State = Literal["received", "checking", "correcting", "decided", "withdrawn"]


class Given(Message):
    """A file among the answers: what it is called. The file itself comes in messages of its own, once it is rebuilt."""

    question: Key
    file_id: UUID
    name: Line200
    media_type: Word


class Signed(Message):
    """That the answers were signed with a card: by whom, when that was checked, and the number of the certificate."""

    signer: Line200
    received_at: Moment
    checked_at: Moment
    serial: Annotated[Clean, Field(max_length=64)]
    digest: Annotated[Clean, Field(max_length=64)]
    id: UUID


class Applied(Message):
    """An application (申請), as the portal hands it over. The procedure is named, not described: the office goes by its own copy."""

    application_id: UUID
    receipt_number: Receipt
    procedure: Word
    snapshot_id: UUID
    party_id: UUID | None
    agent_id: UUID | None = None
    account_id: UUID
    applicant_name: Line200
    answers: dict[Key, Data]
    submitted_at: Moment
    language: Literal[LANGUAGES]
    files: Annotated[list[Given], Field(max_length=100)]
    signed: Signed | None = None


class Corrected(Message):
    """Corrected answers (補正): all answers as they stand now, and which are new."""

    application_id: UUID
    answers: dict[Key, Data]
    changed: list[Key]
    files: Annotated[list[Given], Field(max_length=100)]
    at: Moment
    signed: Signed | None = None


class Withdrawn(Message):
    """The applicant takes the application back (取下げ)."""

    application_id: UUID
    at: Moment


class Outcome(Message):
    """What a step tells the applicant."""

    outcome: Texts = {}
    paper: Annotated[Clean, Field(max_length=60)] = ""


class Noted(Message):
    """A step in an application's course (経過), and the state it leads to."""

    application_id: UUID
    event: Key
    detail: Outcome = Outcome()
    state: State | None = None
    at: Moment


class CorrectionAsked(Message):
    """A request to correct (補正依頼)."""

    application_id: UUID
    questions: list[Key]
    message: Text2000
    answer_by: date | None
    at: Moment


class CorrectionEnded(Message):
    """The office waits for a correction no more."""

    application_id: UUID
    at: Moment


class Published(Message):
    """A procedure as it was published (手続の版)."""

    snapshot_id: UUID
    procedure: Word
    number: Annotated[int, Field(ge=1)]
    digest: Sha256
    definition: dict[str, Data]
    valid_from: date
    published_at: datetime
