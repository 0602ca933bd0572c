"""What the plain Django peers run on: settings with the database alone, nothing of ours."""

import os

import django
from django.conf import settings

from kusei.site.config import CONFIG


def configure(urls: str) -> None:
    """Settings for a site whose routes are in the module `urls`, unless there are some already; call it before importing models."""
    if settings.configured:
        return
    settings.configure(
        SECRET_KEY=os.urandom(32).hex(),
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=urls,
        DATABASES={"default": {**CONFIG.database("owner"), "CONN_MAX_AGE": None}},
    )
    django.setup()
