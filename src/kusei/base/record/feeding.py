"""What is shown of files that feed a register, and the file that a register gives: protected addresses (支援措置), and those of who lives there too, stand in neither."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused
from kusei.base.parties.queries import hidden_ids
from kusei.base.record.importers import HIDDEN, FedRegister
from kusei.base.record.models import Import, ImportRow

PAGE = 100
LOGGED_AT_ONCE = 5_000
"""Reads that are gathered before they are written: a hundred thousand of them would take a web process hundreds of megabytes."""


def visible(by: Actor, purpose: str, now: datetime):
    """The files `by` may see: who may feed registers, all of them."""
    return Import.objects.all() if by.may("record.import") else Import.objects.none()


def shown(run: Import, register: FedRegister, outcome: str, after: int, by: Actor, now: datetime) -> list[ImportRow]:
    """Rows of one outcome after a line, at most 101. Logs one read for each person in them."""
    rows = list(run.rows.filter(outcome=outcome, line__gt=after).order_by("line")[: PAGE + 1])
    people = [row.party for row in rows if row.party]
    guarded = hidden_ids(people, now)
    for row in rows:
        if row.party in guarded:
            row.cells = _hidden(register, row.cells)
            row.before = row.before and _hidden(register, row.before)
    if people:
        audit.log(by, "read", "record.preview", subjects=people, purpose=register.purpose, now=now)
    return rows


def written(register: FedRegister, by: Actor, now: datetime) -> list[list[str]]:
    """Every row of the register that `by` may see, as its file has them, in the order of keys. Logs one read for each person.

    Raises Refused unless `by` may feed the register.
    """
    if not by.may("record.import"):
        raise Refused("record.feed")
    allowed = set(register.visible(by, register.purpose, now).values_list("id", flat=True))
    rows = [(party, cells) for party, cells in _current(register) if party in allowed]
    people = [party for party, _cells in rows]
    guarded = hidden_ids(people, now)
    for start in range(0, len(people), LOGGED_AT_ONCE):
        some, detail = people[start : start + LOGGED_AT_ONCE], {"register": register.name}
        audit.log(by, "read", "record.feed", subjects=some, purpose=register.purpose, now=now, detail=detail)
        audit.flush()
    return [_hidden(register, cells) if party in guarded else cells for party, cells in rows]


def _current(register: FedRegister) -> Collection[tuple[UUID, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT party, cells FROM ({register.importer.current}) AS held ORDER BY key")  # noqa: S608 - the module's own SQL
        return cursor.fetchall()


def _hidden(register: FedRegister, cells: Sequence[str]) -> list[str]:
    return [HIDDEN if column.hidden else cell for column, cell in zip(register.importer.columns, cells, strict=True)]
