"""Checking the log: every row against the chain, the chain against its anchors, the first damage by number and kind.

The table is read as one binary COPY stream in the order of `seq`, a row at a time: memory stays flat however long the log is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db import connection

from kusei.base.audit.anchors import read_anchors
from kusei.base.audit.chain import GENESIS, link, renumbered

# The columns of chain.HASHED in their order. A hash of another length than 32 (somebody dropped the constraint) comes as
# zeros, which no row hashes to.
ROWS = """
COPY (
    SELECT seq,
           record_send(ROW(
               seq, at, actor_kind, account_id, actor_name, department, post, purpose, act, what, object_kind, object_id,
               subject, request_id, detail
           )),
           CASE WHEN octet_length(hash) = 32 THEN hash ELSE decode(repeat('00', 32), 'hex') END
      FROM public.audit_entry WHERE seq > {after:d} ORDER BY seq
) TO STDOUT (FORMAT BINARY)
"""
COPY_HEADER = b"PGCOPY\n\xff\r\n\0"
COPY_HEADER_SIZE = len(COPY_HEADER) + 8  # the signature, flags, and the length of an extension, which is none
COPY_END = b"\xff\xff"
MOST_RENUMBERED = 10_000

MESSAGES = {
    "altered": "row {seq} does not follow from the row before it: its content, or a hash, was altered",
    "removed": "row {seq} is missing",
    "reordered": "the row that belongs at {seq} stands at {other}",
    "inserted": "number {seq} occurs more than once",
    "rewritten": "row {seq} is not the row that was anchored: some row after {other} was altered and the chain computed anew",
    "cut off": "the log ends before row {seq}, but row {other} was anchored",
}


@dataclass(frozen=True, slots=True)
class Damage:
    """The first damage: its kind (a key of `MESSAGES`), the number of the first bad row, and a sentence."""

    kind: str
    seq: int
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: rows read, the last good row and its hash (hexadecimal), anchors checked, anchor lines not readable."""

    rows: int
    head_seq: int
    head_hash: str
    anchors: int
    unreadable_anchors: int
    damage: Damage | None


@dataclass(slots=True)
class Row:
    """A row as it came: its number, its canonical bytes and the hash kept with it."""

    seq: int
    canonical: bytes
    hash: bytes

    def follows(self, previous: bytes, seq: int) -> bytes:
        """The hash this row would have at number `seq` after a row with the hash `previous`."""
        return link(previous, renumbered(self.canonical, seq))


def verify() -> Report:
    """Check the whole log against itself and its anchors; the first damage is named, what comes after it only counted."""
    anchors, unreadable = read_anchors()  # before the rows, which then can't be older than their anchors
    anchored: dict[int, set[str]] = {}
    for each in anchors:
        anchored.setdefault(each.seq, set()).add(each.hash)
    rows = _rows()
    count, seq, head, damage = _walk(rows, anchored)
    count += sum(1 for _ in rows)
    newest = max(anchored, default=0)
    if not damage and newest > seq:
        damage = _damage("cut off", seq + 1, newest)
    return Report(count, seq, head.hex(), sum(each.seq <= seq for each in anchors), unreadable, damage)


def _walk(rows: Iterator[Row], anchored: dict[int, set[str]]) -> tuple[int, int, bytes, Damage | None]:
    """Follow the chain up to the first damage: rows read, number and hash of the last good one, the damage."""
    count, seq, head, witnessed = 0, 0, GENESIS, 0
    for row in rows:
        count += 1
        if row.seq != seq + 1 or sha256(head + row.canonical).digest() != row.hash:
            count += sum(1 for _ in rows)
            return count, seq, head, _explain(row, seq, head)
        if row.seq in anchored:
            if anchored[row.seq] != {row.hash.hex()}:
                return count, seq, head, _damage("rewritten", row.seq, witnessed)
            witnessed = row.seq
        seq, head = row.seq, row.hash
    return count, seq, head, None


def _damage(kind: str, seq: int, other: int = 0) -> Damage:
    return Damage(kind, seq, MESSAGES[kind].format(seq=seq, other=other))


def _explain(bad: Row, seq: int, head: bytes) -> Damage:
    """What happened at the row `bad`, which doesn't follow row `seq` with the hash `head`.

    Looks through all that comes after for the row that belongs there, wherever it stands now, with its own hash or with
    the one that was left behind; and at the next row for a chain that goes on under other numbers.
    """
    place = seq + 1
    if bad.seq < place:
        return _damage("inserted", bad.seq)
    left_behind = bad.hash if bad.seq == place else None
    stands_at, renumbered, previous = 0, False, None
    for row in _rows(after=seq):
        if not stands_at and row.seq != place and row.follows(head, place) in (row.hash, left_behind):
            stands_at = row.seq
        if previous and previous.seq == place == row.seq - 1:
            renumbered = any(
                row.follows(previous.hash, row.seq + gone) == row.hash for gone in range(1, MOST_RENUMBERED)
            )
        previous = row
    if stands_at:
        return _damage("reordered", place, stands_at)
    return _damage("removed" if renumbered or bad.seq > place else "altered", place)


def _rows(after: int = 0) -> Iterator[Row]:
    """The rows with numbers above `after`, in order. To be read to the end: a COPY can't be left without an error."""
    with connection.cursor() as cursor, cursor.copy(ROWS.format(after=after)) as copy:
        for block in copy:  # the server sends one row in each; the first follows the header, the last is the end mark
            data = bytes(block)
            if data.startswith(COPY_HEADER):
                data = data[COPY_HEADER_SIZE:]
            if data and data != COPY_END:
                # 2 bytes: the number of columns; then each with 4 bytes of length: 8 of `seq`, the row's, 32 of hash
                yield Row(int.from_bytes(data[6:14], "big", signed=True), data[18:-36], data[-32:])
