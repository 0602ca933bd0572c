"""How Django's sessions find the account again at every request."""

from uuid import UUID

from kusei.base.accounts.models import Account

PATH = "kusei.base.accounts.backends.AccountBackend"

# Written by hand because it runs at every request of everybody signed in: the account and its tie in one go, nothing to compile.
_WITH_TIE = """
    SELECT a.*, l.party_id AS tie_party_id, l.since AS tie_since, p.name AS tie_name
      FROM accounts_account a
      LEFT JOIN accounts_partylink l ON l.account_id = a.id AND l.until IS NULL
      LEFT JOIN parties_party p ON p.id = l.party_id
     WHERE a.id = %s AND a.closed_at IS NULL
"""


class AccountBackend:
    """Gives the account of a session as long as it isn't closed. Proof of identity is taken in `actions`, never here."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The open account with that key and `tie_party_id`, `tie_since`, `tie_name` of its running tie; or None."""
        return next(iter(Account.objects.raw(_WITH_TIE, [user_id])), None)
