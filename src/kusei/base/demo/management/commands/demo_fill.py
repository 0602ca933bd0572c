"""Fill the demonstration ward and print its logins; a second run changes nothing."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kusei.base.audit import page_scope
from kusei.base.demo.fill import Wanted, fill
from kusei.base.kernel import clock
from kusei.base.kernel.offers import registry
from kusei.base.kernel.wards import load_ward


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


class Command(BaseCommand):
    """Progress goes to stderr, the logins to stdout."""

    help = "Fill the demonstration ward (departments, staff, towns, residents, procedures) and print its logins."
    requires_system_checks = []

    def add_arguments(self, parser):
        """The ward must be the one that the installation runs as (KUSEI_WARD)."""
        parser.add_argument("--ward", default=settings.WARD, help="which ward (default: KUSEI_WARD)")
        parser.add_argument("--residents", type=int, default=10_000, help="made residents (default 10,000)")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other residents")

    def handle(self, *, ward, residents, seed, **_options):
        """Raises CommandError where the ward is another than the installation's, or less than one resident is asked for."""
        if ward != settings.WARD:
            raise CommandError(f"This installation runs as {settings.WARD}; set KUSEI_WARD={ward} to fill {ward}.")
        if residents < 1:
            raise CommandError("--residents must be at least 1.")
        wanted = Wanted(
            ward=load_ward(ward),
            residents=residents,
            seed=seed,
            data=settings.DATA_FOLDER,
            passwords=settings.KUSEI_HOME / "secrets" / "demo-logins.json",
            registry=registry,
        )
        say(f"Filling {wanted.ward.name['ja']} ({ward}) …")
        with page_scope():
            self.stdout.write(fill(wanted, now=clock.now(), say=say))
