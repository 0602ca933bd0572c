"""What the tests have a ward of their own do, in processes of its own: `inside.py WHAT ARGUMENTS`."""

import json
import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402

from kusei.base import audit  # noqa: E402
from kusei.base.demo import applying  # noqa: E402
from kusei.base.demo.residents import MADE  # noqa: E402
from kusei.base.files.actions import keep_made  # noqa: E402
from kusei.base.kernel import clock  # noqa: E402
from kusei.base.kernel.actors import SYSTEM  # noqa: E402
from kusei.base.kernel.clock import local_date  # noqa: E402
from kusei.base.papers.numbers import next_number  # noqa: E402
from kusei.family.child_allowance.demo import OLDEST_CHILD, _Claim  # noqa: E402
from kusei.family.child_allowance.models import Award  # noqa: E402
from kusei.site import backup  # noqa: E402
from kusei.site import restore as restoring  # noqa: E402
from kusei.site.config import CONFIG  # noqa: E402
from kusei.site.keys import fingerprints  # noqa: E402

THREADS = 3
PAUSE = 0.2
"""Seconds between two submissions of a thread: a small ward has few parents, and they must last as long as a backup takes."""


def load(path: str) -> None:
    """Threads that submit claims and keep files until stdin ends, each with a line in the file: number, file, when it began and was
    committed."""
    heads = applying.parents(1000, local_date(clock.now()), OLDEST_CHILD, source=MADE)
    stop, numbers, lock = threading.Event(), iter(enumerate(heads, start=1000)), threading.Lock()

    def submit() -> None:
        while not stop.wait(PAUSE):
            with lock:
                number, head = next(numbers)
            began = clock.now()
            kept = keep_made(b"%PDF " + os.urandom(3000), "load.pdf", "application/pdf", now=began)
            claim = _Claim(number, head)
            claim.submit(began)
            line = {
                "number": claim.application.receipt_number,
                "file": kept.sha256,
                "began": began.isoformat(),
                "committed": clock.now().isoformat(),
            }
            with lock, open(path, "a") as lines:
                lines.write(json.dumps(line) + "\n")
        connection.close()

    threads = [threading.Thread(target=submit) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()


def restore(folder: str, minutes_later: str = "0", *options: str) -> None:
    """Restore a backup, as the command does, without its waiting for another minute."""
    now = clock.now() + timedelta(minutes=int(minutes_later))
    without = "--without-keys" in options
    restoring.restore(Path(folder), CONFIG.database(), fingerprints(), without_keys=without, now=now, say=print)


def paper_numbers(*letters: str) -> None:
    """Give out one paper number under each letter."""
    print(json.dumps([next_number(letter, local_date(clock.now())) for letter in letters]))


def files() -> None:
    """The digests under which files lie in the store."""
    print(json.dumps([path.name for path in Path(settings.FILES_FOLDER).rglob("*") if path.is_file()]))


def banks() -> None:
    """The accounts of all awards, in the clear."""
    print(json.dumps([award.bank for award in Award.objects.all()]))


# Tables of this time: the audit log has one chain, files that feed registers have no worker.
EARLIER = {"audit": "0002_append_only", "record": "0001_imports"}
OLD_HEAD = "SELECT 0, seq, encode(hash, 'hex') FROM public.audit_entry ORDER BY seq DESC LIMIT 1"
OLD_ROW = """
INSERT INTO record_import (id, register, file_name, sha256, encoding, day, state, added, changed, unchanged, bad, uploaded_at)
VALUES (uuidv7(), 'residents', 'old.csv', '', 'UTF-8', '2026-04-01', 'checked', 1, 0, 0, 0, now())
"""


def old_backup(folder: str, *lacking: str) -> None:
    """Make tables as they were before, a few rows with them, and a backup of that, as it was taken then; `lacking` are statements before it."""
    for app, name in EARLIER.items():
        call_command("migrate", app, name, verbosity=0)
    for app in sorted(MigrationLoader(None).migrated_apps - EARLIER.keys()):
        call_command("migrate", app, verbosity=0)
    for number in range(3):
        audit.log(SYSTEM, "change", "test.old", purpose="試験", now=clock.now(), detail={"number": number})
    with connection.cursor() as cursor:
        cursor.execute(OLD_ROW)
        for statement in lacking:
            cursor.execute(statement)
    backup.HEADS = OLD_HEAD
    backup.write(Path(settings.KUSEI_HOME) / "ward", "sumida")
    backup.take(Path(folder), CONFIG.database(), fingerprints(), link=False, say=print)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
