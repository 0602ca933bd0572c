"""Keys of the line: our own pair, in `KUSEI_HOME/secrets/line.json`, and the public halves we trust, in `line-trusted.json`.

{"current": name, "keys": {name: 32 bytes in base 64}}; a name is drawn with the key. Several may be trusted at once, so that a key is
replaced without a break: make a new one, have the other side trust it, use it, have the old one distrusted.
"""

import base64
import binascii
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


class NoLineKey(Exception):
    """A key of the line is missing or can't be used; the message names it, never its value."""


@dataclass(frozen=True)
class Own:
    """Our keys by name, and the name of the one that signs."""

    current: str
    keys: dict[str, bytes]

    def signing(self) -> tuple[str, Ed25519PrivateKey]:
        """The key that signs, with its name."""
        return self.current, Ed25519PrivateKey.from_private_bytes(self.keys[self.current])

    def public(self) -> dict[str, str]:
        """What the other side is told: name → public half in base 64."""
        return {
            name: base64.b64encode(Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()).decode()
            for name, key in self.keys.items()
        }


def folder(home: Path | None) -> Path:
    """Where the keys of a home lie; of this installation's where none is given."""
    return Path(home or settings.KUSEI_HOME) / "secrets"


def own(side: str, home: Path | None = None) -> Own:
    """Our keys; the first is made here. Raises `NoLineKey`."""
    path = folder(home) / "line.json"
    if not path.exists():
        return keep(Own("", {}), side, use=True, home=home)
    try:
        found = json.loads(path.read_text("utf-8"))
        keys = {name: base64.b64decode(key, validate=True) for name, key in found["keys"].items()}
        made = Own(found["current"], keys)
        made.public()
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise NoLineKey("line.json can't be read") from None
    if made.current not in keys:
        raise NoLineKey("the line's current key is not in line.json")
    return made


def keep(ring: Own, side: str, *, use: bool, home: Path | None = None) -> Own:
    """`ring` with a new key, kept; `use`: it signs from now on."""
    name = f"{side}-{secrets.token_hex(4)}"
    return _keep_own(Own(name if use else ring.current, {**ring.keys, name: secrets.token_bytes(32)}), home)


def use(ring: Own, name: str) -> Own:
    """Sign with that key from now on. Raises `NoLineKey`."""
    if name not in ring.keys:
        raise NoLineKey(f"{name} is no key of ours")
    return _keep_own(Own(name, ring.keys))


def forget(ring: Own, name: str) -> Own:
    """Remove a key of ours that no longer signs. Raises `NoLineKey`."""
    if name == ring.current or name not in ring.keys:
        raise NoLineKey(f"{name} signs still, or is no key of ours")
    return _keep_own(Own(ring.current, {each: key for each, key in ring.keys.items() if each != name}))


def _keep_own(ring: Own, home: Path | None = None) -> Own:
    kept = {name: base64.b64encode(key).decode() for name, key in ring.keys.items()}
    _write(folder(home) / "line.json", {"current": ring.current, "keys": kept})
    return ring


def trusted() -> dict[str, Ed25519PublicKey]:
    """The other side's public keys by name; none where nobody is trusted yet. Raises `NoLineKey`."""
    try:
        return {name: _public(text) for name, text in _trusted().items()}
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise NoLineKey("line-trusted.json can't be read") from None


def trust(name: str, public: str, home: Path | None = None) -> None:
    """Trust one more key of the other side. Raises `NoLineKey` for what is no public key of Ed25519, and for another key of a name we trust."""
    try:
        _public(public)
    except (ValueError, binascii.Error):
        raise NoLineKey(f"{name}: no public key of Ed25519 in base 64") from None
    there = _trusted(home)
    if there.get(name, public) != public:
        raise NoLineKey(f"{name} is trusted already, and is another key")
    _write(folder(home) / "line-trusted.json", {**there, name: public})


def distrust(name: str) -> None:
    """Trust a key no more. Raises `NoLineKey`."""
    there = _trusted()
    if name not in there:
        raise NoLineKey(f"{name} is not trusted anyway")
    _write(folder(None) / "line-trusted.json", {each: key for each, key in there.items() if each != name})


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def _trusted(home: Path | None = None) -> dict[str, str]:
    try:
        return json.loads((folder(home) / "line-trusted.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}


def _write(path: Path, value: dict) -> None:
    """Whole or not at all, for us alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
