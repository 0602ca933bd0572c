"""AES-256-GCM with a fresh nonce each time, bound to the place the text belongs to.

A sealed text reads `sealed:1:<key's name>:<nonce and ciphertext, base 64>`. `place` is authenticated with it: moved to another row or column
it does not open.
"""

import base64
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kusei.base.secrets.keyring import keyring

PREFIX = "sealed:1:"
SEALED = re.compile(r"sealed:1:([0-9A-Za-z]{1,20}):([0-9A-Za-z_-]+=*)")
NONCE_LENGTH = 12


class Broken(Exception):
    """A sealed text was altered, or belongs to another place."""


def seal(text: str, place: str) -> str:
    """`text` sealed with the current key for `place`. Raises `NoKey`."""
    ring = keyring()
    nonce = os.urandom(NONCE_LENGTH)
    body = nonce + AESGCM(ring.key(ring.current)).encrypt(nonce, text.encode(), place.encode())
    return f"{PREFIX}{ring.current}:{base64.urlsafe_b64encode(body).decode()}"


def unseal(sealed: str, place: str) -> str:
    """The text that was sealed for `place`. Raises `NoKey` where its key is missing, `Broken` where it doesn't open."""
    match = SEALED.fullmatch(sealed)
    if not match:
        raise Broken("not a sealed text")
    body = base64.urlsafe_b64decode(match[2])
    if base64.urlsafe_b64encode(body).decode() != match[2]:  # bits that say nothing, changed all the same
        raise Broken("a sealed text was altered, or belongs elsewhere")
    key = keyring().key(match[1])
    try:
        return AESGCM(key).decrypt(body[:NONCE_LENGTH], body[NONCE_LENGTH:], place.encode()).decode()
    except (InvalidTag, ValueError):
        raise Broken("a sealed text was altered, or belongs elsewhere") from None


def key_of(sealed: str) -> str:
    """The name of the key a text is sealed with. Raises `Broken`."""
    match = SEALED.fullmatch(sealed)
    if not match:
        raise Broken("not a sealed text")
    return match[1]
