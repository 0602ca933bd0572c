"""Anchors: the head of the chain, written down outside the database.

The chain alone can't show that its newest rows were cut off, nor that it was computed anew from some row on. A line for each
anchored head in `KUSEI_HOME/audit/anchors.jsonl` does; whoever copies that file to another machine has a witness there too.
"""

import fcntl
import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection, transaction

logger = logging.getLogger(__name__)
LAST_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Anchor:
    """That row `seq` had the hash `hash` (hexadecimal) at `at` (ISO 8601, UTC)."""

    seq: int
    hash: str
    at: str


def anchors_file() -> Path:
    """Where the anchors are."""
    return Path(settings.KUSEI_HOME) / "audit" / "anchors.jsonl"


def anchor(now: datetime) -> Anchor | None:
    """Write the chain's head to the anchors, on the disk when this returns; None if the head was anchored before.

    A head that contradicts the last anchor is not written, but logged as an error: the log was cut or altered. Raises
    `RuntimeError` inside a transaction, whose rows might still be rolled back.
    """
    with _open_locked() as file:
        last = _last(file)
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SELECT seq, encode(hash, 'hex') FROM public.audit_entry ORDER BY seq DESC LIMIT 1")
            head = cursor.fetchone() or (0, "")
        if last and (head[0] < last.seq or (head[0] == last.seq and head[1] != last.hash)):
            logger.error("the audit log contradicts its anchor of row %d: run audit_verify", last.seq)
            return None
        if head[0] == (last.seq if last else 0):
            return None
        new = Anchor(head[0], head[1], now.astimezone(UTC).isoformat())
        file.write(json.dumps(asdict(new)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return new


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
    """The anchor in a line, None if there is none."""
    try:
        found = Anchor(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return found if isinstance(found.seq, int) and isinstance(found.hash, str) else None
