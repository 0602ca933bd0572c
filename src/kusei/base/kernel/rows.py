"""One row by hand, for the few queries that run at every request: nothing is compiled, and the model's instance is made straight from
the row. Everywhere else, use querysets."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


@lru_cache(maxsize=64)
def _shape(model: type[models.Model]) -> tuple[str, list[str], list[tuple[int, Callable]]]:
    """The model's columns as SQL with its table's name before each, the attributes they fill, and what converts which of them."""
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{model._meta.db_table}"."{f.column}"' for f in fields)
    converters = [(n, f.from_db_value) for n, f in enumerate(fields) if hasattr(f, "from_db_value")]
    return columns, [f.attname for f in fields], converters


def one(model: type[Row], rest: str, values: list, extra: tuple[str, ...] = ()) -> Row | None:
    """The first row of the model's table for `rest` (everything after the table's name in FROM), or None. `extra` names further columns,
    each `expression AS name`, which become attributes."""
    columns, attributes, converters = _shape(model)
    more = "".join(f", {column}" for column in extra)
    with connection.prepared() as cursor:
        cursor.execute(f'SELECT {columns}{more} FROM "{model._meta.db_table}" {rest}', values)  # noqa: S608 - no value in it
        found = cursor.fetchone()
    if found is None:
        return None
    row = list(found[: len(attributes)])
    for place, convert in converters:
        row[place] = convert(row[place], None, connection)
    made = model.from_db(connection.alias, attributes, row)
    for column, value in zip(extra, found[len(attributes) :], strict=True):
        setattr(made, column.rsplit(" ", 1)[-1], value)
    return made
