from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    """The look, the layouts and the kit."""

    name = "kusei.base.web"
    label = "web"

    def ready(self) -> None:
        """Have the interface texts compiled before anything speaks."""
        from kusei.base.kernel import spoken
        from kusei.base.web.translations import compile_catalogues

        compile_catalogues(settings.LOCALE_PATHS[0])
        spoken.install()
