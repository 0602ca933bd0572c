"""Addresses of draws."""

from django.urls import path

from kusei.base.draw import views, views_office

app_name = "draw"
urlpatterns = [
    path("draws/", views.draws, name="draws"),
    path("draws/check.py", views.checker, name="checker"),
    path("draws/<uuid:draw>", views.one, name="one"),
    path("draws/<uuid:draw>.json", views.as_json, name="json"),
    path("office/draws/new", views_office.new, name="new"),
    path("office/draws/<uuid:draw>", views_office.draw, name="draw"),
    path("office/draws/<uuid:draw>/enter", views_office.enter, name="enter"),
    path("office/draws/<uuid:draw>/commit", views_office.commit, name="commit"),
    path("office/draws/<uuid:draw>/hold", views_office.hold, name="hold"),
    path("office/draws/<uuid:draw>/publish", views_office.publish, name="publish"),
]
