"""Whether a certificate leads to an authority we trust, holds at a moment, and is meant for signing (RFC 5280). Pure."""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from kusei.base.signing.cms import Failure

LONGEST = 4
"""Certificates above the signer's; a card's has one."""
# Critical extensions that are looked at below, or that forbid nothing here.
UNDERSTOOD = {
    x509.BasicConstraints.oid,
    x509.KeyUsage.oid,
    x509.ExtendedKeyUsage.oid,
    x509.CertificatePolicies.oid,
    x509.SubjectAlternativeName.oid,
    x509.CRLDistributionPoints.oid,
}


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def chain_of(
    certificate: x509.Certificate, others: Iterable[x509.Certificate], anchors: Iterable[x509.Certificate], at: datetime
) -> list[x509.Certificate]:
    """The way from the signer's certificate to a trusted one, both included.

    Raises `Failure`: trust (no anchors, or none is reached), usage (not for signing documents), time (not valid at that moment).
    """
    _for_signing(certificate)
    anchors, others = list(anchors), list(others)
    way = [certificate]
    while True:
        issuer, trusted = _issuer(way[-1], anchors, others)
        if issuer is None or len(way) > LONGEST:
            raise Failure("trust")
        _is_authority(issuer, below=len(way) - 1)
        way.append(issuer)
        if trusted:
            break
    for each in way:
        _understood(each)
        if not each.not_valid_before_utc <= at <= each.not_valid_after_utc:
            raise Failure("time")
    return way


def _issuer(certificate: x509.Certificate, anchors: list, others: list) -> tuple[x509.Certificate | None, bool]:
    """Who issued it, a trusted one first, and whether that is one."""
    for trusted, candidates in ((True, anchors), (False, others)):
        for each in candidates:
            try:
                certificate.verify_directly_issued_by(each)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return each, trusted
    return None, False


def _extension(certificate: x509.Certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except ValueError:
        raise Failure("unreadable") from None


def _for_signing(certificate: x509.Certificate) -> None:
    """The certificate of the card that is for signing (署名用), not the one for signing in (利用者証明用): it says non-repudiation."""
    usage, constraints = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.BasicConstraints)
    if usage is None or not usage.content_commitment or (constraints and constraints.ca):
        raise Failure("usage")


def _is_authority(certificate: x509.Certificate, below: int) -> None:
    """An authority that may issue a certificate with `below` further authorities under it."""
    constraints, usage = _extension(certificate, x509.BasicConstraints), _extension(certificate, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage and not usage.key_cert_sign):
        raise Failure("trust")
    if constraints.path_length is not None and below > constraints.path_length:
        raise Failure("trust")


def _understood(certificate: x509.Certificate) -> None:
    """No critical extension that we don't look at (RFC 5280, 4.2)."""
    try:
        unknown = [each for each in certificate.extensions if each.critical and each.oid not in UNDERSTOOD]
    except ValueError:
        raise Failure("unreadable") from None
    if unknown:
        raise Failure("trust")
