"""`retention`: lists what the rules let go now, and with --apply deletes it."""

from django.core.management.base import BaseCommand

from kusei.base import audit
from kusei.base.kernel import clock
from kusei.base.retention.actions import apply
from kusei.base.retention.queries import due


class Command(BaseCommand):
    """Without --apply nothing is changed."""

    help = "List what the retention rules let go now; with --apply delete it, as the worker does every night."

    def add_arguments(self, parser):
        parser.add_argument("--apply", dest="really", action="store_true", help="delete it now")

    def handle(self, *, really: bool = False, **_options):
        now = clock.now()
        if really:
            with audit.page_scope():
                self.stdout.write("\n".join(f"{count:>9,}  {kind}" for kind, count in apply(now).items()))
            return
        for each in due(now):
            rule = each.rule
            self.stdout.write(
                f"{each.count:>9,}  {rule.kind:<14} {rule.title}（{rule.since}から{rule.after.days}日、{rule.source}）"
            )
