"""The peer of `intake`: a bare Django view that inserts rows and answers, without session, form, template or check."""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from kusei.site.config import CONFIG

if not settings.configured:
    settings.configure(
        SECRET_KEY=os.urandom(32).hex(),
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {**CONFIG.database("owner"), "CONN_MAX_AGE": None}},
    )
    django.setup()


def insert(request):
    """Insert as many rows as the query says, each a statement of its own in autocommit."""
    with connection.cursor() as cursor:
        for number in range(int(request.GET["rows"])):
            cursor.execute("INSERT INTO bench_bare (text) VALUES (%s)", [f"row {number}"])
    return HttpResponse(b"ok")


urlpatterns = [path("insert", insert)]
application = get_wsgi_application()
