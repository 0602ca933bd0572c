"""Who is asking, and when: `request.actor` and `request.now` for every view."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from kusei.base.accounts.backends import user_of
from kusei.base.accounts.queries import actor_for
from kusei.base.kernel import clock
from kusei.base.kernel.actors import PUBLIC, Actor

TOUCHED_EVERY = 5 * 60
"""Seconds after which a session in use is saved again, so that it ends an hour after the last page, not after the first."""


class Authentication(AuthenticationMiddleware):
    """Sets `request.user`, looked up where somebody asks for it."""

    def process_request(self, request: HttpRequest) -> None:
        """Put the lookup in place."""
        request.user = SimpleLazyObject(partial(user_of, request))


class ActorMiddleware:
    """Sets `request.now`, and `request.actor` so that its query runs only where somebody asks who acts.

    A form posted to a page that needs somebody signed in, by nobody, gets the sign-in page with what was typed carried along.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = clock.now()
        request.actor = SimpleLazyObject(partial(_actor, request))
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            # Every page names who is signed in: no proxy may keep it, nor the browser of a computer that others use, too.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        """Runs after the CSRF check, so no foreign page can have a form carried."""
        who = getattr(view, "page", {}).get("who", "public")
        if request.method != "POST" or who == "public" or request.actor.kind != "public":
            return None
        from kusei.base.accounts.views.sign_in import sign_in_again

        return sign_in_again(request, who)


def _actor(request: HttpRequest) -> Actor:
    if not request.user.is_authenticated:
        return PUBLIC
    touched = request.session.get("touched", 0)
    if request.now.timestamp() - touched > TOUCHED_EVERY:
        request.session["touched"] = int(request.now.timestamp())
    actor = actor_for(request.user, request.now)
    if actor.kind == "resident":
        return replace(actor, assurance=request.session.get("proved", {}).get("assurance", ""))
    return actor
