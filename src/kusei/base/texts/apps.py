from django.apps import AppConfig


class TextsConfig(AppConfig):
    """Translations, and who checked them."""

    name = "kusei.base.texts"
    label = "texts"

    def ready(self) -> None:
        """Have pages say what the ward's staff corrected."""
        from kusei.base.texts.queries import corrected
        from kusei.base.web import corrections

        corrections.come_from(corrected)
