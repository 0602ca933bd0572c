"""The hash chains, byte for byte, so that anyone can check them without this program.

The log has several chains, its lanes (see docs/decisions/0010). In each of them, from place 1 on without a gap:

    hash(lane, 0) = 32 zero bytes
    hash(lane, n) = SHA-256( hash(lane, n-1) ‖ canonical(lane, n) )

canonical(lane, n) is the row's 17 columns before `hash`, in the order of `HASHED`, as PostgreSQL's `record_send` writes them:

    count   4 bytes: 17; then for each column
    type    4 bytes: 20 for `lane`, `place` and `seq`, 1184 for `at`, 25 for all others (PostgreSQL's fixed numbers of bigint,
            timestamptz, text)
    length  4 bytes: how many bytes follow; -1 for NULL, with no bytes following
    value   `lane`, `place`, `seq`: 8 bytes
            `at`:  8 bytes: microseconds since 2000-01-01T00:00:00Z
            other: the text in UTF-8, unchanged (`detail` is JSON kept as text: its bytes are hashed as they were written,
                   so neither the order of keys nor the spelling of numbers can differ)

All numbers are big-endian and signed. Every value carries its length, so no two different rows have the same bytes.

Lane 0 holds the rows from before there were lanes: their place is their `seq`, and their 15 columns begin with it.
"""

import hashlib
from datetime import UTC, datetime, timedelta

GENESIS = bytes(32)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HASHED = (
    "lane", "place", "seq", "at", "actor_kind", "account_id", "actor_name", "department", "post", "purpose", "act", "what",
    "object_kind", "object_id", "subject", "request_id", "detail",
)  # fmt: skip
BIGINT, TIMESTAMPTZ, TEXT = 20, 1184, 25
LANES = 32
"""How many lanes there are; more than a ward has connections that write at the same moment."""
FIRST_NUMBER, EACH_NUMBER = 12, 16
"""Where the first whole number stands in canonical bytes (after the count, its type and its length), and how far the next is from it."""


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
    columns = HASHED if entry.lane else HASHED[2:]
    return number(len(columns)) + b"".join(field(getattr(entry, name)) for name in columns)


def put_at(row: bytes, lane: int, place: int, seq: int) -> bytes:
    """The canonical bytes that a row with the canonical bytes `row` would have at that place; `seq` alone counts in lane 0."""
    moved = bytearray(row)
    for index, value in enumerate((lane, place, seq) if lane else (place,)):
        begin = FIRST_NUMBER + index * EACH_NUMBER
        moved[begin : begin + 8] = number(value, 8)
    return bytes(moved)


def link(previous: bytes, row: bytes) -> bytes:
    """The hash of the row with canonical bytes `row` that follows the row whose hash is `previous`; 32 bytes."""
    return hashlib.sha256(previous + row).digest()
