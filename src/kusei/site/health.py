"""`/healthz`: whether this web process can serve, for the supervisor, load balancers and monitoring."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kusei.base.kernel.pages import page


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
