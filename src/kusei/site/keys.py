"""The keys that belong to an installation's data and are kept apart from it."""

from kusei.site.bundle import fingerprint
from kusei.site.config import CONFIG


def fingerprints() -> dict[str, str]:
    """A fingerprint of each key that the data depends on, by its name in `KUSEI_HOME/secrets`."""
    return {"django": fingerprint(CONFIG.secret().encode())}
