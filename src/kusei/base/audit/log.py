"""Writing the log: entries are gathered in a scope and go in together, last before COMMIT.

The log has several chains, its lanes; a transaction takes the lock of a free one and holds it until it is committed. Taken first in a
transaction, locks would soon be short and transactions wait for each other; taken last they are held for a moment. Hence the scopes:

- `audit_scope` is a transaction of an action, and appends the entries of the action as its last statement.
- `page_scope` is a page (a run of the worker, a command): what was logged outside actions is appended when it ends.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, astuple, dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Model

from kusei.base.audit.entries import check_event, clean, detail_text, object_of, subject_of


class By(Protocol):
    """Who acts, as the log needs to know them: the kernel's `Actor`."""

    kind: str
    account_id: Any
    name: str
    department: str
    post: str


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry not yet in the chain; the fields are the columns of `AuditEntry`."""

    at: str
    actor_kind: str
    account_id: str | None
    actor_name: str
    department: str
    post: str
    purpose: str
    act: str
    what: str
    object_kind: str
    object_id: str
    subject: str | None
    request_id: str
    detail: str


@dataclass(slots=True)
class Scope:
    """What was logged in one action or page and isn't written yet, in order, each entry once."""

    parent: "Scope | None"
    is_transaction: bool
    request_id: str
    entries: dict[tuple, Pending] = field(default_factory=dict)

    def add(self, entries: Iterable[Pending]) -> None:
        """Take entries in. The same read (whatever its time) within one scope is one row; changes and refusals all count."""
        for entry in entries:
            key = astuple(replace(entry, at="")) if entry.act == "read" else (len(self.entries), entry)
            self.entries.setdefault(key, entry)

    def take(self, *, without: str = "") -> list[Pending]:
        """Hand over all entries, except those of the act `without`, and forget them."""
        taken = [entry for entry in self.entries.values() if entry.act != without]
        self.entries.clear()
        return taken


APPEND = "SELECT public.audit_append(%s::jsonb)"
COMMIT = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT public.audit_append(%s::jsonb);
COMMIT
"""
"""Append and commit in one message to the server, so that the lane's lock is not held while messages travel. References to other rows
are checked before it, not by the commit: a check may wait for a transaction that is itself waiting for a lane. The commit waits for
the disk with the lock held: what anybody sees is safe on the disk. Django's own COMMIT finds nothing left to do."""

_scope: ContextVar[Scope | None] = ContextVar("audit_scope", default=None)


def log(
    by: By,
    act: str,
    what: str,
    *,
    purpose: str,
    now: datetime,
    subject: Any = None,
    subjects: Iterable[Any] | None = None,
    obj: Model | tuple[str, object] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Log that `by` did `act` ("read", "change" or "refuse") for the `purpose` (閲覧目的) at `now` (aware).

    `what` is a dotted event name ("case.view"); `subject` the party concerned, or its id; `subjects` several of them, each of
    which gets a row; `obj` a model instance or ("case", 17); `detail` a small flat dictionary.
    Within a scope this only gathers; with none open it writes at once, which holds a lane's lock until the caller's
    transaction ends. Raises `ValueError` for an unknown act, a malformed name, an empty purpose, a naive time, and for a
    detail that is large or looks like a secret or a query string.
    """
    check_event(act, what, purpose, now)
    scope = _scope.get()
    staff = by.kind == "staff"
    looks = {str(person): str(access) for person, access in getattr(by, "emergency", ())} if act != "refuse" else {}
    kind, number = object_of(obj)
    entry = Pending(
        at=now.isoformat(timespec="microseconds"),
        actor_kind=by.kind,
        account_id=None if by.account_id is None else clean(by.account_id),
        actor_name=clean(by.name) if staff else "",
        department=clean(by.department) if staff else "",
        post=clean(by.post) if staff else "",
        purpose=clean(purpose),
        act=act,
        what=what,
        object_kind=kind,
        object_id=number,
        subject=subject_of(subject),
        request_id=scope.request_id if scope else "",
        detail=detail_text(detail or {}),
    )
    entries = [entry] if subjects is None else [replace(entry, subject=subject_of(each)) for each in subjects]
    if looks:  # 緊急閲覧: every look at that person says under which access it happened
        entries = [
            replace(each, detail=detail_text((detail or {}) | {"emergency": looks[each.subject]}))
            if each.subject in looks
            else each
            for each in entries
        ]
    if scope:
        scope.add(entries)
    else:
        _write(entries)


def refusal(by: By, what: str, *, purpose: str, now: datetime, **about: Any) -> None:
    """Log that `by` was refused; takes `subject`, `obj` and `detail` as `log` does. It outlives every rollback around it."""
    log(by, "refuse", what, purpose=purpose, now=now, **about)


@contextmanager
def audit_scope() -> Iterator[Scope]:
    """The transaction of an action, with its part of the log.

    Left normally, the outermost one appends all entries as the last statement before COMMIT; an inner one (a savepoint)
    hands its entries to the outer. Left by an exception, changes are forgotten as the database forgets them, while
    refusals and reads, which did happen, are kept, and written in a transaction of their own after the ROLLBACK.
    """
    outer = _scope.get()
    nested = outer is not None and outer.is_transaction
    embedded = connection.in_atomic_block  # in somebody's transaction, as in most tests: COMMIT is theirs
    scope = Scope(outer, True, outer.request_id if outer else "")
    token = _scope.set(scope)
    try:
        with transaction.atomic():
            yield scope
            if not nested:
                _append(scope.entries.values(), then_commit=not embedded)
    except BaseException:
        kept = scope.take(without="change")
        if nested:
            outer.add(kept)
        else:
            _write(kept)
        raise
    else:
        if nested:
            outer.add(scope.take())
    finally:
        _scope.reset(token)


@contextmanager
def page_scope(request_id: str = "") -> Iterator[Scope]:
    """A page, a run of the worker or a command: no transaction; what was logged outside actions is written at its end.

    `request_id` is kept with every entry, also those of actions inside; a new one is made when it is empty.
    """
    scope = Scope(None, False, request_id or uuid4().hex)
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)
        _write(scope.take())


def flush() -> None:
    """Write what the running page has gathered so far, as before a streaming response. Inside an action this does nothing:
    an action's entries go in with its COMMIT."""
    scope = _scope.get()
    if scope and not scope.is_transaction:
        _write(scope.take())


def request_id() -> str:
    """The id of the running request, kept with its entries; "" outside one."""
    scope = _scope.get()
    return scope.request_id if scope else ""


def _write(entries: Iterable[Pending]) -> None:
    """Append entries in a transaction of their own, or within that of a caller who has one open."""
    embedded = connection.in_atomic_block
    rows = list(entries)
    if rows:
        with transaction.atomic():
            _append(rows, then_commit=not embedded)


def _append(entries: Iterable[Pending], *, then_commit: bool) -> None:
    """Append entries to a chain, all or none; `then_commit` ends the running transaction at once (see `COMMIT`)."""
    rows = [asdict(entry) for entry in entries]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(COMMIT if then_commit else APPEND, [json.dumps(rows, ensure_ascii=False)])
