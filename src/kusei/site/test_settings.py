"""Settings of the tests: the site's own, as the role that may make and drop test databases."""

import os

os.environ.setdefault("KUSEI_DATABASE_ROLE", "owner")

from kusei.site.settings import *  # noqa: F403 - the role must be known before the settings are read
