"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

from kusei.site.bundle import check_restored
from kusei.site.config import CONFIG

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kusei.site.settings")
check_restored(CONFIG.home)
application = get_wsgi_application()
