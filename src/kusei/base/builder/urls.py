"""Addresses of the procedures' workshop, below /office/."""

from django.urls import path

from kusei.base.builder import views, views_publish, views_try, views_write

app_name = "builder"
urlpatterns = [
    path("procedures", views.procedures, name="procedures"),
    path("procedures/new", views.new, name="new"),
    path("procedures/import", views.import_file, name="import"),
    path("procedures/begin/<path:slug>", views.begin, name="begin"),
    path("procedures/export/<path:slug>", views.export, name="export"),
    path("procedures/back/<path:slug>", views.roll_back, name="roll_back"),
    path("procedures/versions/<path:slug>", views.versions, name="versions"),
    path("manuscripts/<uuid:id>", views_write.manuscript, name="manuscript"),
    path("manuscripts/<uuid:id>/act", views_write.act, name="act"),
    path("manuscripts/<uuid:id>/condition/<int:place>", views_write.condition, name="condition"),
    path("manuscripts/<uuid:id>/part/<path:at>", views_write.part, name="part"),
    path("manuscripts/<uuid:id>/checks", views_try.checked, name="checks"),
    path("manuscripts/<uuid:id>/differences", views_try.differences, name="differences"),
    path("manuscripts/<uuid:id>/preview", views_try.preview, name="preview"),
    path("manuscripts/<uuid:id>/frame", views_try.frame, name="frame"),
    path("manuscripts/<uuid:id>/yaml", views_try.as_yaml, name="yaml"),
    path("manuscripts/<uuid:id>/publish", views_publish.publish, name="publish"),
]
