"""One row by hand, for the few queries that run at every request or that every application needs: nothing is compiled, the server plans
them once, and the model's instance is made straight from the row. Everywhere else, use querysets."""

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


@lru_cache(maxsize=64)
def _insertion(
    model: type[models.Model], unless: str, given: tuple[tuple[str, str], ...]
) -> tuple[str, list[models.Field]]:
    """The statement that puts a row into the model's table, and the fields whose values it wants, those of `given` last."""
    expressions = dict(given)
    own = [f for f in model._meta.concrete_fields if f.name not in expressions and not f.generated]
    columns = [*own, *(model._meta.get_field(name) for name in expressions)]
    names = ", ".join(f'"{f.column}"' for f in columns)
    values = ", ".join(["%s"] * len(own) + list(expressions.values()))
    conflict = f" ON CONFLICT {unless} DO NOTHING" if unless else ""
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({values}){conflict}', own  # noqa: S608 - names of ours


def insert(row: models.Model, *, unless: str = "", **given: tuple[str, object]) -> bool:
    """Put a new row into its table, and say whether it was put in: `unless` names a unique index by its
    columns, "(a, b) WHERE c", and there another with the same stands in its way. `given` names columns whose value an expression computes: name=("lower(%s)", value)."""
    statement, fields = _insertion(type(row), unless, tuple((name, sql) for name, (sql, _value) in given.items()))
    values = [f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields]
    with connection.prepared() as cursor:
        cursor.execute(statement, values + [value for _sql, value in given.values()])
        put = cursor.rowcount == 1
    if put:
        row._state.adding, row._state.db = False, connection.alias
    return put
