"""Files between portal and office: only what was rebuilt crosses, piece by piece, and is checked there before anybody can open it.

The bytes as uploaded never leave the portal. What arrives must be of the type it says, whole in the sandbox, and have the digest that the
signed messages name.
"""

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kusei.base.files import storage
from kusei.base.files.actions import kind_of
from kusei.base.files.messages import MOST_PIECES, PIECE, Piece, Unusable
from kusei.base.files.models import Crossing, StoredFile
from kusei.base.files.problems import PROBLEMS
from kusei.base.files.rules import HEAD, safe_name, sniff
from kusei.base.files.sandbox.client import SandboxDown, sandbox
from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.handlers import Hopeless, Later
from kusei.base.jobs.models import Task
from kusei.base.kernel import parts
from kusei.base.kernel.parts import OTHER
from kusei.base.line import actions as line

TASK = "files.cross"


# ---- leaving --------------------------------------------------------------------------------------------------------------------


def enqueue_all(files: Iterable[Mapping], now: datetime) -> None:
    """Have the files cross, each once, as soon as it is rebuilt. Nothing where both sides are one installation."""
    if parts.split():
        for each in files:
            enqueue(TASK, str(each["file_id"]), now=now)


def cross(task: Task, now: datetime) -> None:
    """Send a file's pieces, or that it can't be used (task `files.cross`). Raises `Later` until it is rebuilt."""
    stored = StoredFile.objects.filter(id=task.key).first()
    if stored is None:
        raise Hopeless("there is no such file")
    if stored.state == "received":
        raise Later("the file is not rebuilt yet")
    to = OTHER[settings.PART]
    with transaction.atomic():
        if stored.state != "ready":
            body = Unusable(file_id=stored.id, problem=stored.problem or "unreadable")
            line.send(f"files.unusable_for_{to}", body, matter=stored.id, once=f"file:{stored.id}:0", now=now)
            return
        if stored.rebuilt_size > PIECE * MOST_PIECES:
            raise Hopeless("the rebuilt file is too large to cross")
        Crossing.objects.get_or_create(file=stored, defaults={"since": now})
        for index in range(-(-stored.rebuilt_size // PIECE)):
            piece = Piece(
                file_id=stored.id, name=stored.name, media_type=stored.media_type, size=stored.rebuilt_size,
                sha256=stored.rebuilt_sha256, index=index,
            )  # fmt: skip
            line.send(f"files.piece_for_{to}", piece, matter=stored.id, once=f"file:{stored.id}:{index}", now=now)


def fill(body: dict) -> dict:
    """A piece with its bytes, read when it leaves."""
    with storage.get(body["sha256"]) as file:
        file.seek(body["index"] * PIECE)
        return body | {"data": base64.b64encode(file.read(PIECE)).decode()}


# ---- arriving -------------------------------------------------------------------------------------------------------------------


def expect(files: Iterable[Mapping], now: datetime) -> None:
    """Make a row for each file that is to come, so that staff see that it is on its way."""
    for each in files:
        _row(UUID(str(each["file_id"])), each["name"], each["media_type"], now)


def _row(id: UUID, name: str, media_type: str, now: datetime) -> StoredFile:
    known = media_type in ("image/jpeg", "image/png", "image/webp", "application/pdf")
    shown = safe_name(name, media_type) if known else "ファイル"
    stored, _new = StoredFile.objects.get_or_create(
        id=id, defaults={"sha256": "", "size": 0, "media_type": media_type[:40], "name": shown, "created_at": now}
    )
    Crossing.objects.get_or_create(file=stored, defaults={"since": now})
    return stored


def piece(body: Piece, now: datetime) -> None:
    """Put a piece in its place; the last one completes the file. Raises `Hopeless` where it isn't what the messages say."""
    stored = _row(body.file_id, body.name, body.media_type, now)
    if stored.state != "received":
        return
    data = base64.b64decode(body.data, validate=True)
    count = -(-body.size // PIECE)
    wanted = PIECE if body.index < count - 1 else body.size - PIECE * (count - 1)
    if body.index >= count or len(data) != wanted:
        raise Hopeless("a piece of a file has the wrong length")
    path = _part(body)
    _put(path, body.index * PIECE, data)
    if body.index == count - 1:
        _complete(stored, body, path)


def unusable(body: Unusable, now: datetime) -> None:
    """Note that a file can't be had."""
    problem = body.problem if body.problem in PROBLEMS else "unreadable"
    StoredFile.objects.filter(id=body.file_id, state="received").update(state="refused", problem=problem)


def _part(body: Piece) -> Path:
    """Where the pieces gather; outside the store, whose names tell their content."""
    folder = Path(settings.KUSEI_HOME) / "line"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{body.file_id}-{body.sha256}"


def _put(path: Path, at: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, data, at)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _complete(stored: StoredFile, body: Piece, path: Path) -> None:
    """The file is there: judge it, keep it, and let it be opened."""
    with path.open("rb") as made:
        if (
            os.fstat(made.fileno()).st_size != body.size
            or hashlib.file_digest(made, "sha256").hexdigest() != body.sha256
        ):
            raise Hopeless("a file's digest is not the one that was announced")
        made.seek(0)
        if sniff(made.read(HEAD)) != body.media_type:
            raise Hopeless("a file is not of the type that was announced")
        made.seek(0)
        try:
            found = sandbox.check(made, kind_of(body.media_type))
        except SandboxDown as error:
            raise Later(f"SandboxDown: {error}") from error
        if "problem" in found:
            raise Hopeless("a file can't be opened in the sandbox")
        storage.put(body.sha256, made)
    StoredFile.objects.filter(id=stored.id, state="received").update(
        state="ready", sha256=body.sha256, size=body.size, rebuilt_sha256=body.sha256, rebuilt_size=body.size,
        media_type=body.media_type, name=safe_name(body.name, body.media_type),
    )  # fmt: skip
    path.unlink(missing_ok=True)
