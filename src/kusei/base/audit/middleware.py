"""Every request is a page to the log: what it read is written before its answer leaves, so no log means no page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kusei.base.audit.log import page_scope


class AuditMiddleware:
    """Opens the page's scope and names the request (`request.request_id`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with page_scope() as scope:
            request.request_id = scope.request_id
            return self.get_response(request)
