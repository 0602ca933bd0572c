"""Tables whose rows are added and never changed: the application's role loses the right to."""

from django.db.migrations import RunSQL

_EACH = """
DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kusei_app') THEN
    {verb} UPDATE, DELETE, TRUNCATE ON {table} {direction} kusei_app;
END IF; END $$;
"""


def append_only(*tables: str) -> RunSQL:
    """A migration's operation that takes UPDATE, DELETE and TRUNCATE on the tables from the role `kusei_app`, where there is one."""
    return RunSQL(
        "".join(_EACH.format(verb="REVOKE", table=table, direction="FROM") for table in tables),
        "".join(_EACH.format(verb="GRANT", table=table, direction="TO") for table in tables),
    )
