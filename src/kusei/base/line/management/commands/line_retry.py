"""`line_retry`: lists the messages that came and can't be applied, and has them tried again."""

from django.core.management.base import BaseCommand

from kusei.base import audit
from kusei.base.kernel import clock, leases
from kusei.base.kernel.actors import SYSTEM
from kusei.base.line.actions import PURPOSE
from kusei.base.line.models import Incoming


class Command(BaseCommand):
    """For a portal, which has no console; in the office the page 運用 does the same."""

    help = "List messages of the other installation that can't be applied; with --all have them tried again."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", dest="again", help="try all of them again")

    def handle(self, *, again: bool = False, **_options):
        rows = list(Incoming.objects.filter(state="given_up").order_by("received_at"))
        for row in rows:
            self.stdout.write(f"{row.received_at.isoformat()}  {row.label}  {row.last_error}")
        if again and rows:
            count, now = leases.try_again(Incoming, [row.id for row in rows], clock.now()), clock.now()
            with audit.page_scope():
                audit.log(SYSTEM, "change", "line.try_again", purpose=PURPOSE, now=now, detail={"rows": count})
            leases.wake()
            self.stdout.write(f"{count} are tried again.")
