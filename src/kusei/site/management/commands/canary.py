"""`canary`: walk through everything as everybody, in every language, and look for a protected person's whereabouts (支援措置)."""

import subprocess
import sys

from django.core.management.base import BaseCommand

from kusei.site.config import ROOT


class Command(BaseCommand):
    """All of it takes long; CI walks through samples. It makes its own people in a database of its own, so the ward's is not touched."""

    help = "Look for a protected person on every page, PDF, CSV, mail, log line and error page, as every role. Needs requirements/test.txt."

    def add_arguments(self, parser):
        parser.add_argument("--sample", action="store_true", help="what CI does: each kind of form once, in Japanese")

    def handle(self, *args, sample, **options):
        whole = [] if sample else ["--whole"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/guards/test_canary.py", *whole], cwd=ROOT, check=False
        )
        sys.exit(done.returncode)
