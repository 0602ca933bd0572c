"""`demo_card`: sign a file with a card of the demonstration, as a program with a card reader would."""

import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kusei.base.demo import holders
from kusei.base.kernel import clock


class Command(BaseCommand):
    """The signature goes to stdout: `./kusei manage demo_card hanako@example.jp kusei-….json > kusei.p7s`."""

    help = "Sign a file with a card of the demonstration (a made authority; worth nothing anywhere else); the signature (CMS, DER) goes to stdout."

    def add_arguments(self, parser):
        parser.add_argument("holder", help="the address with which the card's holder signs in")
        parser.add_argument("file", type=Path, help="the text to sign, as downloaded")
        parser.add_argument("--revoked", action="store_true", help="with a card that was revoked")

    def handle(self, *, holder, file, revoked, **_options):
        """Raises CommandError outside of a demonstration, and for nobody's card."""
        if not settings.DEMO:
            raise CommandError("There are such cards in a demonstration only (KUSEI_DEMO=1).")
        now = clock.now()
        who = holders.holder(holder, now)
        if who is None:
            raise CommandError(
                f"Nobody here has a card: {', '.join(each.email for each in holders.holders(now))} have."
            )
        sys.stdout.buffer.write(holders.sign(who, file.read_bytes(), revoked=revoked, now=now))
