"""Addresses of map."""

app_name = "map"
urlpatterns = []
