"""Addresses of record."""

app_name = "record"
urlpatterns = []
