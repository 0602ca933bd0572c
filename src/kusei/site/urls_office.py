"""The pages of the office, where portal and office are two installations."""

from kusei.site.parts import served
from kusei.site.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = served("office")
