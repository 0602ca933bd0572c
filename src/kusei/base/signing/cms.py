"""A CMS signature (RFC 5652, SignedData): read, and checked over the content it is said to sign. Pure; says nothing yet of whose it is."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

LARGEST = 64 * 1024
"""Bytes of a signature with its certificates; one by a card has some 3,000."""
MOST_CERTIFICATES = 10
HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for certificates and lists that are broken or beyond it."""
SMALLEST_RSA = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")


class Failure(Exception):
    """The signature proves nothing. `reason` is a word for the audit log and for choosing what people are told."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Signed:
    """A signature that fits its content: the signer's certificate, the others that came along, and when the signer says it was made."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    claimed_at: datetime | None


def signed(content: bytes, signature: bytes) -> Signed:
    """Check a signature (DER or PEM, with the content left out or in it) over exactly this content.

    Raises `Failure`: size, unreadable, form, algorithm, certificate, content, signature.
    """
    data = _read(signature)
    signer = data["signer_infos"][0]
    certificates = _certificates(data)
    certificate = _of_signer(signer, certificates)
    inside = data["encap_content_info"]["content"].native
    if inside is not None and inside != content:
        raise Failure("content")
    attributes = _attributes(signer)
    algorithm = _hash(signer["digest_algorithm"]["algorithm"].native)
    if not hmac.compare_digest(attributes["message_digest"], hashlib.new(algorithm, content).digest()):
        raise Failure("content")
    # What is signed is the set of attributes with its own tag, not the one it has inside the structure (RFC 5652, 5.4).
    _check(certificate, signer, signer["signed_attrs"].untag().dump(), algorithm)
    return Signed(
        certificate, tuple(each for each in certificates if each != certificate), attributes.get("signing_time")
    )


def _read(signature: bytes) -> cms.SignedData:
    """The one structure we take: SignedData over plain data, with one signer."""
    if not 0 < len(signature) <= LARGEST:
        raise Failure("size")
    try:
        if pem.detect(signature):
            _name, _headers, signature = pem.unarmor(signature)
        outer = cms.ContentInfo.load(signature, strict=True)
        if outer["content_type"].native != "signed_data":
            raise Failure("form")
        data = outer["content"]
        data.native  # noqa: B018 - reads everything now, so that what is broken inside is found here
        form = (data["encap_content_info"]["content_type"].native, len(data["signer_infos"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Failure("unreadable") from None
    if form != ("data", 1):
        raise Failure("form")
    return data


def _certificates(data: cms.SignedData) -> list[x509.Certificate]:
    found = (
        [each.chosen.dump() for each in data["certificates"] if each.name == "certificate"]
        if data["certificates"]
        else []
    )
    if not 0 < len(found) <= MOST_CERTIFICATES:
        raise Failure("certificate")
    try:
        return [_whole(x509.load_der_x509_certificate(each)) for each in found]
    except UNREADABLE:
        raise Failure("unreadable") from None


def _whole(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, every part of which can be read: parts are read late, and what is broken is to be found here."""
    for part in (
        "extensions",
        "issuer",
        "subject",
        "not_valid_before_utc",
        "not_valid_after_utc",
        "signature_algorithm_parameters",
    ):
        getattr(certificate, part)
    certificate.public_key()
    return certificate


def _of_signer(signer: cms.SignerInfo, certificates: list[x509.Certificate]) -> x509.Certificate:
    """The certificate that the signer names, by issuer and number or by key."""
    named = signer["sid"]
    for each in certificates:
        if named.name == "issuer_and_serial_number":
            issuer, number = named.chosen["issuer"].dump(), named.chosen["serial_number"].native
            if each.serial_number == number and each.issuer.public_bytes() == issuer:
                return each
        elif _key_id(each) == named.chosen.native:
            return each
    raise Failure("certificate")


def _key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        return None


def _attributes(signer: cms.SignerInfo) -> dict:
    """The signed attributes that matter, each there once. Without any, plain content could pass for attributes: refused."""
    found: dict = {}
    for each in signer["signed_attrs"] or ():
        name = each["type"].native
        if name in found:
            raise Failure("form")
        values = each["values"]
        found[name] = values[0].native if len(values) == 1 else None
    if found.get("content_type") != "data" or not isinstance(found.get("message_digest"), bytes):
        raise Failure("form")
    return found


def _hash(name: str) -> str:
    if name not in HASHES:
        raise Failure("algorithm")
    return name


def _check(certificate: x509.Certificate, signer: cms.SignerInfo, attributes: bytes, digest: str) -> None:
    """Raise `Failure` unless the certificate's key signed the attributes."""
    key, value, method = certificate.public_key(), signer["signature"].native, signer["signature_algorithm"]
    try:
        scheme, named = method.signature_algo, method["algorithm"].native
        digest = digest if named in ("rsassa_pkcs1v15", "ecdsa") else _hash(method.hash_algo)
    except (ValueError, KeyError):
        raise Failure("algorithm") from None
    chosen = HASHES[digest]()
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA and scheme == "rsassa_pkcs1v15":
            key.verify(value, attributes, padding.PKCS1v15(), chosen)
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA and scheme == "rsassa_pss":
            key.verify(value, attributes, padding.PSS(padding.MGF1(chosen), padding.PSS.AUTO), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES and scheme == "ecdsa":
            key.verify(value, attributes, ec.ECDSA(chosen))
        else:
            raise Failure("algorithm")
    except InvalidSignature:
        raise Failure("signature") from None
