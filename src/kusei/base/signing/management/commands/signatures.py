"""`signatures verify`: check every accepted signature again; `signatures fetch`: fetch the lists of revoked certificates now."""

import sys

from django.core.management.base import BaseCommand

from kusei.base.kernel import clock
from kusei.base.signing import again, lists


class Command(BaseCommand):
    """What was accepted is judged as of the moment it came, with the lists kept from then: it must hold as it did."""

    help = "Verify accepted signatures (verify), or fetch revocation lists (fetch). Exit code 1 where one doesn't hold."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["verify", "fetch"])
        parser.add_argument("--id", help="one signature only")

    def handle(self, *args, what, id, **options):
        if what == "fetch":
            self.stdout.write(f"{lists.fetch(clock.now()):,} new lists")
            return
        count, faults = 0, 0
        for signature, fault in again.every(id):
            count += 1
            if fault:
                faults += 1
                self.stdout.write(f"FAULT {signature.id}: {fault}")
        self.stdout.write(f"{count:,} accepted signatures checked, {faults:,} faults")
        if faults or (id and not count):
            sys.exit(1)
