"""The backend itself; Django looks for it under this name."""

import select
from contextlib import contextmanager

from django.db.backends.postgresql import base

QUERIES = {"SELECT", "INSERT", "UPDATE"}


class PreparingCursor(base.ServerBindingCursor):
    """Has the server parse and plan each query once a connection."""

    def execute(self, query, params=None, **options):
        """As psycopg's, prepared at the first time; what is no query (SAVEPOINT) is sent as ever."""
        return super().execute(query, params, prepare=query.lstrip()[:6] in QUERIES, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections stay open between requests (CONN_MAX_AGE), and a database that was restarted has hung up on all of them."""

    _preparing = False

    def is_usable(self) -> bool:
        """Whether the kept connection can be used. A server that hung up has left an end of file to be read, so silence means yes, and
        nothing is sent; only where there is something to read, the server is asked, as Django does at every request."""
        line = select.poll()
        line.register(self.connection.pgconn.socket, select.POLLIN)
        return not line.poll(0) or super().is_usable()

    def prepared(self):
        """A cursor for one of the few queries that run at every request: one statement, written by hand, always with the same text.
        Values are bound by the server, so their types must show in the text ("%s::jsonb") where they don't follow from it."""
        self.ensure_connection()
        return self._prepare_cursor(PreparingCursor(self.connection))

    @contextmanager
    def preparing(self):
        """Within it, what is asked for through the models is prepared too: for acts that everybody does and that ask the same each time."""
        before, self._preparing = self._preparing, True
        try:
            yield
        finally:
            self._preparing = before

    def create_cursor(self, name=None):
        """Django's cursor, or one that prepares."""
        return PreparingCursor(self.connection) if self._preparing and name is None else super().create_cursor(name)
