"""How Django's sessions find the account again at every request."""

from uuid import UUID

from kusei.base.accounts.models import Account

PATH = "kusei.base.accounts.backends.AccountBackend"


class AccountBackend:
    """Gives the account of a session as long as it isn't closed. Proof of identity is taken in `actions`, never here."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The open account with that key, or None."""
        return Account.objects.filter(pk=user_id, closed_at=None).first()
