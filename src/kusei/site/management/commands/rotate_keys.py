"""`rotate_keys`: a new sealing key, and everything sealed anew with it."""

import sys

from django.core.management.base import BaseCommand, CommandError

from kusei.base import audit
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.secrets import keyring, rotation


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


class Command(BaseCommand):
    """Broken off, it goes on where it was when it is run again with --resume."""

    help = "Make a new sealing key and seal everything anew with it, while the ward runs."

    def add_arguments(self, parser):
        parser.add_argument("--resume", action="store_true", help="no new key: finish what was begun")
        parser.add_argument("--forget", metavar="KEY", help="remove a key that nothing is sealed with any more")

    def handle(self, *, resume, forget, **_options):
        try:
            if forget:
                self.forget(forget)
                return
            if not resume:
                keyring.replace(keyring.keyring().with_new())
            current = keyring.keyring().current
            count = rotation.rotate(say)
        except keyring.NoKey as error:
            raise CommandError(str(error)) from None
        with audit.page_scope():
            detail = {"sealed_anew": count, "current": current}
            audit.log(SYSTEM, "change", "secrets.rotate", purpose="鍵の更新", now=clock.now(), detail=detail)
        self.stdout.write(
            f"{count:,} values sealed anew with {current}. Copy the keyring to where the keys are kept: backups from now on need it.\n"
            "Older backups need the older keys: keep those there too, also after `rotate_keys --forget`."
        )

    def forget(self, name: str) -> None:
        """Remove a key from the keyring. Raises CommandError where something is sealed with it still."""
        if count := rotation.left(name):
            raise CommandError(f"{count:,} rows are sealed with {name} still: run rotate_keys --resume")
        keyring.replace(keyring.keyring().without(name))
        self.stdout.write(f"{name} is no longer in the keyring.")
