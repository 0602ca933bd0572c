"""`draw verify FILE`: runs a published draw again."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kusei.base.draw import rules


class Command(BaseCommand):
    """Exit code 0: the draw is sound; 1: it is not, or the file can't be read."""

    help = "Run a published draw (抽選) again: ./kusei manage draw verify FILE"
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("do", choices=["verify"])
        parser.add_argument("file", type=Path)

    def handle(self, *, do, file, **_options):
        try:
            said = rules.verify(json.loads(file.read_text("utf-8-sig")))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join([*said, "The draw is sound."]))
