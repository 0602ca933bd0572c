"""What staff see of a register: always a part of what its own `visible` gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import Register, label_of
from kusei.base.parties.rules import plain_kana, plain_name

PAGE = 50
MOST_WORDS = 8


@dataclass(frozen=True)
class Listed:
    """A page of a register, newest first. `older` and `newer` are the row to go on from, None where there is nothing further."""

    rows: list[Model]
    older: UUID | None
    newer: UUID | None
    total: int


def matching(register: Register, words: str) -> Q:
    """The filter for a search: every word typed stands somewhere in the register's searched columns, however wide it was typed."""
    wanted = Q()
    for word in words.replace("\0", "").split()[:MOST_WORDS]:
        forms = dict.fromkeys([word, plain_name(word), plain_kana(word)])
        anywhere = Q(pk__in=[])
        for column in register.search:
            for form in forms:
                anywhere |= Q(**{f"{column}__icontains": form})
        wanted &= anywhere
    return wanted


def found(register: Register, words: str, by: Actor, now: datetime) -> QuerySet:
    """The rows of the register that `by` may see and that match the search, newest first."""
    related = {path.rpartition(".")[0].replace(".", "__") for path, _label in register.columns} - {""}
    rows = register.visible(by, register.purpose, now).filter(matching(register, words)).order_by("-id")
    return rows.select_related(*sorted(related)) if related else rows


def listed(
    register: Register, words: str, *, before: UUID | None = None, after: UUID | None = None, by: Actor, now: datetime
) -> Listed:
    """One page: older than the row `before`, or newer than the row `after`. Logs one read for each person listed."""
    everything = found(register, words, by, now)
    if after:
        rows = list(everything.filter(id__gt=after).order_by("id")[: PAGE + 1])
        more_newer, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        more_older = True
    else:
        rows = list((everything.filter(id__lt=before) if before else everything)[: PAGE + 1])
        more_older, rows = len(rows) > PAGE, rows[:PAGE]
        more_newer = before is not None
    log_read(register, rows, "record.list", by, now)
    return Listed(
        rows,
        rows[-1].id if rows and more_older else None,
        rows[0].id if rows and more_newer else None,
        everything.count(),
    )


def log_read(register: Register, rows: list[Model], what: str, by: Actor, now: datetime) -> None:
    """One read for each person whose row was handed out (閲覧記録)."""
    if register.subject and rows:
        subjects = [each for each in dict.fromkeys(value(row, register.subject) for row in rows) if each]
        detail = {"register": register.name}
        audit.log(by, "read", what, subjects=subjects, purpose=register.purpose, now=now, detail=detail)


def kept(row: Model, path: str) -> Any:
    """What is kept at a dotted path from the row: of choices the key. None where something on the way is missing."""
    for part in path.split("."):
        row = getattr(row, part, None)
    return row


def value(row: Model, path: str) -> Any:
    """What stands at a dotted path from the row: `recipient.name`; of choices the label, of texts in several languages the active one."""
    for part in path.split("."):
        row = getattr(row, f"get_{part}_display", lambda row=row, part=part: getattr(row, part, None))()
    return text(row) if isinstance(row, Mapping) else row


def shown(register: Register, row: Model, path: str) -> Any:
    """`value`, and of a column whose values are keys of a list, the label in the active language."""
    if path in register.lists and (key := kept(row, path)):
        return label_of(register.lists[path], key)
    return value(row, path)


def kind_of(register: Register, path: str) -> str:
    """How the kit shows a column: number, date, or text; the first column is the row's header."""
    if path == register.columns[0][0]:
        return "main"
    model = register.model
    *before, last = path.split(".")
    for part in before:
        model = model._meta.get_field(part).related_model
    kinds: dict[str, str] = {"PositiveIntegerField": "number", "IntegerField": "number", "DateField": "date"}
    return kinds.get(model._meta.get_field(last).get_internal_type(), "text")


def exported(register: Register, words: str, by: Actor, now: datetime) -> list[list[Any]]:
    """Every row found, column by column, for a file. Logs one read for each person in it."""
    rows = list(found(register, words, by, now))
    log_read(register, rows, "record.export", by, now)
    return [[shown(register, row, path) for path, _label in register.columns] for row in rows]
