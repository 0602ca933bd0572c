"""A made authority that issues cards to made people, and `openssl cms` as the program with which they sign. Shaped as the real one's profile says."""

import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto.core import UTF8String
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

ARC = "1.2.392.200149.8.5.5."
DAY = timedelta(days=1)
FOUR = {1: "墨田　花子", 3: "2", 4: "419900401", 5: "東京都墨田区吾妻橋一丁目２３番２０号"}
"""Name, sex, birthday (era, then the Gregorian date) and address, by the last part of their OIDs."""


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def usage(*held: str) -> x509.KeyUsage:
    kinds = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{kind: kind in held for kind in kinds})


def part(label: str) -> list[x509.GeneralName]:
    """A part of the list of revoked certificates, as certificates and lists name it."""
    return [x509.DirectoryName(name(label))]


@dataclass
class Card:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: object

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
        command = [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-in",
            folder / "text",
            "-signer",
            folder / "certificate",
            "-inkey",
            folder / "key",
        ]
        done = subprocess.run(
            [*command, *more, "-outform", form, "-md", "sha256", *options], capture_output=True, check=True
        )
        return done.stdout


@dataclass
class Authority:
    """An authority: issues cards and lists. `at` is the moment around which everything is in force."""

    at: datetime
    certificate: x509.Certificate = None
    key: object = None
    serial: int = 1000
    revoked: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def root(cls, at: datetime, common: str = "Made JPKI", **more) -> "Authority":
        made = cls(at)
        made.key = rsa.generate_private_key(65537, 2048)
        made.certificate = made._build(name(common), made.key.public_key(), name(common), authority(**more), DAY * 3650)
        return made

    def below(self, common: str = "Made Sub CA", **more) -> "Authority":
        """An authority that this one vouches for."""
        made = Authority(self.at)
        made.key = ec.generate_private_key(ec.SECP256R1())
        made.certificate = self._build(
            name(common), made.key.public_key(), self.certificate.subject, authority(**more), DAY * 3650
        )
        return made

    def card(
        self,
        four: dict | None = None,
        *,
        uses=("digital_signature", "content_commitment"),
        key=None,
        days=(-30, 1000),
        point="",
        extra=(),
    ) -> Card:
        """A card with the certificate for signing; `four` replaces some of the four items, None takes one out."""
        key = key or rsa.generate_private_key(65537, 2048)
        items = {number: value for number, value in (FOUR | (four or {})).items() if value is not None}
        names = [
            x509.OtherName(x509.ObjectIdentifier(f"{ARC}{number}"), UTF8String(value).dump())
            for number, value in items.items()
        ]
        extensions = [(usage(*uses), True), *([(x509.SubjectAlternativeName(names), False)] if names else []), *extra]
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
        if point:
            extensions.append(
                (x509.CRLDistributionPoints([x509.DistributionPoint(part(point), None, None, None)]), False)
            )
        self.serial += 1
        return Card(
            self._build(
                name(f"2026{self.serial}13107A"), key.public_key(), self.certificate.subject, extensions, None, days
            ),
            key,
        )

    def crl(self, *, issued=-1, lasts=2, point="", by: "Authority | None" = None, extra=(), **part_of) -> bytes:
        """The list of those revoked, as DER; `issued` days from `at`, for `lasts` days (None: without end)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(self.at + DAY * issued)
        )
        builder = builder.next_update(self.at + DAY * (issued + lasts))
        for serial, since in self.revoked.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
            )
        if point or part_of:
            given = {"only_contains_user_certs": False, "only_contains_ca_certs": False, "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False}  # fmt: skip
            scope = x509.IssuingDistributionPoint(part(point) if point else None, None, **(given | part_of))
            builder = builder.add_extension(scope, critical=True)
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical)
        return builder.sign((by or self).key, hashes.SHA256()).public_bytes(Encoding.DER)

    def revoke(self, card: Card, since: datetime) -> None:
        self.revoked[card.certificate.serial_number] = since

    def _build(self, subject, public_key, issuer, extensions, lasts=None, days=None) -> x509.Certificate:
        first, last = days or (-30, 0)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
            .serial_number(self.serial).not_valid_before(self.at + DAY * first)
            .not_valid_after(self.at + (lasts or DAY * last))
        )  # fmt: skip
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())


def authority(*, ca=True, path_length=None, uses=("key_cert_sign", "crl_sign")) -> list:
    return [(x509.BasicConstraints(ca=ca, path_length=path_length), True), (usage(*uses), True)]
