"""Keeping files: first the bytes, safe on disk, then the row that names them, then the task that rebuilds them."""

import hashlib
import tempfile
from collections.abc import Collection
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from kusei.base.files import storage
from kusei.base.files.models import StoredFile
from kusei.base.files.problems import LARGEST, PROBLEMS
from kusei.base.files.rules import ALLOWED, HEAD, PDF, safe_name, sniff
from kusei.base.files.sandbox.client import sandbox
from kusei.base.jobs.actions import enqueue
from kusei.base.kernel import rows
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Invalid


def keep(upload: UploadedFile, *, by: Actor, now: datetime, allowed: Collection[str] = ALLOWED) -> StoredFile:
    """Keep an uploaded file: what it is, is told by its content, never by its name or declared type.

    JPEG, PNG, WebP (up to 50 megapixels) and PDF (up to 100 pages), up to 10 MB. It is checked to be whole here, and rebuilt by a worker
    before anybody gets to see it. Raises `Invalid({"file": …})`, which says what is wrong and what to do; `SandboxDown`.
    """
    with tempfile.TemporaryFile() as copy:
        sha256, size = copied(upload, copy)
        copy.seek(0)
        media_type = sniff(copy.read(HEAD))
        if media_type in PROBLEMS:
            raise refused(media_type)
        if media_type not in allowed:
            raise refused("not_allowed")
        found = sandbox.check(copy, kind_of(media_type))
        if "problem" in found:
            raise refused(found["problem"])
        storage.put(sha256, copy)
    with transaction.atomic(savepoint=False):
        stored = StoredFile(
            sha256=sha256,
            size=size,
            media_type=media_type,
            name=safe_name(upload.name or "", media_type),
            uploaded_by_id=by.account_id,
            created_at=now,
        )
        rows.insert(stored)
        enqueue("files.rebuild", str(stored.id), now=now)
    return stored


def keep_made(content: bytes, name: str, media_type: str, *, now: datetime) -> StoredFile:
    """Keep a file that Kusei made itself (a notice as PDF), ready to be served."""
    sha256 = hashlib.sha256(content).hexdigest()
    storage.put(sha256, BytesIO(content))
    return StoredFile.objects.create(
        sha256=sha256,
        size=len(content),
        media_type=media_type,
        name=safe_name(name, media_type),
        created_at=now,
        state="ready",
        rebuilt_sha256=sha256,
        rebuilt_size=len(content),
    )


def copied(upload: UploadedFile, copy: BinaryIO) -> tuple[str, int]:
    """Copy the upload, at most 10 MB of it; returns digest and size. Raises `Invalid`."""
    digest, size = hashlib.sha256(), 0
    for chunk in upload.chunks():
        size += len(chunk)
        if size > LARGEST:
            raise refused("too_large")
        digest.update(chunk)
        copy.write(chunk)
    copy.flush()
    return digest.hexdigest(), size


def kind_of(media_type: str) -> str:
    """Which of the sandbox's tools a file needs."""
    return "pdf" if media_type == PDF else "image"


def refused(code: str) -> Invalid:
    """The error for a problem."""
    return Invalid({"file": str(PROBLEMS[code])})
