"""The backend itself; Django looks for it under this name."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections stay open between requests (CONN_MAX_AGE), and a database that was restarted has hung up on all of them."""

    def is_usable(self) -> bool:
        """Whether the kept connection can be used. A server that hung up has left an end of file to be read, so silence means yes, and
        nothing is sent; only where there is something to read, the server is asked, as Django does at every request."""
        line = select.poll()
        line.register(self.connection.pgconn.socket, select.POLLIN)
        return not line.poll(0) or super().is_usable()
