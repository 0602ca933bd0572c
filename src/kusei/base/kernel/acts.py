"""`@action`: the one way to change anything: may you → change → log → tell, in one transaction."""

import functools
from collections.abc import Callable
from contextlib import nullcontext

from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet

from kusei.base import audit
from kusei.base.kernel import parts
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.errors import NotNow, Refused

ACTIONS: dict[str, dict] = {}
SIDES = {
    "base.ask.": "portal",
    "base.decide.": "office",
    "base.record.": "office",
    "base.builder.": "office",
    "base.papers.": "office",
    "base.book.": "office",
    "base.staff.": "office",
    "base.emergency.": "office",
    "counter.": "office",
    "family.": "office",
    "safety.": "office",
    "city.": "office",
    "office.": "office",
}
"""Where the acts of a module belong, if portal and office are two installations (三層分離). What stands nowhere belongs to both."""


def side_of(name: str) -> str:
    """The side on which the act of that name may be done; "" where both may."""
    return next((side for prefix, side in SIDES.items() if name.startswith(prefix)), "")


def _allowed(
    by: Actor, thing, may: str | None, where: str | None, own: str | Callable | None, purpose: str, now
) -> bool:
    if by.kind == "system":
        return True
    if own and by.account_id is not None and _is_own(own, thing, by, now):
        return True
    return bool(may) and by.may(may, _reach(thing, where) if where else "", purpose)


def _is_own(own: str | Callable, thing, by: Actor, now) -> bool:
    return own(thing, by, now) if callable(own) else _reach(thing, own) == by.account_id


def _reach(thing, path: str):
    """What stands at a dotted path; None where something on the way is."""
    for part in path.split("."):
        if thing is None:
            return None
        thing = getattr(thing, part)
    return thing


def action(
    *,
    purpose: str,
    may: str | None = None,
    where: str | None = None,
    own: str | Callable | None = None,
    statement: bool = False,
    frequent: bool = False,
    log: str = "",
    subject: str = "",
    side: str | None = None,
) -> Callable:
    """Declare an act on its first argument.

    purpose: why personal data is touched, in the ward's words. may: the permission a staff member needs, held for the department
    whose path stands at the dotted attribute `where` of the first argument. own: the dotted attribute that must equal the actor's
    account, or a function (thing, by, now) that says whether it is theirs. With neither `may` nor `own`, the act judges for itself and raises `Refused`. The act takes keywords `by` and `now`;
    what it raises rolls everything back, but a refusal is written to the audit log all the same. statement: the act is one statement
    and logs nothing, and so needs no transaction around it. frequent: everybody does it, and its queries are always the same, so they are prepared. log: the name under which the act is written to the audit log as a change of what it
    returns, if that is a record, else of its first argument, of the person at the dotted path `subject` from there; without it, the act does so itself.
    side: where it may be done if portal and office are two, other than its module's (`SIDES`).
    """

    def declare(act: Callable) -> Callable:
        name = f"{act.__module__.removeprefix('kusei.')}.{act.__name__}"
        belongs = side_of(name) if side is None else side
        ACTIONS[name] = {"purpose": purpose, "may": may, "own": own, "side": belongs}

        @functools.wraps(act)
        def run(thing, *args, by: Actor, now, **kwargs):
            try:
                if not parts.here(belongs):
                    raise Refused(f"{name}.elsewhere", obj=thing if isinstance(thing, Model) else None)
                if (may or own) and not _allowed(by, thing, may, where, own, purpose, now):
                    raise Refused(name, obj=thing if isinstance(thing, Model) else None)
                if statement:
                    return act(thing, *args, by=by, now=now, **kwargs)
                with audit.audit_scope(), connection.preparing() if frequent else nullcontext():
                    done = act(thing, *args, by=by, now=now, **kwargs)
                    if log:
                        obj = done if isinstance(done, Model) else thing
                        whose = _reach(obj, subject) if subject else None
                        audit.log(by, "change", log, subject=whose, obj=obj, purpose=purpose, now=now)
                    return done
            except Refused as refused:
                if not refused.audited:
                    audit.refusal(by, refused.what, obj=refused.obj, subject=refused.subject, purpose=purpose, now=now)
                    refused.audited = True
                raise

        run.purpose = purpose
        return run

    return declare


def sweep(rows: QuerySet, act: Callable, *, now) -> int:
    """Let the system do an act on each of these rows that is still one of them when its turn comes, each in a transaction of its own and
    locked meanwhile. Returns how many. For daily jobs: run late or twice, it does what is due, once."""
    done = 0
    for id in rows.values_list("pk", flat=True).iterator(chunk_size=500):
        with transaction.atomic():
            if row := rows.select_for_update(of=["self"]).filter(pk=id).first():
                act(row, by=SYSTEM, now=now)
                done += 1
    return done


def locked(row: Model, still: Q, why_not: str) -> Model:
    """The row as it is now, locked, so that of two at once one comes second. Raises NotNow, saying `why_not`, where `still` holds no more."""
    found = type(row).objects.select_for_update(of=["self"]).filter(still, pk=row.pk).first()
    if found is None:
        raise NotNow(why_not)
    return found
