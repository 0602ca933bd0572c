"""The hash chain, byte for byte, so that anyone can check it without this program.

    hash(0) = 32 zero bytes
    hash(n) = SHA-256( hash(n-1) ‖ canonical(n) )

canonical(n) is the row's 15 columns before `hash`, in the order of `HASHED`, each written as

    length  4 bytes, big-endian, signed: how many bytes follow; -1 for NULL, with no bytes following
    value   `seq`: 8 bytes, big-endian, signed
            `at`:  8 bytes, big-endian, signed: microseconds since 2000-01-01T00:00:00Z
            other: the text in UTF-8, unchanged (`detail` is JSON kept as text: its bytes are hashed as they were written,
                   so neither the order of keys nor the spelling of numbers can differ)

Every value carries its length, so no two different rows have the same bytes. This is also what PostgreSQL's
`COPY … (FORMAT BINARY)` sends for these columns, which is why a verifier can hash the stream as it comes.
"""

import hashlib
from datetime import UTC, datetime, timedelta

GENESIS = bytes(32)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HASHED = (
    "seq", "at", "actor_kind", "account_id", "actor_name", "department", "post", "purpose", "act", "what",
    "object_kind", "object_id", "subject", "request_id", "detail",
)  # fmt: skip
NULL = (-1).to_bytes(4, "big", signed=True)


def field(value: int | datetime | str | None) -> bytes:
    """One value in canonical form: its length, then its bytes."""
    if value is None:
        return NULL
    if isinstance(value, str):
        data = value.encode()
    else:
        number = (value - EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value
        data = number.to_bytes(8, "big", signed=True)
    return len(data).to_bytes(4, "big", signed=True) + data


def canonical(entry) -> bytes:
    """The bytes of an entry (anything with the attributes in `HASHED`) that its hash covers."""
    return b"".join(field(getattr(entry, name)) for name in HASHED)


def link(previous: bytes, row: bytes) -> bytes:
    """The hash of the row with canonical bytes `row` that follows the row whose hash is `previous`; 32 bytes."""
    return hashlib.sha256(previous + row).digest()
