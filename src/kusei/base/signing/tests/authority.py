"""The made authority with cards that sign by `openssl cms`: a program that isn't ours."""

import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kusei.base.signing import made
from kusei.base.signing.made import DAY

__all__ = ["DAY", "Authority", "Card"]


class Card(made.Card):
    """A card in the hands of openssl."""

    def sign(
        self,
        folder: Path,
        content: bytes,
        *options: str,
        others: tuple = (),
        form: str = "DER",
        key: "Card | None" = None,
    ) -> bytes:
        """The CMS signature over the content, made by openssl."""
        files = {"text": content, "certificate": self.certificate.public_bytes(Encoding.PEM)}
        files["key"] = (key or self).key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files["others"] = b"".join(each.public_bytes(Encoding.PEM) for each in others)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        more = ["-certfile", folder / "others"] if others else []
        signer = ["-signer", folder / "certificate", "-inkey", folder / "key"]
        command = ["openssl", "cms", "-sign", "-binary", "-in", folder / "text", *signer, *more]
        done = subprocess.run([*command, "-outform", form, "-md", "sha256", *options], capture_output=True, check=True)
        return done.stdout


class Authority(made.Authority):
    """An authority that issues such cards."""

    card_type = Card
