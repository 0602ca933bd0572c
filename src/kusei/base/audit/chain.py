"""The hash chain, byte for byte, so that anyone can check it without this program.

    hash(0) = 32 zero bytes
    hash(n) = SHA-256( hash(n-1) ‖ canonical(n) )

canonical(n) is the row's 15 columns before `hash`, in the order of `HASHED`, as PostgreSQL's `record_send` writes them:

    count   4 bytes: 15; then for each column
    type    4 bytes: 20 for `seq`, 1184 for `at`, 25 for all others (PostgreSQL's fixed numbers of bigint, timestamptz, text)
    length  4 bytes: how many bytes follow; -1 for NULL, with no bytes following
    value   `seq`: 8 bytes
            `at`:  8 bytes: microseconds since 2000-01-01T00:00:00Z
            other: the text in UTF-8, unchanged (`detail` is JSON kept as text: its bytes are hashed as they were written,
                   so neither the order of keys nor the spelling of numbers can differ)

All numbers are big-endian and signed. Every value carries its length, so no two different rows have the same bytes.
"""

import hashlib
from datetime import UTC, datetime, timedelta

GENESIS = bytes(32)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HASHED = (
    "seq", "at", "actor_kind", "account_id", "actor_name", "department", "post", "purpose", "act", "what",
    "object_kind", "object_id", "subject", "request_id", "detail",
)  # fmt: skip
BIGINT, TIMESTAMPTZ, TEXT = 20, 1184, 25
SEQ_PLACE = slice(12, 20)
"""Where the number of a row stands in its canonical bytes: after the count, its type and its length."""


def number(value: int, size: int = 4) -> bytes:
    """A whole number as `size` bytes, big-endian, signed."""
    return value.to_bytes(size, "big", signed=True)


def field(value: int | datetime | str | None) -> bytes:
    """One column in canonical form: type, length, value. NULL is taken for text, the only type here that may be NULL."""
    if isinstance(value, datetime):
        return number(TIMESTAMPTZ) + number(8) + number((value - EPOCH) // timedelta(microseconds=1), 8)
    if isinstance(value, int):
        return number(BIGINT) + number(8) + number(value, 8)
    if value is None:
        return number(TEXT) + number(-1)
    return number(TEXT) + number(len(value.encode())) + value.encode()


def canonical(entry) -> bytes:
    """The bytes of an entry (anything with the attributes in `HASHED`) that its hash covers."""
    return number(len(HASHED)) + b"".join(field(getattr(entry, name)) for name in HASHED)


def renumbered(row: bytes, seq: int) -> bytes:
    """The canonical bytes that a row with the canonical bytes `row` would have at number `seq`."""
    return row[: SEQ_PLACE.start] + number(seq, 8) + row[SEQ_PLACE.stop :]


def link(previous: bytes, row: bytes) -> bytes:
    """The hash of the row with canonical bytes `row` that follows the row whose hash is `previous`; 32 bytes."""
    return hashlib.sha256(previous + row).digest()
