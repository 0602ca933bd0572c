"""Pages for those who run the installation."""

from django.urls import path

from kusei.base.jobs import views

app_name = "jobs"
urlpatterns = [
    path("operations", views.operations, name="operations"),
    path("operations/try-again", views.try_again, name="try_again"),
]
