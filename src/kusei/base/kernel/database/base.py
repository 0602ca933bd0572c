"""The backend itself; Django looks for it under this name."""

import select

from django.db.backends.postgresql import base


class PreparingCursor(base.ServerBindingCursor):
    """Has the server parse and plan each query once a connection."""

    def execute(self, query, params=None, *, prepare=True, **options):
        """As psycopg's, prepared at the first time."""
        return super().execute(query, params, prepare=prepare, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections stay open between requests (CONN_MAX_AGE), and a database that was restarted has hung up on all of them."""

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
