"""Addresses of papers."""

from django.urls import path

from kusei.base.papers import views, views_office

app_name = "papers"
urlpatterns = [
    path("my/papers", views.mine, name="mine"),
    path("my/papers/<uuid:paper>", views.paper, name="paper"),
    path("my/papers/<uuid:paper>/signature", views.signature, name="signature"),
    path("office/papers/new", views_office.new, name="new"),
    path("office/papers/<uuid:paper>", views.office_paper, name="office_paper"),
    path("office/papers/<uuid:paper>/record", views_office.record, name="record"),
    path("office/papers/<uuid:paper>/versions/<int:version>", views.office_version, name="version"),
    path("office/papers/<uuid:paper>/reissue", views_office.reissue, name="reissue"),
    path("office/papers/<uuid:paper>/correct", views_office.correct, name="correct"),
    path("office/papers/<uuid:paper>/revoke", views_office.revoke, name="revoke"),
    path("check", views.check, name="check"),
]
