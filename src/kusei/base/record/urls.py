"""Addresses of registers, below /office/."""

from django.urls import path

from kusei.base.record import feed_views, row_views, views

app_name = "record"
urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("registers/<slug:name>/", views.register, name="register"),
    path("registers/<slug:name>/export", views.export, name="export"),
    path("registers/<slug:name>/import", feed_views.upload, name="upload"),
    path("registers/<slug:name>/feed", feed_views.feed, name="feed"),
    path("registers/<slug:name>/enter", row_views.enter, name="enter"),
    path("registers/<slug:name>/<uuid:id>", row_views.row, name="row"),
    path("imports/<uuid:run_id>", feed_views.run, name="import"),
]
