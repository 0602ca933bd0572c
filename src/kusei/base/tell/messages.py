"""What crosses the line to be told to a resident: the name of a text and what stands in it. It is put into words on the portal."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from kusei.base.line.kinds import Clean, Message, Moment, Text2000, Texts, Word


class Day(Message):
    """A date, told in the language's form."""

    day: date


class Told(Message):
    """Something to tell an account's owner (お知らせ)."""

    account_id: UUID
    template: Word
    context: dict[Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,40}$")], Day | int | Texts | Text2000]
    link: Annotated[str, Field(max_length=300, pattern=r"^(/[A-Za-z0-9/_-]*)?$")] = ""
    about: Annotated[Clean, Field(max_length=80)] = ""
    channels: list[Annotated[str, Field(pattern=r"^(mypage|mail)$")]]
    at: Moment
