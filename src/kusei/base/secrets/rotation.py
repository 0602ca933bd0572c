"""Sealing everything anew with the current key (鍵の更新): in batches, at any time, to be broken off and begun again at will."""

from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from kusei.base.secrets.fields import PLACE, SealedAnswers, SealedText
from kusei.base.secrets.keyring import keyring
from kusei.base.secrets.sealing import SEALED, seal, unseal

BATCH = 500


def sealed_fields() -> list[models.Field]:
    """Every field of the installation that is sealed, whole or in part."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, (SealedText, SealedAnswers))
    ]


def rotate(say: Callable[[str], None]) -> int:
    """Seal anew what was not sealed with the current key; returns how many values that were. Raises `NoKey`, `Broken`.

    Each batch is a transaction. A row that changes meanwhile is left as it became, since whoever changed it used the current key.
    """
    total = 0
    for field in sealed_fields():
        done = sum(_batch(field, keys) for keys in _batches(field))
        if done:
            say(f"  {field.model._meta.db_table}.{field.column}: {done:,}")
        total += done
    return total


def left(name: str) -> int:
    """How many rows still hold something sealed with the key of that name."""
    pattern = f"sealed:1:{name}:"
    return sum(_count(field, pattern) for field in sealed_fields())


TRIED = 50


def trial() -> int:
    """Open some of what is sealed, the oldest and the newest of each field, as a start must before anybody is served; returns how many values.

    Raises `NoKey` where the keyring lacks a key, `Broken` where a key of that name is another: then a keyring was lost or mixed up, and whatever
    were written from now on would be sealed with a key that nobody looks after.
    """
    opened = 0
    for field in sealed_fields():
        rows = field.model._default_manager.exclude(**{f"{field.name}__isnull": True}).only("pk", field.name)
        for order in ("pk", "-pk"):
            for row in rows.order_by(order)[:TRIED]:
                getattr(row, field.attname)
                opened += 1
    return opened


def _names(field: models.Field) -> dict[str, sql.Identifier]:
    return {
        "table": sql.Identifier(field.model._meta.db_table),
        "key": sql.Identifier(field.model._meta.pk.column),
        "column": sql.Identifier(field.column),
    }


def _count(field: models.Field, pattern: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {table} WHERE strpos({column}::text, %s) > 0").format(**_names(field))
    with connection.cursor() as cursor:
        cursor.execute(query, [pattern])
        return cursor.fetchone()[0]


def _batches(field: models.Field) -> Iterator[list]:
    """The keys of rows with something sealed by another key than the current one, in the order of the key."""
    query = sql.SQL(
        "SELECT {key} FROM {table} WHERE {column}::text ~ %s AND (%s::text IS NULL OR {key}::text > %s) ORDER BY {key}::text LIMIT %s"
    ).format(**_names(field))
    last, pattern = None, f"sealed:1:(?!{keyring().current}:)"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query, [pattern, last, last, BATCH])
            keys = [key for (key,) in cursor.fetchall()]
        if not keys:
            return
        yield keys
        last = str(keys[-1])


def _batch(field: models.Field, keys: list) -> int:
    """Seal the values of these rows anew."""
    read = sql.SQL("SELECT {key}, {column}::text FROM {table} WHERE {key} = ANY(%s) FOR NO KEY UPDATE").format(
        **_names(field)
    )
    kind = sql.SQL("jsonb" if isinstance(field, SealedAnswers) else "text")
    write = sql.SQL("UPDATE {table} SET {column} = %s::{kind} WHERE {key} = %s").format(**_names(field), kind=kind)
    current, done = keyring().current, 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(read, [keys])
        for key, text in cursor.fetchall():
            place = PLACE if isinstance(field, SealedAnswers) else field.place(key)
            fresh = SEALED.sub(lambda m: m[0] if m[1] == current else seal(unseal(m[0], place), place), text)  # noqa: B023
            if fresh != text:
                cursor.execute(write, [fresh, key])
                done += 1
    return done
