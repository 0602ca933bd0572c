"""Addresses of the portal's procedures and applications."""

from django.urls import path

from kusei.base.ask import views, views_mine, views_sign

app_name = "ask"
urlpatterns = [
    path("procedures", views.procedures, name="procedures"),
    path("procedures/<path:slug>/start", views.start, name="start"),
    path("procedures/<path:slug>", views.procedure, name="procedure"),
    path("apply/<uuid:id>/check", views.check, name="check"),
    path("apply/<uuid:id>/submit", views.submit, name="submit"),
    path("apply/<uuid:id>/done", views.done, name="done"),
    path("apply/<uuid:id>/discard", views.discard, name="discard"),
    path("apply/<uuid:id>/sign", views_sign.sign, name="sign"),
    path("apply/<uuid:id>/sign/text", views_sign.text_to_sign, name="sign_text"),
    path("apply/<uuid:id>/<slug:key>/estimate", views.estimate, name="estimate"),
    path("apply/<uuid:id>/<slug:key>", views.page_of_draft, name="page"),
    path("my/applications/<uuid:id>", views_mine.application, name="application"),
    path("my/applications/<uuid:id>/withdraw", views_mine.withdraw, name="withdraw"),
    path("my/applications/<uuid:id>/correct", views_mine.correct_start, name="correct_start"),
    path("my/applications/<uuid:id>/correct/check", views_mine.correct_check, name="correct_check"),
    path("my/applications/<uuid:id>/correct/send", views_mine.correct_send, name="correct_send"),
    path("my/applications/<uuid:id>/correct/sign", views_sign.sign, {"correcting": True}, name="correct_sign"),
    path(
        "my/applications/<uuid:id>/correct/sign/text",
        views_sign.text_to_sign,
        {"correcting": True},
        name="correct_sign_text",
    ),
    path("my/applications/<uuid:id>/correct/<slug:key>", views_mine.correct, name="correct"),
    path("my/files/<uuid:id>", views_mine.attachment, name="attachment"),
]
