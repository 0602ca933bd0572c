"""The demonstration's cards (デモ用のカード): a made authority, kept in the home, and the cards of the people who sign in.

A card is issued anew whenever it is used; what it says of its holder is what the register says of the person.
"""

import os
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kusei.base.signing.made import DAY, Authority, Card

REVOKED = 7
"""The serial number of the demonstration's revoked cards, which the list always names."""
FOLDER = Path("secrets", "demo-cards")
"""Where the home keeps the authority."""
ANCHOR, KEY, LIST = "anchor.pem", "key.pem", "revoked.crl"
LASTS = 400
"""Days for which a list that is made at a start holds."""


def prepare(folder: Path, now: datetime) -> tuple[Path, Path]:
    """Make the authority on first use, and a new list of revoked cards; returns where certificate and list are."""
    made = authority(folder, now)
    made.revoked[REVOKED] = now - 30 * DAY
    _write(folder / LIST, made.crl(issued=0, lasts=LASTS), 0o644)
    return folder / ANCHOR, folder / LIST


def authority(folder: Path, now: datetime) -> Authority:
    """The home's made authority."""
    now = now.replace(microsecond=0)
    if not (folder / ANCHOR).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = Authority.root(now, "Kusei Demonstration CA")
        _write(folder / KEY, new.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
        _write(folder / ANCHOR, new.certificate.public_bytes(Encoding.PEM), 0o644)
    certificate = x509.load_pem_x509_certificate((folder / ANCHOR).read_bytes())
    return Authority(now, certificate, load_pem_private_key((folder / KEY).read_bytes(), None))


def card(folder: Path, name: str, born: str, sex: str, address: str, *, revoked: bool = False, now: datetime) -> Card:
    """A card: `born` as YYYYMMDD, `sex` f or m. Whoever holds one may sign with it; there is no PIN to know."""
    four = {1: name, 3: "2" if sex == "f" else "1", 4: f"4{born}", 5: address}
    return authority(folder, now).card(four, days=(-1, 365), serial=REVOKED if revoked else None)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all."""
    draft = file.with_suffix(".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    os.replace(draft, file)
