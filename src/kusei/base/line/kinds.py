"""What may cross: kinds of messages, each with a schema that names every field. What no schema names does not cross."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from kusei.base.kernel.parts import Side
from kusei.base.kernel.plain import plain_text, plain_value

Clean = Annotated[str, AfterValidator(plain_text)]
"""Text as it may cross."""
Line200 = Annotated[Clean, Field(max_length=200, pattern=r"^[^\n\t]*$")]
Text2000 = Annotated[Clean, Field(max_length=4000)]
Word = Annotated[str, Field(max_length=120, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_./+-]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Moment = AwareDatetime
Data = Annotated[Any, AfterValidator(plain_value)]
"""JSON whose shape the receiver checks itself."""
Texts = dict[Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]{2,8})?$")], Text2000]
"""Language → text."""


class Message(BaseModel):
    """A message's body: what is not named is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Kind:
    """A kind of message. `to`: the side that receives it. `receive(body, now)` applies it in the caller's transaction; done twice with
    the same body it must do no harm, and what it raises refuses the message. `fill(body)` adds what is too large to lie in the database
    twice, when the message leaves."""

    name: str
    to: Side
    schema: type[Message]
    receive: Callable[[Any, datetime], Any]
    version: int = 1
    fill: Callable[[dict], dict] | None = None


class Kinds:
    """All kinds of an installation; duplicates are refused. Tests make their own."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    def register(self, kind: Kind) -> None:
        """Add a kind. Raises ValueError for a name that is taken."""
        if kind.name in self._kinds:
            raise ValueError(f"messages of kind {kind.name!r} are registered already")
        self._kinds[kind.name] = kind

    def named(self, name: str) -> Kind | None:
        """The kind of that name, or None."""
        return self._kinds.get(name)

    def all(self) -> list[Kind]:
        """Every kind, in the order of registration."""
        return list(self._kinds.values())


kinds = Kinds()
