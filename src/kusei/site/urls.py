"""Every module's pages, under one roof; `urls_portal` and `urls_office` are the two halves of it."""

from kusei.base.web import views as web
from kusei.site.parts import served

urlpatterns = served("all")
handler400 = web.bad_request
handler403 = web.forbidden
handler404 = web.not_found
handler500 = web.server_error
