"""The form on the wire: signed texts, and frames that carry some of them with word of what was heard. Pure but for the keys given.

A signed text is {"key": its name, "signature": base 64, "text": what is signed}. A frame is {"head": signed, "messages": [signed, …]}; the
head lists the digest of each message, so that none can be left out, put in or moved.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

LARGEST_MESSAGE = 600_000
LARGEST_FRAME = 1_900_000
"""Characters: below what the web server takes as the body of a form."""
CONTEXT = b"kusei line 1\n"
"""Put before what is signed, so that nothing signed for another purpose passes for it."""
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w.:-]+$")]
Count = Annotated[int, Field(ge=0, lt=2**62)]


class Unfit(Exception):
    """Something came over the line that is not taken; the message says why, without quoting any of it."""


class Strict(BaseModel):
    """What is not foreseen is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Signed(Strict):
    """A text with its signature."""

    key: Name
    signature: Annotated[str, Field(max_length=100)]
    text: Annotated[str, Field(max_length=LARGEST_MESSAGE)]

    @property
    def digest(self) -> str:
        """SHA-256 of the text, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Head(Strict):
    """A frame's head: who speaks to whom, the how manieth frame this is, what was heard of the other side, and what comes with it."""

    form: Literal[1]
    ward: Name
    sender: Literal["portal", "office"]
    stream: UUID
    frame: Count
    heard_stream: UUID | None
    heard: Count
    digests: Annotated[list[str], Field(max_length=500)]


class Letter(Strict):
    """A message as it is signed: its place in the order, its kind and version, what it is about, and its body."""

    id: UUID
    stream: UUID
    number: Annotated[int, Field(ge=1, lt=2**62)]
    sender: Literal["portal", "office"]
    ward: Name
    kind: Name
    version: Annotated[int, Field(ge=1, le=30_000)]
    matter: Annotated[str, Field(max_length=60, pattern=r"^[\w.:@/+ -]*$")]
    at: AwareDatetime
    body: dict[str, Any]


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Signed:
    """The text, signed with the key of that name. Raises `Unfit` where it is too long to cross."""
    if len(text) > LARGEST_MESSAGE:
        raise Unfit("a message is too large")
    signature = base64.b64encode(key.sign(CONTEXT + text.encode())).decode()
    return Signed(key=name, signature=signature, text=text)


def verify(signed: Signed, trusted: Mapping[str, Ed25519PublicKey]) -> str:
    """The text, if a trusted key signed it. Raises `Unfit`."""
    key = trusted.get(signed.key)
    if key is None:
        raise Unfit("signed with a key that is not trusted")
    try:
        key.verify(base64.b64decode(signed.signature, validate=True), CONTEXT + signed.text.encode())
    except (InvalidSignature, ValueError):
        raise Unfit("the signature does not fit") from None
    return signed.text


def read(model: type[Strict], text: str | bytes, what: str) -> Any:
    """JSON as a model. Raises `Unfit` without quoting it."""
    try:
        return model.model_validate_json(text)
    except (ValidationError, ValueError):
        raise Unfit(f"{what} can't be read") from None


def written(value: Mapping[str, Any]) -> str:
    """JSON as it is signed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Frame(Strict):
    """What goes over the line at once."""

    head: Signed
    messages: Annotated[list[Signed], Field(max_length=500)]

    def text(self) -> str:
        """As it goes over the line."""
        return self.model_dump_json()


def opened(raw: bytes, trusted: Mapping[str, Ed25519PublicKey]) -> tuple[Head, list[Signed]]:
    """The head of a frame and its messages, whose own signatures are not checked yet. Raises `Unfit`."""
    if len(raw) > LARGEST_FRAME:
        raise Unfit("a frame is too large")
    frame = read(Frame, raw, "a frame")
    head = read(Head, verify(frame.head, trusted), "a frame's head")
    if head.digests != [each.digest for each in frame.messages]:
        raise Unfit("a frame's messages are not those its head names")
    return head, frame.messages
