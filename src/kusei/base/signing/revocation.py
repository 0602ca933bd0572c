"""Whether a certificate was revoked, by lists of its authority (CRL, RFC 5280 section 5). Pure.

Three answers and no fourth: revoked, not revoked, or it can't be told; what can't be told is never taken for good.
"""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509

from kusei.base.signing.cms import Failure

Crl = x509.CertificateRevocationList


def about(crl: Crl, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the list is the issuer's own, and would name this certificate were it revoked: whole, no delta, of its part (配布点)."""
    if crl.issuer != issuer.subject or not _genuine(crl, issuer):
        return False
    part = None
    for each in crl.extensions:
        if isinstance(each.value, x509.IssuingDistributionPoint):
            part = each.value
        elif each.critical or isinstance(each.value, x509.DeltaCRLIndicator):
            return False
    if part is None:
        return True
    if part.indirect_crl or part.only_some_reasons or part.only_contains_attribute_certs:
        return False
    if part.only_contains_user_certs if _is_authority(certificate) else part.only_contains_ca_certs:
        return False
    return part.full_name is None or bool(set(part.full_name) & _points(certificate))


def _genuine(crl: Crl, issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        usage = None
    try:
        return (usage is None or usage.crl_sign) and crl.is_signature_valid(issuer.public_key())
    except (TypeError, ValueError):
        return False


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _points(certificate: x509.Certificate) -> set:
    """The names of the parts in which the certificate would be listed."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {name for point in points for name in point.full_name or ()}


def judge(certificate: x509.Certificate, issuer: x509.Certificate, crls: Iterable[Crl], at: datetime) -> Crl | None:
    """The list that says the certificate was not revoked at that moment; None where no current one tells.

    A list tells from its issue (thisUpdate) until the next is due (nextUpdate); one without nextUpdate tells nothing. A later list tells as
    well, since what was revoked stays listed while it is valid. Raises `Failure("revoked")` where any genuine list has it revoked by then.
    """
    telling = None
    for crl in crls:
        if not about(crl, certificate, issuer):
            continue
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at and not _unrevoked(entry):
            raise Failure("revoked")
        until = crl.next_update_utc
        if until is not None and until > at and (telling is None or crl.last_update_utc > telling.last_update_utc):
            telling = crl
    return telling


def _unrevoked(entry: x509.RevokedCertificate) -> bool:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.remove_from_crl
    except x509.ExtensionNotFound:
        return False
