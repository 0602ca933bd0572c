"""`line_keys`: our keys of the line and those we trust; how a key is replaced without a break."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kusei.base import audit
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.line import keys


class Command(BaseCommand):
    """Without options: what the other side is to trust, and whom we trust."""

    help = "Show and change the keys of the line between portal and office."
    requires_system_checks = []

    def add_arguments(self, parser):
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--new", action="store_true", help="make another key of ours; the current one signs still")
        change.add_argument("--use", metavar="NAME", help="sign with that key of ours from now on")
        change.add_argument("--forget", metavar="NAME", help="remove a key of ours that signs no more")
        change.add_argument(
            "--trust", metavar="NAME=KEY", help="trust a key of the other side, as this command shows it there"
        )
        change.add_argument("--distrust", metavar="NAME", help="trust a key of the other side no more")

    def handle(self, *, new, use, forget, trust, distrust, **_options):
        side = settings.PART
        if side == "all":
            raise CommandError("This installation is portal and office in one (KUSEI_PART=all): there is no line.")
        try:
            ring, done = keys.own(side), {}
            if new:
                keys.keep(ring, side, use=False)
                done = {"did": "new"}
            elif use:
                keys.use(ring, use)
                done = {"did": "use", "name": use}
            elif forget:
                keys.forget(ring, forget)
                done = {"did": "forget", "name": forget}
            elif trust:
                name, _, public = trust.partition("=")
                keys.trust(name, public)
                done = {"did": "trust", "name": name}
            elif distrust:
                keys.distrust(distrust)
                done = {"did": "distrust", "name": distrust}
            if done:
                with audit.page_scope():
                    audit.log(SYSTEM, "change", "line.keys", purpose="鍵の更新", now=clock.now(), detail=done)
            self.show(side)
        except keys.NoLineKey as error:
            raise CommandError(str(error)) from None

    def show(self, side: str) -> None:
        """Ours, the signing one marked, and theirs."""
        ring = keys.own(side)
        for name, public in ring.public().items():
            self.stdout.write(f"ours     {name}={public}{'  (signs)' if name == ring.current else ''}")
        for name in keys.trusted():
            self.stdout.write(f"trusted  {name}")
