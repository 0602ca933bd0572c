"""What crosses the line of papers: that one was issued, so that its recipient finds it and anybody can check its code."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kusei.base.line.kinds import Clean, Line200, Message, Moment, Word


class Issued(Message):
    """A version of a paper (交付物). `file_id`: its PDF, which comes in messages of its own; None where it goes by post alone, with `problem` saying so."""

    paper_id: UUID
    number: Annotated[Clean, Field(max_length=40)]
    layout: Word
    title: Line200
    about: UUID
    part: Annotated[Clean, Field(max_length=60)] = ""
    party_id: UUID | None
    version: Annotated[int, Field(ge=1, le=1000)] = 1
    kind: Literal["issued", "reissued", "corrected"] = "issued"
    check_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")]
    issued_at: Moment
    file_id: UUID | None
    problem: Line200 = ""


class Ended(Message):
    """A paper that was revoked (取消) or has lapsed (失効)."""

    paper_id: UUID
    revoked_at: Moment
    revoked_as: Literal["revoked", "lapsed"]
