"""What crosses the line about who an account is: the portal asks, the office knows the register and answers."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kusei.base.kernel.i18n import LANGUAGES
from kusei.base.line.kinds import Clean, Data, Line200, Message, Moment


class LetterWanted(Message):
    """Somebody asks for a letter with a code (本人確認コード), saying who they are."""

    account_id: UUID
    language: Literal[LANGUAGES]
    name: Line200
    birth_date: date
    town: Annotated[Clean, Field(max_length=50)]
    block: Annotated[Clean, Field(max_length=40)]
    at: Moment


class CodeTyped(Message):
    """The code of a letter, as it was typed and well-formed. Only the office can tell whose it is."""

    account_id: UUID
    code: Annotated[str, Field(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")]
    at: Moment


class CardSigned(Message):
    """A text that names the account, as signed with a card (CMS, base64). Only the office can tell whose card it is."""

    account_id: UUID
    text: Annotated[str, Field(max_length=2000)]
    signature: Annotated[str, Field(max_length=100_000, pattern=r"^[A-Za-z0-9+/=]+$")]
    at: Moment


class Known(Message):
    """What the procedures may use of the register about one person, as of a day; good until a moment. A protected person's whereabouts
    are never in it."""

    party_id: UUID
    name: Line200
    kana: Line200
    birth_date: date
    source: Line200
    as_of: date
    facts: dict[Annotated[str, Field(pattern=r"^[a-z_.]{1,40}$")], Data]
    until: Moment


class Tied(Message):
    """An account is this person's. It is named by its id or, where the tie was made at the counter, by its login."""

    account_id: UUID | None
    login: Annotated[Clean, Field(max_length=254)] = ""
    means: Literal["letter", "counter", "card"]
    since: Moment
    known: Known


class NotTied(Message):
    """The code that was typed or the card that was used ties the account to nobody: it is wrong or used up, can't be judged now (`later`), or
    account or person are tied already."""

    account_id: UUID
    reason: Literal["code", "card", "later", "account", "person"]
    at: Moment


class Is(Message):
    """Which account of the portal bears the login that was tied at a counter."""

    account_id: UUID
    login: Annotated[Clean, Field(max_length=254)]
    party_id: UUID
    at: Moment
