"""Sessions in the database, as Django keeps them; session, account and tie are read in one query, since it runs at every request."""

import json

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from kusei.base.kernel import rows

_READ = """
    RIGHT JOIN accounts_session s ON s.account_id = accounts_account.id
    LEFT JOIN accounts_partylink l ON l.account_id = s.account_id AND l.until IS NULL
    LEFT JOIN parties_party p ON p.id = l.party_id
    WHERE s.session_key = %s AND s.expire_date > %s
"""
_WITH = ("s.session_data AS data", "l.party_id AS tie_party_id", "l.since AS tie_since", "p.name AS tie_name")


class SessionStore(db.SessionStore):
    """Django's database sessions with the account beside: `account` is the session's, with `tie_party_id`, `tie_since` and `tie_name` of
    its running tie; None for a session of nobody, and before the session was read."""

    account = None

    @classmethod
    def get_model_class(cls):
        from kusei.base.accounts.models import Session

        return Session

    def encode(self, session_dict):
        """Plain JSON: who can write into the database needs no forged session."""
        return json.dumps(session_dict)

    def decode(self, session_data):
        """What `encode` wrote; {} for anything else."""
        try:
            return json.loads(session_data)
        except ValueError:
            return {}

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.account_id = data.get(SESSION_KEY)
        return row

    def load(self):
        """What the session holds; an unknown, forged or expired key gives an empty session without a key."""
        from kusei.base.accounts.models import Account

        found = rows.one(Account, _READ, [self.session_key, timezone.now()], _WITH)
        if found is None:
            self._session_key = None
            return {}
        self.account = found if found.id else None
        return self.decode(found.data)
