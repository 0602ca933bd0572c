"""Addresses of papers."""

app_name = "papers"
urlpatterns = []
