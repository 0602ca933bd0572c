"""Checking the log: every row against its chain, the chains against their anchors, the first damage by lane, place and kind.

Each lane is read as one binary COPY stream in the order of places, a row at a time: memory stays flat however long the log is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.db import connection

from kusei.base.audit.anchors import Anchor, Head, read_anchors
from kusei.base.audit.chain import GENESIS, link, put_at

NOBODY = -1
"""The place of a row in a lane that has none: it was there before the constraint was dropped, or was put there."""

# The columns of chain.HASHED in their order. A hash of another length than 32 (somebody dropped the constraint) comes as
# zeros, which no row hashes to.
ROWS = """
COPY (
    SELECT lane::bigint, {place}, seq,
           record_send(ROW(
               {first}seq, at, actor_kind, account_id, actor_name, department, post, purpose, act, what, object_kind, object_id,
               subject, request_id, detail
           )),
           CASE WHEN octet_length(hash) = 32 THEN hash ELSE decode(repeat('00', 32), 'hex') END
      FROM public.audit_entry WHERE {rows}
) TO STDOUT (FORMAT BINARY)
"""
OLD = {"place": "seq", "first": ""}
NEW = {"place": f"coalesce(place, {NOBODY})", "first": "lane::bigint, place, "}
COPY_HEADER = b"PGCOPY\n\xff\r\n\0"
COPY_HEADER_SIZE = len(COPY_HEADER) + 8  # the signature, flags, and the length of an extension, which is none
COPY_END = b"\xff\xff"
MOST_RENUMBERED = 10_000

MESSAGES = {
    "altered": "row {place} of lane {lane} does not follow from the row before it: its content, or a hash, was altered",
    "removed": "row {place} of lane {lane} is missing",
    "reordered": "the row that belongs at {place} of lane {lane} stands at {other}",
    "inserted": "place {place} of lane {lane} is taken more than once",
    "rewritten": "row {place} of lane {lane} is not the row that was anchored: some row after {other} was altered and the chain computed anew",
    "cut off": "lane {lane} ends before row {place}, but row {other} was anchored",
}


@dataclass(frozen=True, slots=True)
class Damage:
    """The first damage: its kind (a key of `MESSAGES`), the lane and place of the first bad row, and a sentence."""

    kind: str
    lane: int
    place: int
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: rows read, the last good row of each lane, anchors checked, anchor lines not readable, the first damage."""

    rows: int
    heads: tuple[Head, ...]
    anchors: int
    unreadable_anchors: int
    damage: Damage | None


@dataclass(slots=True)
class Row:
    """A row as it came: where it stands, its number, its canonical bytes and the hash kept with it."""

    lane: int
    place: int
    seq: int
    canonical: bytes
    hash: bytes

    def at(self, previous: bytes, lane: int, place: int, seq: int) -> bytes:
        """The hash this row would have at that place, after a row with the hash `previous`."""
        return link(previous, put_at(self.canonical, lane, place, seq))


@dataclass(slots=True)
class Lane:
    """How far a lane is good: rows read, the place and hash of the last good one, what is wrong with the next."""

    number: int
    rows: int = 0
    place: int = 0
    hash: bytes = field(default=GENESIS)
    damage: Damage | None = None

    def damaged(self, kind: str, place: int, other: int | str = 0) -> Damage:
        """A damage of this lane."""
        return Damage(kind, self.number, place, MESSAGES[kind].format(lane=self.number, place=place, other=other))


def verify() -> Report:
    """Check the whole log against itself and its anchors; the first damage is named, what comes after it only counted."""
    anchors, unreadable = read_anchors()  # before the rows, which then can't be older than their anchors
    anchored = _by_lane(anchors)
    lanes = [_walk(number, anchored.get(number, {})) for number in sorted({*anchored, *_lanes()})]
    good = {lane.number: lane.place for lane in lanes}
    return Report(
        rows=sum(lane.rows for lane in lanes),
        heads=tuple(Head(lane.number, lane.place, lane.hash.hex()) for lane in lanes if lane.place),
        anchors=sum(all(head.place <= good[head.lane] for head in anchor.heads) for anchor in anchors),
        unreadable_anchors=unreadable,
        damage=next((lane.damage for lane in lanes if lane.damage), None),
    )


def _by_lane(anchors: list[Anchor]) -> dict[int, dict[int, set[str]]]:
    """The anchored hashes by lane and place."""
    found: dict[int, dict[int, set[str]]] = {}
    for anchor in anchors:
        for head in anchor.heads:
            found.setdefault(head.lane, {}).setdefault(head.place, set()).add(head.hash)
    return found


def _lanes() -> list[int]:
    """Every lane that a row says it is in, those that can't be too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT lane FROM public.audit_entry")
        return [lane for (lane,) in cursor.fetchall()]


def _walk(number: int, anchored: Mapping[int, set[str]]) -> Lane:
    """Follow the chain of a lane up to the first damage."""
    lane, witnessed, bad = Lane(number), 0, None
    for row in _rows(number):
        lane.rows += 1
        if bad or lane.damage:
            continue
        if row.place != lane.place + 1 or sha256(lane.hash + row.canonical).digest() != row.hash:
            bad = row  # looked into afterwards: one COPY at a time
        elif row.place in anchored and anchored[row.place] != {row.hash.hex()}:
            lane.damage = lane.damaged("rewritten", row.place, witnessed)
        else:
            witnessed = row.place if row.place in anchored else witnessed
            lane.place, lane.hash = row.place, row.hash
    if bad:
        lane.damage = _explain(bad, lane)
    newest = max(anchored, default=0)
    if not lane.damage and newest > lane.place:
        lane.damage = lane.damaged("cut off", lane.place + 1, newest)
    return lane


def _explain(bad: Row, lane: Lane) -> Damage:
    """What happened at the row `bad`, which doesn't follow the last good row of the lane.

    Looks through the log for the row that belongs there, wherever it stands now, with its own hash or with the one that was left
    behind; and at the next row for a chain that goes on under other places.
    """
    place = lane.place + 1
    if bad.place < place:
        return lane.damaged("inserted", bad.place) if bad.place > 0 else lane.damaged("altered", place)
    if stands_at := _stray(bad, lane, place):
        return lane.damaged("reordered", place, stands_at)
    return lane.damaged("removed" if bad.place > place or _closed_up(lane, place) else "altered", place)


def _stray(bad: Row, lane: Lane, place: int) -> str:
    """Where the row stands that belongs at `place` of the lane; empty where it is nowhere else."""
    left_behind = bad.hash if bad.place == place else None
    found = ""
    for row in _rows_of_kind(lane.number):
        if found or (row.lane, row.place) == (lane.number, place) or row.place < 0:
            continue
        could_be = {row.at(lane.hash, lane.number, place, seq) for seq in {row.seq, bad.seq}}
        if could_be & {row.hash, left_behind}:
            found = str(row.place) if row.lane == lane.number else f"{row.place} of lane {row.lane}"
    return found


def _closed_up(lane: Lane, place: int) -> bool:
    """Whether the rows that follow `place` were moved up to close a gap: their chain goes on under other places."""
    previous, closed = None, False
    for row in _rows(lane.number, after=lane.place, most=2):
        if previous and row.place == place + 1:
            moved = range(1, MOST_RENUMBERED)
            closed = any(
                row.at(previous.hash, row.lane, row.place + gone, _seq(row, gone)) == row.hash for gone in moved
            )
        previous = row if row.place == place else None
    return closed


def _seq(row: Row, gone: int) -> int:
    """The number a row had before it moved up: in lane 0 that was its place, in all others it stays."""
    return row.seq if row.lane else row.seq + gone


def _rows(lane: int, after: int = 0, most: int | None = None) -> Iterator[Row]:
    """The rows of a lane above a place, in order."""
    limit = f" LIMIT {most:d}" if most else ""
    if lane == 0:
        return _copied(ROWS.format(**OLD, rows=f"lane = 0 AND seq > {after:d} ORDER BY seq{limit}"))
    beyond = f"AND place > {after:d}" if after else ""
    within = "AND lane > 0" if lane > 0 else ""  # what lets the index serve
    return _copied(ROWS.format(**NEW, rows=f"lane = {lane:d} {within} {beyond} ORDER BY place{limit}"))


def _rows_of_kind(lane: int) -> Iterator[Row]:
    """All rows that could have been taken from a lane, which look alike: those of all lanes, or of lane 0 alone."""
    return _rows(0) if lane == 0 else _copied(ROWS.format(**NEW, rows="lane <> 0"))


def _copied(query: str) -> Iterator[Row]:
    """The rows of a COPY. To be read to the end: a COPY can't be left without an error."""
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:  # the server sends one row in each; the first follows the header, the last is the end mark
            data = bytes(block)
            if data.startswith(COPY_HEADER):
                data = data[COPY_HEADER_SIZE:]
            if data and data != COPY_END:
                # 2 bytes: the number of columns; then each with 4 bytes of length: three numbers of 8, the row's bytes, 32 of hash
                lane, place, seq = (int.from_bytes(data[at : at + 8], "big", signed=True) for at in (6, 18, 30))
                yield Row(lane, place, seq, data[42:-36], data[-32:])
