"""What crosses the line of files: what was rebuilt, piece by piece, never what was uploaded."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kusei.base.line.kinds import Line200, Message, Sha256

PIECE = 192 * 1024
"""Bytes of a file in one message."""
MOST_PIECES = 400


class Piece(Message):
    """One piece of a rebuilt file: what the whole is, and from where in it these bytes are. `data` (base 64) is added when it leaves."""

    file_id: UUID
    name: Line200
    media_type: Literal["image/jpeg", "image/png", "image/webp", "application/pdf"]
    size: Annotated[int, Field(ge=1, le=PIECE * MOST_PIECES)]
    sha256: Sha256
    index: Annotated[int, Field(ge=0, lt=MOST_PIECES)]
    data: Annotated[str, Field(max_length=PIECE * 4 // 3 + 4)] = ""


class Unusable(Message):
    """A file that could not be rebuilt, and why."""

    file_id: UUID
    problem: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
