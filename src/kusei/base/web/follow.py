"""One round trip a page: a script that says it can follow gets the page a redirect leads to, instead of the redirect."""

from collections.abc import Callable
from copy import copy
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict

from kusei.base.kernel.errors import Invalid, NotNow, Refused

ASKED, PLACE = "X-Kusei-Follow", "X-Kusei-Location"
MOST = 3
"""Redirects followed at most; the browser follows what remains."""


class Follow:
    """The innermost middleware. Answers a redirect within the site with the page itself and its address in X-Kusei-Location.

    The page is asked for with the same account, session, time and log scope. What the page refuses is left to the browser, which
    then follows the redirect and meets the refusal in the ordinary way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if ASKED not in request.headers:
            return response
        for _ in range(MOST):
            place = response.headers.get("Location", "")
            if response.status_code != 302 or not place.startswith("/") or place.startswith("//"):
                break
            page = following(request, place)
            if page is None:
                break
            page.cookies.update(response.cookies)
            page.headers[PLACE] = place
            response = page
        return response


def following(request: HttpRequest, place: str) -> HttpResponse | None:
    """What a GET of the address answers, asked within this request; None where that should be left to the browser."""
    to = urlsplit(place)
    try:
        match = resolve(to.path)
    except Resolver404:
        return None
    asked = copy(request)
    asked.method, asked.path, asked.path_info, asked.resolver_match = "GET", to.path, to.path, match
    asked.GET, asked._post, asked._files = QueryDict(to.query), QueryDict(), MultiValueDict()
    asked.META["QUERY_STRING"] = to.query
    try:
        return match.func(asked, *match.args, **match.kwargs)
    except (Refused, NotNow, Invalid, Http404):
        return None
