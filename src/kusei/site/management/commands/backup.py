"""`backup DIR`: a consistent copy of a running ward."""

import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from kusei.site import backup, bundle
from kusei.site.config import CONFIG
from kusei.site.errors import SiteError
from kusei.site.keys import fingerprints


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


class Command(BaseCommand):
    """Exit code 1 where it failed, or where files that rows name are missing from the store."""

    help = "Back up database, files and audit anchors of this ward into an empty folder, while it runs."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--link", action="store_true", help="link files in place of copying, on the same file system"
        )

    def handle(self, *, folder, link, **_options):
        os.umask(0o077)
        try:
            made = backup.take(folder, CONFIG.database("owner"), fingerprints(), link=link, say=say)
        except SiteError as error:
            say(f"kusei: {error}")
            sys.exit(1)
        digest = bundle.digest_of(folder / bundle.MANIFEST).sha256
        self.stdout.write(
            f"Backup of {made.instant.isoformat()}: {made.rows:,} rows, {made.files:,} files ({made.files_bytes:,} bytes)\n"
            f"{digest}  {folder / bundle.MANIFEST}\n"
            f"Not in it: {', '.join(made.secrets)} and whatever else is in {CONFIG.home / 'secrets'}. Keep a copy of that folder elsewhere."
        )
        if made.missing:
            say(
                f"kusei: {len(made.missing)} files that rows name are missing from the store or damaged; see the manifest"
            )
            sys.exit(1)
