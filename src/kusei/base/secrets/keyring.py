"""The keyring: named keys, one of them current, outside the database: `KUSEI_HOME/secrets/keys.json`, or the variable `KUSEI_KEYS`.

Its form: {"current": "k2c91…", "keys": {"k07aa…": "<32 bytes in base 64>", "k2c91…": "…"}}. Names are drawn too, so
that two keys never share one. The file is made on first use; a change of it is noticed at
once by every process. Whatever is wrong with it raises `NoKey`: nothing is ever written or shown unsealed instead.
"""

import base64
import binascii
import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

KEY_LENGTH = 32
NAME_LENGTH = 20


class NoKey(Exception):
    """A key is missing or unusable; the message names it, never its value."""


@dataclass(frozen=True)
class Keyring:
    """The keys by name, and the name of the one that seals."""

    current: str
    keys: dict[str, bytes]

    def key(self, name: str) -> bytes:
        """The key of that name. Raises `NoKey`."""
        try:
            return self.keys[name]
        except KeyError:
            raise NoKey(f"the sealing key {name!r} is not in the keyring") from None

    def with_new(self) -> "Keyring":
        """This keyring with another key, made at random, as the current one."""
        name = f"k{secrets.token_hex(4)}"
        return Keyring(name, {**self.keys, name: secrets.token_bytes(KEY_LENGTH)})

    def without(self, name: str) -> "Keyring":
        """This keyring less one key, which must not be the current one. Raises `NoKey`."""
        if name == self.current or name not in self.keys:
            raise NoKey(f"{name!r} is the current key, or none")
        return Keyring(self.current, {each: key for each, key in self.keys.items() if each != name})

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(
            {"current": self.current, "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()}}
        )


def parse(text: str) -> Keyring:
    """The keyring in a text. Raises `NoKey` without quoting it."""
    try:
        found = json.loads(text)
        keys = {name: base64.b64decode(key, validate=True) for name, key in found["keys"].items()}
        current = found["current"]
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise NoKey("the keyring can't be read") from None
    if current not in keys:
        raise NoKey("the keyring's current key is not in it")
    if any(len(key) != KEY_LENGTH for key in keys.values()):
        raise NoKey(f"a key of the keyring has not {KEY_LENGTH} bytes")
    if not all(name.isalnum() and name.isascii() and len(name) <= NAME_LENGTH for name in keys):
        raise NoKey("a key's name in the keyring is not of letters and digits")
    return Keyring(current, keys)


def keyring() -> Keyring:
    """The keyring in force. Raises `NoKey` where there is none that can be used."""
    if settings.SEALING_KEYS:
        return parse(settings.SEALING_KEYS.get_secret_value())
    path = keys_file()
    try:
        found = path.stat()
    except FileNotFoundError:
        make(path)
        found = path.stat()
    return _read(path, found.st_mtime_ns, found.st_ino)


def keys_file() -> Path:
    """Where the keyring is kept unless the variable gives it."""
    return Path(settings.KUSEI_HOME) / "secrets" / "keys.json"


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, inode: int) -> Keyring:
    return parse(path.read_text("utf-8"))


def make(path: Path) -> None:
    """Make a keyring with one key, complete or not at all; the first of two makers wins."""
    with suppress(FileExistsError):
        _write(path, Keyring("k0", {}).with_new(), os.link)


def replace(ring: Keyring) -> None:
    """Keep another keyring in place of the one there is. Raises `NoKey` where the variable gives it."""
    if settings.SEALING_KEYS:
        raise NoKey("KUSEI_KEYS gives the keyring: change it there")
    _write(keys_file(), ring, os.replace)


def _write(path: Path, ring: Keyring, put) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(ring.text())
            file.flush()
            os.fsync(file.fileno())
        put(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
