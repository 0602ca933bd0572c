"""Bring the database up to date and fill the demonstration: `python -m kusei.site.prepare RESIDENTS`, run as the owner role.

Progress goes to stderr; stdout carries what `demo_fill` prints there: the demonstration logins.
"""

import sys

import django
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from kusei.base.secrets.keyring import NoKey
from kusei.base.secrets.rotation import trial
from kusei.base.secrets.sealing import Broken
from kusei.site import cluster
from kusei.site.config import CONFIG


def main(residents: int) -> None:
    """Migrate, collect static files, remember the ward, then fill it as the application role would."""
    django.setup()
    refuse_without_database()
    if CONFIG.database_app_url:
        with connection.cursor() as cursor:
            cursor.execute(cluster.PRIVILEGES_SQL)
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print(f"Applying {len(plan)} migrations …", file=sys.stderr, flush=True)
        call_command("migrate", interactive=False, verbosity=0)
    refuse_without_keys()
    call_command("collectstatic", interactive=False, verbosity=0)
    (CONFIG.home / "ward").write_text(CONFIG.ward.value, "ascii")
    # What the demonstration does, the running site must be allowed to do.
    connection.close()
    connection.settings_dict.update(CONFIG.database("app"))
    call_command("demo_fill", ward=CONFIG.ward.value, residents=residents)


def refuse_without_database() -> None:
    """End here, with what the server said, where it can't be reached. Exit code 1."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        where = "the embedded server" if CONFIG.embedded else "the server that DATABASE_URL names"
        print(f"Can't reach {where}: {error}", file=sys.stderr)
        sys.exit(1)


def refuse_without_keys() -> None:
    """End here unless what is sealed can be opened: a ward whose keyring was lost must not go on with a new one. Exit code 1."""
    try:
        trial()
    except (NoKey, Broken) as error:
        print(
            f"Refusing to start: sealed fields can't be opened ({error}). Put the right keyring back.", file=sys.stderr
        )
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
