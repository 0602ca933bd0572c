"""Migrations stop nobody: the SQL of each is read, and what would hold a lock for long is refused."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython

from kusei.site.locks import faults

BEFORE_THE_FIRST_RELEASE = {
    "accounts": 2,
    "ask": 2,
    "audit": 2,
    "child_allowance": 1,
    "decide": 2,
    "files": 1,
    "jobs": 1,
    "lost_property": 1,
    "papers": 1,
    "parties": 2,
    "record": 1,
    "staff": 1,
    "tell": 1,
}
"""Up to which number migrations were made while no ward ran the software. This list grows no more."""


def statements(sql: list[str]) -> list[str]:
    """The statements that were collected, without the notes Django puts among them."""
    return [each for each in sql if not each.startswith("--")]


def test_no_migration_since_the_first_release_holds_a_lock_for_long(transactional_db):
    loader = MigrationLoader(connection)
    found = []
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        ours = apps.get_app_config(app).name.startswith("kusei.")
        if not ours or name == "0001_initial" or int(name[:4]) <= BEFORE_THE_FIRST_RELEASE.get(app, 0):
            continue
        state = loader.project_state((app, name), at_end=False)
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            migration.apply(state, editor, collect_sql=True)
        found += [
            f"{app}.{name}: {fault}" for fault in faults(statements(editor.collected_sql), atomic=migration.atomic)
        ]
    assert not found, "\n".join(found)


def test_what_fills_tables_is_no_part_of_a_transaction_with_changes_of_their_shape(db):
    """RunPython in an atomic migration would hold the locks of the statements before it for as long as it runs."""
    mixed = [
        f"{app}.{name}"
        for (app, name), migration in MigrationLoader(connection).disk_migrations.items()
        if apps.get_app_config(app).name.startswith("kusei.")
        and migration.atomic
        and any(isinstance(each, RunPython) for each in migration.operations)
        and len(migration.operations) > 1
    ]
    assert mixed == []


@pytest.mark.parametrize(
    "statement",
    [
        'ALTER TABLE "decide_case" ADD COLUMN "x" integer NOT NULL',
        'ALTER TABLE "decide_case" ADD COLUMN "x" uuid DEFAULT gen_random_uuid() NOT NULL',
        'ALTER TABLE "decide_case" ADD COLUMN "x" varchar(9) NULL UNIQUE',
        'ALTER TABLE public.decide_case ADD COLUMN x int GENERATED ALWAYS AS (1 + 1) STORED',
        'ALTER TABLE "decide_case" ALTER COLUMN "x" TYPE bigint USING "x"::bigint',
        'ALTER TABLE "decide_case" ALTER COLUMN "x" SET NOT NULL',
        'ALTER TABLE "decide_case" ADD CONSTRAINT "c" CHECK ("x" > 0)',
        'ALTER TABLE "decide_case" ADD CONSTRAINT "c" FOREIGN KEY ("x") REFERENCES "y" ("id") DEFERRABLE INITIALLY DEFERRED',
        'ALTER TABLE "decide_case" ADD CONSTRAINT "c" UNIQUE ("x")',
        "alter table only decide_case\n  add constraint c exclude using gist (x with &&)",
        'CREATE INDEX "i" ON "decide_case" ("x")',
        'CREATE UNIQUE INDEX i ON decide_case (x) WHERE y',
        "DROP INDEX IF EXISTS i",
        "UPDATE decide_case SET x = 1",
        "LOCK TABLE decide_case",
        "/* quick */ VACUUM FULL decide_case",
        'ALTER TABLE "decide_case" VALIDATE CONSTRAINT "c"',
    ],
)  # fmt: skip
def test_what_would_stop_the_ward_is_a_fault(statement):
    assert len(list(faults([statement], atomic=True))) == 1


@pytest.mark.parametrize(
    "statement",
    [
        'ALTER TABLE "decide_case" ADD COLUMN "x" integer NULL',
        'ALTER TABLE "decide_case" ADD COLUMN "x" varchar(9) DEFAULT \'\' NOT NULL',
        'ALTER TABLE "decide_case" ADD COLUMN "x" timestamptz DEFAULT now() NOT NULL',
        'ALTER TABLE "decide_case" ALTER COLUMN "x" DROP DEFAULT',
        'ALTER TABLE "decide_case" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID',
        'ALTER TABLE "decide_case" ADD CONSTRAINT "c" UNIQUE USING INDEX "i"',
        'ALTER TABLE "decide_case" DROP COLUMN "x" CASCADE',
        'CREATE INDEX CONCURRENTLY "i" ON "decide_case" ("x")',
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "UPDATE decide_case SET x = 1 WHERE id = 2",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ UPDATE decide_case SET x = 1 $$",
        "CREATE TRIGGER t BEFORE UPDATE OR DELETE ON decide_case FOR EACH ROW EXECUTE FUNCTION f()",
        "COMMENT ON TABLE decide_case IS 'x' -- LOCK TABLE decide_case",
    ],
)
def test_what_holds_its_lock_for_a_moment_is_none(statement):
    assert list(faults([statement], atomic=True)) == []


def test_what_a_migration_makes_itself_it_may_shape_as_it_likes():
    made = [
        'CREATE TABLE "new" ("id" uuid NOT NULL PRIMARY KEY)',
        'ALTER TABLE "new" ADD CONSTRAINT "c" UNIQUE ("x")',
        'CREATE INDEX "i" ON "new" ("x")',
    ]
    assert list(faults(made, atomic=True)) == []
    assert len(list(faults(made[1:], atomic=True))) == 2


def test_validating_apart_from_the_lock_is_no_fault():
    assert list(faults(['ALTER TABLE "decide_case" VALIDATE CONSTRAINT "c"'], atomic=False)) == []
