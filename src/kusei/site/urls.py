"""Every module's pages, under one roof."""

from django.urls import include, path

from kusei.base.web import views as web
from kusei.site.health import healthz, metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("", include("kusei.base.ask.urls")),  # first what is asked for most: addresses are tried in this order
    path("", include("kusei.base.accounts.urls")),
    path("", include("kusei.base.web.urls")),
    path("office/", include("kusei.base.decide.urls")),
    path("office/", include("kusei.base.record.urls")),
    path("office/", include("kusei.base.parties.urls")),
    path("office/", include("kusei.base.audit.urls")),
    path("office/", include("kusei.base.staff.urls")),
    path("office/", include("kusei.base.emergency.urls")),
    path("office/", include("kusei.base.jobs.urls")),
    path("office/", include("kusei.base.texts.urls")),
    path("", include("kusei.base.tell.urls")),
    path("", include("kusei.base.papers.urls")),
    path("", include("kusei.base.publish.urls")),
    path("", include("kusei.base.map.urls")),
    path("", include("kusei.base.find.urls")),
    path("", include("kusei.base.api.urls")),
]
handler400 = web.bad_request
handler403 = web.forbidden
handler404 = web.not_found
handler500 = web.server_error
