"""`@action`: the one way to change anything: may you → change → log → tell, in one transaction."""

import functools
from collections.abc import Callable

from django.db.models import Model

from kusei.base import audit
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused

ACTIONS: dict[str, dict] = {}


def _allowed(by: Actor, thing, may: str | None, where: str | None, own: str | None) -> bool:
    if by.kind == "system":
        return True
    if own and by.account_id is not None and _reach(thing, own) == by.account_id:
        return True
    return bool(may) and by.may(may, _reach(thing, where) if where else "")


def _reach(thing, path: str):
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


def action(
    *, purpose: str, may: str | None = None, where: str | None = None, own: str | None = None, statement: bool = False
) -> Callable:
    """Declare an act on its first argument.

    purpose: why personal data is touched, in the ward's words. may: the permission a staff member needs, held for the department
    whose path stands at the dotted attribute `where` of the first argument. own: the dotted attribute that must equal the actor's
    account. With neither `may` nor `own`, the act judges for itself and raises `Refused`. The act takes keywords `by` and `now`;
    what it raises rolls everything back, but a refusal is written to the audit log all the same. statement: the act is one statement
    and logs nothing, and so needs no transaction around it.
    """

    def declare(act: Callable) -> Callable:
        name = f"{act.__module__.removeprefix('kusei.')}.{act.__name__}"
        ACTIONS[name] = {"purpose": purpose, "may": may, "own": own}

        @functools.wraps(act)
        def run(thing, *args, by: Actor, now, **kwargs):
            try:
                if (may or own) and not _allowed(by, thing, may, where, own):
                    raise Refused(name, obj=thing if isinstance(thing, Model) else None)
                if statement:
                    return act(thing, *args, by=by, now=now, **kwargs)
                with audit.audit_scope():
                    return act(thing, *args, by=by, now=now, **kwargs)
            except Refused as refused:
                if not refused.audited:
                    audit.refusal(by, refused.what, obj=refused.obj, subject=refused.subject, purpose=purpose, now=now)
                    refused.audited = True
                raise

        run.purpose = purpose
        return run

    return declare
