"""Where the other side dials in, served only where that is another installation."""

from django.urls import path

from kusei.base.line import views

app_name = "line"
urlpatterns = [path("line/exchange", views.swap, name="exchange")]
