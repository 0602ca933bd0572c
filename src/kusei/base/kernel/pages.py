"""`@page`: what every view declares about itself. A test walks the URLconf and fails on a view that doesn't."""

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from kusei.base import audit
from kusei.base.kernel import clock
from kusei.base.kernel.actors import PUBLIC, Actor
from kusei.base.kernel.errors import Invalid, Refused

SIGN_IN = {"resident": "accounts:sign_in", "staff": "accounts:staff_sign_in"}


def unreadable(request: HttpRequest) -> bool:
    """Whether something sent holds U+0000: no field of ours takes it and no text in PostgreSQL can hold it."""
    sent = (text for given in (request.GET, request.POST) for name, values in given.lists() for text in (name, *values))
    return "\0" in request.path or any("\0" in text for text in sent)


def _typed(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD") and not request.GET


def page(*, who: str, purpose: str, may: str | None = None, tells: bool = False, otherwise: str = "") -> Callable:
    """Declare a view. who: public | resident | staff; purpose: why it looks at data; may: the permission a staff member needs
    anywhere at all. The view gets `request.actor` and `request.now`; the reads it logs are written before the answer leaves. Who is not
    signed in is sent to sign in and comes back; who is the wrong kind or lacks the permission gets a 404 and an audit row; what no text can hold is answered with
    400, unless the view `tells` of it itself, at the field. `otherwise` names the view to which a member of staff without the permission is
    sent who only typed the address."""

    def declare(view: Callable) -> Callable:
        @functools.wraps(view)
        def run(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            actor: Actor = getattr(request, "actor", PUBLIC)
            request.now = getattr(request, "now", None) or clock.now()
            if who != "public" and actor.kind == "public":
                return redirect(f"{reverse(SIGN_IN[who])}?{urlencode({'next': request.get_full_path()})}")
            if not tells and unreadable(request):
                raise Invalid({})
            try:
                if otherwise and actor.kind == who and not actor.may(may, purpose=purpose) and _typed(request):
                    return redirect(otherwise)
                if (who != "public" and actor.kind != who) or (may and not actor.may(may, purpose=purpose)):
                    raise Refused(f"page.{request.resolver_match.view_name}")
                return view(request, *args, **kwargs)
            except Refused as refused:
                if not refused.audited:
                    audit.refusal(
                        actor, refused.what, obj=refused.obj, subject=refused.subject, purpose=purpose, now=request.now
                    )
                    refused.audited = True
                raise

        run.page = {"who": who, "purpose": purpose, "may": may, "otherwise": otherwise}
        return run

    return declare
