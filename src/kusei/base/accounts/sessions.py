"""Sessions in the database, as Django keeps them, read with one prepared-by-hand query: it runs at every request."""

from django.contrib.sessions.backends import db
from django.db import OperationalError, connection
from django.utils import timezone

_READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's database sessions; only reading differs, in cost and not in outcome."""

    def load(self):
        """What the session holds; an unknown, forged or expired key gives an empty session without a key."""
        found = self._read()
        if not found:
            self._session_key = None
            return {}
        return self.decode(found[0])

    def _read(self, again: bool = True) -> tuple[str] | None:
        """The row, if there is one. Outside transactions, a connection that the server has dropped is opened anew, once."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(_READ, [self.session_key, timezone.now()])
                return cursor.fetchone()
        except OperationalError:
            if not again or connection.in_atomic_block:
                raise
            connection.close()
            return self._read(again=False)
