"""Read published data from a folder: the towns of the ward this installation runs as."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kusei.base.demo import towns
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.wards import load_ward

MOST_LISTED = 20


class Command(BaseCommand):
    """Prints what was added, changed, unchanged and left out; the same folder again changes nothing."""

    help = "Import published data: FOLDER/addresses/<ward>.json (rows of town, koaza, lat, lng)."
    requires_system_checks = []

    def add_arguments(self, parser):
        """The folder that holds `addresses/`."""
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder, **_options):
        """Raises CommandError where the folder has no readable towns of this ward."""
        ward = load_ward(settings.WARD)
        file = towns.address_file(folder, ward)
        try:
            rows, faults = towns.read_towns(file)
        except towns.NoTowns as error:
            raise CommandError(str(error)) from error
        report = towns.import_towns(ward.code, rows, source=towns.CREDIT, by=SYSTEM, now=clock.now())
        report.faults = faults
        self.stdout.write(f"{file}: {ward.name['ja']}")
        self._count("added", report.added, name=False)
        self._count("changed", report.changed, name=False)
        self._count("unchanged", report.unchanged, name=False)
        self._count("without a place on the map", report.without_place)
        self._count("in the register but not in the file (kept)", report.no_longer)
        self._count("rows left out", report.faults)

    def _count(self, title: str, items: list[str], *, name: bool = True) -> None:
        self.stdout.write(f"  {len(items):>6,}  {title}")
        for item in items[:MOST_LISTED] if name else []:
            self.stdout.write(f"            {item}")
        if name and len(items) > MOST_LISTED:
            self.stdout.write(f"            … and {len(items) - MOST_LISTED:,} more")
