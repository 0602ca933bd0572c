"""A made authority (認証局) that issues cards to made people: for the demonstration and for tests. Shaped as the real one's profile says.

Nothing it signs is worth anything where its own certificate isn't trusted, and no installation but a demonstration trusts it.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from asn1crypto import cms
from asn1crypto import x509 as asn1
from asn1crypto.core import UTF8String
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ARC = "1.2.392.200149.8.5.5."
DAY = timedelta(days=1)
FOUR = {1: "墨田　花子", 3: "2", 4: "419900401", 5: "東京都墨田区吾妻橋一丁目２３番２０号"}
"""Name, sex, birthday (era, then the Gregorian date) and address, by the last part of their OIDs."""


def name(common: str) -> x509.Name:
    """The distinguished name of somebody or something in Japan."""
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def usage(*held: str) -> x509.KeyUsage:
    """What a key is for, as certificates say it."""
    kinds = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{kind: kind in held for kind in kinds})


def part(label: str) -> list[x509.GeneralName]:
    """A part of the list of revoked certificates, as certificates and lists name it."""
    return [x509.DirectoryName(name(label))]


@dataclass
class Card:
    """A certificate for signing (署名用電子証明書) with its key; `signature` takes RSA keys, as real cards have."""

    certificate: x509.Certificate
    key: object

    at: datetime | None = None
    """When it is used, as far as it says so itself."""

    def signature(self, content: bytes) -> bytes:
        """The detached CMS signature over the content (DER), as a program with a card reader makes it."""
        said = [("content_type", "data"), ("message_digest", hashlib.sha256(content).digest())]
        said += [("signing_time", cms.Time({"utc_time": self.at}))] if self.at else []
        attributes = cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in said])
        issued = asn1.Certificate.load(self.certificate.public_bytes(Encoding.DER))
        sha256 = cms.DigestAlgorithm({"algorithm": "sha256"})
        signer = cms.SignerInfo({
            "version": "v1",
            "sid": {"issuer_and_serial_number": {"issuer": issued.issuer, "serial_number": issued.serial_number}},
            "digest_algorithm": sha256,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_rsa"},
            "signature": self.key.sign(attributes.dump(), PKCS1v15(), hashes.SHA256()),
        })  # fmt: skip
        signed = cms.SignedData({
            "version": "v1",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "data"},
            "certificates": [issued],
            "signer_infos": [signer],
        })  # fmt: skip
        return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


@dataclass
class Authority:
    """An authority: issues cards and lists. `at` is the moment around which everything is in force."""

    at: datetime
    certificate: x509.Certificate = None
    key: object = None
    serial: int = field(default_factory=lambda: 10**6 + secrets.randbelow(10**15))
    revoked: dict[int, datetime] = field(default_factory=dict)
    card_type: ClassVar[type[Card]] = Card

    @classmethod
    def root(cls, at: datetime, common: str = "Made JPKI", **more) -> "Authority":
        """A new authority that vouches for itself."""
        made = cls(at)
        made.key = rsa.generate_private_key(65537, 2048)
        made.certificate = made._build(name(common), made.key.public_key(), name(common), authority(**more), DAY * 3650)
        return made

    def below(self, common: str = "Made Sub CA", **more) -> "Authority":
        """An authority that this one vouches for."""
        made = type(self)(self.at)
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
        serial: int | None = None,
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
        subject = name(f"2026{self.serial}13107A")
        certificate = self._build(
            subject, key.public_key(), self.certificate.subject, extensions, days=days, serial=serial
        )
        return self.card_type(certificate, key, self.at)

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
        """Have later lists name the card's certificate."""
        self.revoked[card.certificate.serial_number] = since

    def _build(self, subject, public_key, issuer, extensions, lasts=None, days=None, serial=None) -> x509.Certificate:
        first, last = days or (-30, 0)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
            .serial_number(serial or self.serial).not_valid_before(self.at + DAY * first)
            .not_valid_after(self.at + (lasts or DAY * last))
        )  # fmt: skip
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())


def authority(*, ca=True, path_length=None, uses=("key_cert_sign", "crl_sign")) -> list:
    """The extensions by which a certificate is an authority's."""
    return [(x509.BasicConstraints(ca=ca, path_length=path_length), True), (usage(*uses), True)]
