"""How Django's sessions find the account again at every request."""

from uuid import UUID

from kusei.base.accounts.models import Account
from kusei.base.kernel import rows

PATH = "kusei.base.accounts.backends.AccountBackend"
_TIE = ("l.party_id AS tie_party_id", "l.since AS tie_since", "p.name AS tie_name")
_WITH_TIE = """
    LEFT JOIN accounts_partylink l ON l.account_id = accounts_account.id AND l.until IS NULL
    LEFT JOIN parties_party p ON p.id = l.party_id
    WHERE accounts_account.id = %s AND accounts_account.closed_at IS NULL
"""


class AccountBackend:
    """Gives the account of a session as long as it isn't closed. Proof of identity is taken in `actions`, never here."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The open account with that key and `tie_party_id`, `tie_since`, `tie_name` of its running tie; or None. One query."""
        return rows.one(Account, _WITH_TIE, [user_id], _TIE)
