"""For migrations: sealing what was kept in the clear before."""

import json

from django.db import migrations, transaction
from psycopg import sql
from psycopg.types.json import Json

from kusei.base.secrets.fields import MARK, sealed_answers

BATCH = 500
_READ = """
SELECT id, {column} FROM {table} WHERE {column}::text LIKE %s AND NOT {column}::text LIKE %s AND (%s::uuid IS NULL OR id > %s)
 ORDER BY id LIMIT %s FOR NO KEY UPDATE
"""


def seal_answers(*tables: str) -> migrations.RunPython:
    """A migration's operation that seals the sensitive answers in the column `answers` of these tables, in batches of their own
    transactions: the migration must be `atomic = False`, and can be run again when it was broken off."""

    def run(apps, schema_editor):
        for table in tables:
            last = None
            while (last := _batch(schema_editor.connection, table, last)) is not None:
                continue

    return migrations.RunPython(run, migrations.RunPython.noop)


def _batch(database, table: str, last):
    """Seal one batch of rows after the key `last`; returns the last key, None where nothing was left."""
    names = {"table": sql.Identifier(table), "column": sql.Identifier("answers")}
    write = sql.SQL("UPDATE {table} SET {column} = %s WHERE id = %s").format(**names)
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        cursor.execute(sql.SQL(_READ).format(**names), ['%"bank_code"%', f'%"{MARK}"%', last, last, BATCH])
        rows = cursor.fetchall()
        for key, answers in rows:
            plain = answers if isinstance(answers, dict) else json.loads(answers)
            cursor.execute(write, [Json(sealed_answers(plain)), key])
    return rows[-1][0] if rows else None
