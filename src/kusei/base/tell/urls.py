"""Pages of what was told."""

from django.urls import path

from kusei.base.tell import views

app_name = "tell"
urlpatterns = [
    path("my/messages", views.messages, name="messages"),
    path("my/messages/<uuid:message_id>", views.message, name="message"),
    path("demo/mailbox", views.mailbox, name="mailbox"),
    path("demo/mailbox/<int:item_id>", views.mailbox_item, name="mailbox_item"),
    path("demo/letterbox", views.letterbox, name="letterbox"),
    path("demo/letterbox/<int:item_id>", views.letter, name="letter"),
]
