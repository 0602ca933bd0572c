"""The peer of `intake`: a bare Django view that inserts rows and answers, without session, form, template or check."""

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from benchmarks.plain import configure

configure(__name__)


def insert(request):
    """Insert as many rows as the query says, each a statement of its own in autocommit."""
    with connection.cursor() as cursor:
        for number in range(int(request.GET["rows"])):
            cursor.execute("INSERT INTO bench_bare (text) VALUES (%s)", [f"row {number}"])
    return HttpResponse(b"ok")


urlpatterns = [path("insert", insert)]
application = get_wsgi_application()
