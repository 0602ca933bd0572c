"""Addresses of printing."""

from django.urls import path

from kusei.base.printing import views

app_name = "printing"
urlpatterns = [
    path("printing", views.waiting, name="waiting"),
    path("printing/start", views.start, name="start"),
    path("printing/<uuid:run>", views.run, name="run"),
    path("printing/<uuid:run>/pdf", views.run_pdf, name="pdf"),
    path("printing/<uuid:run>/printed", views.printed, name="printed"),
]
