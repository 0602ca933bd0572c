from django.apps import AppConfig


class WebConfig(AppConfig):
    """The look, the layouts and the kit."""

    name = "kusei.base.web"
    label = "web"
