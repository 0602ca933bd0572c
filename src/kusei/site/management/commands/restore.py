"""`restore DIR`: a backup into an empty home, compared row by row and file by file."""

import os
import sys
import time
from pathlib import Path

from django.core.management.base import BaseCommand

from kusei.base.kernel import clock
from kusei.site import restore
from kusei.site.config import CONFIG
from kusei.site.errors import SiteError
from kusei.site.keys import fingerprints


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


class Command(BaseCommand):
    """Ends in a later minute than it began in: receipt numbers of the minute before may be out."""

    help = "Restore a backup into an empty home and an empty database, and compare all of it with the backup."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--without-keys", action="store_true", help="restore though the keys of the data are not here"
        )

    def handle(self, *, folder, without_keys, **_options):
        os.umask(0o077)
        begun = clock.now()
        try:
            made = restore.restore(
                folder, CONFIG.database("owner"), fingerprints(), without_keys=without_keys, now=begun, say=say
            )
        except SiteError as error:
            say(f"kusei: {error}")
            sys.exit(1)
        if seconds := restore.same_minute(begun, clock.now()):
            say(f"Waiting {seconds:.0f} s: receipt numbers of this minute may be out already …")
            time.sleep(seconds)
        self.stdout.write(
            f"Restored as of {made.instant.isoformat()}: {made.rows:,} rows and {made.files:,} files, all as they were.\n"
            "The audit log is whole. Everybody has to sign in again. What was done after that instant is lost; mails that waited then are "
            "sent again under the same Message-ID."
        )
