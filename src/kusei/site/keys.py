"""The keys that belong to an installation's data and are kept apart from it."""

from kusei.base.secrets.keyring import keyring
from kusei.site.bundle import fingerprint
from kusei.site.config import CONFIG


def fingerprints() -> dict[str, str]:
    """A fingerprint of each key that the data depends on, by its name in `KUSEI_HOME/secrets`."""
    sealing = {f"key {name}": fingerprint(key) for name, key in keyring().keys.items()}
    return {"django": fingerprint(CONFIG.secret().encode()), **sealing}
