"""Addresses of find."""

app_name = "find"
urlpatterns = []
