"""`/healthz`: whether this web process can serve. `/metrics`: how the installation does, for monitoring alone."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from kusei.base.kernel.pages import page
from kusei.site.metrics import text

LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")


@never_cache
@require_safe
@page(who="public", purpose="監視")
def healthz(request: HttpRequest) -> HttpResponse:
    """200 `ok` when the database answers, else 503; says nothing more, since anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
@page(who="public", purpose="監視")
def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics in Prometheus' text format, for whoever has the token; for anybody else the page is not there."""
    if not may_measure(request):
        raise Http404
    return HttpResponse(text(request.now), content_type=CONTENT_TYPE_LATEST)


def may_measure(request: HttpRequest) -> bool:
    """Whether the token is right; where none is set, whether this machine asks, and not a proxy on it for somebody else."""
    if settings.METRICS_TOKEN:
        return constant_time_compare(
            request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN.get_secret_value()}"
        )
    forwarded = any(name in request.headers for name in FORWARDED)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded
