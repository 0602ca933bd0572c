"""What a worker does with a received file: scan it where a scanner is configured, make it anew, keep that."""

import hashlib
import tempfile
from datetime import datetime

from django.conf import settings

from kusei.base.files import storage
from kusei.base.files.actions import kind_of
from kusei.base.files.models import StoredFile
from kusei.base.files.rules import safe_name
from kusei.base.files.sandbox.client import SandboxDown, sandbox
from kusei.base.files.scanner import ScannerDown, infected
from kusei.base.jobs.handlers import Hopeless, Later
from kusei.base.jobs.models import Task


def rebuild(task: Task, now: datetime) -> None:
    """Rebuild the file whose id is the task's key: it becomes ready, or refused with a problem's code. Doing it twice does it once.

    Raises `Later` while the scanner is configured and can't be reached: nothing passes unscanned. `Hopeless` if the file is gone.
    """
    stored = StoredFile.objects.filter(id=task.key).first()
    if stored is None or stored.state != "received":
        return
    try:
        with storage.get(stored.sha256) as source:
            if settings.SCANNER and infected(source, settings.SCANNER):
                settle(stored, state="refused", problem="infected")
                return
            rebuild_from(stored, source)
    except FileNotFoundError:
        raise Hopeless("the file's content is not in the store") from None
    except (ScannerDown, SandboxDown) as error:
        raise Later(f"{type(error).__name__}: {error}") from error


def rebuild_from(stored: StoredFile, source) -> None:
    """Have the sandbox write it anew, keep the result, and say so on the row."""
    with tempfile.TemporaryFile() as made:
        found = sandbox.rebuild(source, made, kind_of(stored.media_type))
        if "problem" in found:
            settle(stored, state="refused", problem=found["problem"])
            return
        made.seek(0)
        sha256 = hashlib.file_digest(made, "sha256").hexdigest()
        size = made.seek(0, 2)
        storage.put(sha256, made)
    media_type = found["media_type"]
    settle(
        stored,
        state="ready",
        media_type=media_type,
        name=safe_name(stored.name, media_type),
        rebuilt_sha256=sha256,
        rebuilt_size=size,
    )


def settle(stored: StoredFile, **fields: object) -> None:
    """Write the outcome, unless another worker did meanwhile."""
    StoredFile.objects.filter(id=stored.id, state="received").update(**fields)
