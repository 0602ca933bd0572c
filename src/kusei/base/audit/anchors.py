"""Anchors: the heads of the chains, written down outside the database.

A chain alone can't show that its newest rows were cut off, nor that it was computed anew from some row on. A line in
`KUSEI_HOME/audit/anchors.jsonl` with the head of every lane does; whoever copies that file to another machine has a witness there too.
"""

import fcntl
import json
import logging
import os
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection, transaction

from kusei.base.audit.chain import LANES

logger = logging.getLogger(__name__)
LAST_BYTES = 32_768
"""More than two of the longest lines."""

HEADS = """
SELECT lane, place, encode(hash, 'hex') FROM (
    (SELECT 0 AS lane, seq AS place, hash FROM public.audit_entry WHERE lane = 0 ORDER BY seq DESC LIMIT 1)
    UNION ALL
    SELECT l, last.* FROM generate_series(1, LANES) AS l, LATERAL (
        SELECT place, hash FROM public.audit_entry WHERE lane = l AND lane > 0 ORDER BY place DESC LIMIT 1) AS last
) AS heads ORDER BY lane
""".replace("LANES", str(LANES))
FIRST_AFTER = """
SELECT min(at) FROM unnest(%s::int[], %s::bigint[]) AS anchored (lane, place), LATERAL (
    SELECT at FROM public.audit_entry e WHERE e.lane = anchored.lane AND e.lane > 0 AND e.place = anchored.place + 1
    UNION ALL SELECT at FROM public.audit_entry e WHERE anchored.lane = 0 AND e.lane = 0 AND e.seq = anchored.place + 1) AS first
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a lane: that place `place` had the hash `hash` (hexadecimal)."""

    lane: int
    place: int
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The heads of all lanes at `at` (ISO 8601, UTC)."""

    at: str
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """How far the newest anchor is behind the log: rows in all, those after it, and when the oldest of these was written."""

    rows: int
    not_anchored: int
    oldest: datetime | None


def heads() -> tuple[Head, ...]:
    """The last row of each lane that has one, in the order of lanes."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        return tuple(Head(*row) for row in cursor.fetchall())


def behind() -> Behind:
    """How far the newest anchor is behind."""
    anchors, _unreadable = read_anchors()
    witnessed = {head.lane: head.place for head in anchors[-1].heads} if anchors else {}
    now = {head.lane: head.place for head in heads()}
    later = {lane: witnessed.get(lane, 0) for lane, place in now.items() if place > witnessed.get(lane, 0)}
    with connection.cursor() as cursor:
        cursor.execute(FIRST_AFTER, [list(later), list(later.values())])
        (oldest,) = cursor.fetchone()
    return Behind(sum(now.values()), sum(now[lane] - place for lane, place in later.items()), oldest)


def anchors_file() -> Path:
    """Where the anchors are."""
    return Path(settings.KUSEI_HOME) / "audit" / "anchors.jsonl"


def anchor(now: datetime) -> Anchor | None:
    """Write the chains' heads to the anchors, on the disk when this returns; None if they were anchored before.

    Heads that contradict the last anchor are not written, but logged as an error: the log was cut or altered. Raises
    `RuntimeError` inside a transaction, whose rows might still be rolled back.
    """
    with _open_locked() as file:
        last = _last(file)
        with transaction.atomic(durable=True):
            new = Anchor(now.astimezone(UTC).isoformat(), heads())
        there = {head.lane: head for head in new.heads}
        for head in last.heads if last else ():
            found = there.get(head.lane)
            if not found or found.place < head.place or (found.place == head.place and found != head):
                logger.error(
                    "the audit log contradicts its anchor of row %d in lane %d: run audit_verify", head.place, head.lane
                )
                return None
        if new.heads == (last.heads if last else ()):
            return None
        file.write(line_of(new).encode())
        file.flush()
        os.fsync(file.fileno())
    return new


def line_of(anchor: Anchor) -> str:
    """An anchor as a line of the file."""
    return json.dumps({"at": anchor.at, "heads": [astuple(head) for head in anchor.heads]}) + "\n"


def read_anchors() -> tuple[list[Anchor], int]:
    """All anchors in the order of writing, and the number of lines that can't be read (a crash may tear the last one)."""
    try:
        lines = anchors_file().read_bytes().splitlines()
    except FileNotFoundError:
        return [], 0
    parsed = [_parse(line) for line in lines if line.strip()]
    return [each for each in parsed if each], parsed.count(None)


def _open_locked() -> BinaryIO:
    """The anchors' file, made if need be for its owner alone, open for appending, locked until it is closed."""
    path = anchors_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
    fcntl.flock(file, fcntl.LOCK_EX)
    if file.seek(0, os.SEEK_END) == 0:
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)  # so that a crash doesn't forget the new file's name
        os.close(folder)
    return file


def _last(file: BinaryIO) -> Anchor | None:
    """The last readable anchor. A torn last line is ended, so that what follows stays readable."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LAST_BYTES))
    end = file.read()
    if end and not end.endswith(b"\n"):
        file.write(b"\n")
    parsed = (_parse(line) for line in reversed(end.splitlines()))
    return next((each for each in parsed if each), None)


def _parse(line: bytes) -> Anchor | None:
    """The anchor in a line, None if there is none. A line from before there were lanes is the head of lane 0."""
    try:
        read = json.loads(line)
        found = read["heads"] if "heads" in read else [[0, read["seq"], read["hash"]]]
        heads = tuple(Head(lane, place, hashed) for lane, place, hashed in found)
        well = all((type(each.lane), type(each.place), type(each.hash)) == (int, int, str) for each in heads)
        return Anchor(str(read["at"]), heads) if well else None
    except (ValueError, TypeError, KeyError):
        return None
