"""The site as a Django app: once all models are there, the modules' offers are registered."""

from django.apps import AppConfig

from kusei.base.kernel.offers import registry


class SiteConfig(AppConfig):
    """Registers the offers, and the worker's handlers, at start."""

    name = "kusei.site"
    label = "site"

    def ready(self):
        from kusei.base.jobs.handlers import handlers
        from kusei.base.line.kinds import kinds
        from kusei.site.handlers import register_all as register_handlers
        from kusei.site.messages import register_all as register_messages
        from kusei.site.offers import register_all

        if not registry.modules():
            register_messages(kinds)
            register_all(registry)
            register_handlers(handlers)
