"""`sbom`: the software bill of materials on stdout."""

import json

from django.core.management.base import BaseCommand

from kusei.site.sbom import sbom


class Command(BaseCommand):
    help = "Print the software bill of materials (CycloneDX 1.6, JSON)."
    requires_system_checks = []

    def handle(self, **_options):
        self.stdout.write(json.dumps(sbom(), ensure_ascii=False, indent=1))
