"""`check_keys`: whether the keyring opens what is sealed. For supervisors of one's own, before they start anything."""

from django.core.management.base import BaseCommand, CommandError

from kusei.base.secrets.keyring import NoKey
from kusei.base.secrets.rotation import trial
from kusei.base.secrets.sealing import Broken


class Command(BaseCommand):
    """Opens the oldest and the newest values of every sealed field and shows none of them."""

    help = "Open some of what is sealed. Exit code 1 where the keyring is not the one it was sealed with."

    def handle(self, *args, **options):
        try:
            self.stdout.write(f"{trial():,} sealed values opened")
        except (NoKey, Broken) as error:
            raise CommandError(f"sealed fields can't be opened: {error}") from None
