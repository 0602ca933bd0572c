"""`audit_verify`: check the audit log (監査ログ) against its hash chain and its anchors."""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from kusei.base.audit.verify import verify


class Command(BaseCommand):
    help = "Check the audit log for altered, removed, reordered and cut-off rows. Exit code 1 on damage."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        report = verify()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), ensure_ascii=False))
        else:
            self.stdout.write(f"rows            {report.rows:,}")
            for head in report.heads:
                self.stdout.write(f"lane {head.lane:<2} is good up to {head.place:,}  {head.hash}")
            self.stdout.write(f"anchors checked {report.anchors:,}")
            if report.unreadable_anchors:
                self.stdout.write(f"anchor lines that can't be read: {report.unreadable_anchors:,}")
            if report.damage:
                self.stdout.write(f"DAMAGED: {report.damage.kind}: {report.damage.message}")
            else:
                self.stdout.write("The audit log is whole.")
        if report.damage:
            sys.exit(1)
