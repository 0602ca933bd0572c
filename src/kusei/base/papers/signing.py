"""Electronic signatures on papers (電子署名): detached, in a file of their own beside the PDF (CMS, RFC 5652), so that any tool can check them:

    openssl cms -verify -binary -inform DER -in paper.p7s -content paper.pdf -CAfile authority.pem -out /dev/null

Whoever signs is offered by a module (`Offers.signers`); the installation names one of them in KUSEI_SIGNER, or none. Offered here is `pkcs12`: key and
certificate in one file. A ward whose key lies in a device or with a service (LGPKI 職責証明書) offers a signer of its own.
"""

from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates, load_pkcs12
from django.conf import settings

from kusei.base.kernel.offers import Signer, registry


class CannotSign(RuntimeError):
    """There is no such signer, or its key can't be used; papers wait for their PDF until there is."""


def shown_name() -> str:
    """The name of the signer of this installation, as a version keeps it; empty where papers are not signed."""
    return settings.SIGNER or ""


def signer(name: str) -> Signer:
    """The signer of that name. Raises CannotSign."""
    found = registry.named("signers", name)
    if not found:
        raise CannotSign(f"no module offers the signer {name!r}")
    return found


def sign_with_file(content: bytes) -> bytes:
    """The detached signature of `content` by the key in KUSEI_SIGNER_FILE (PKCS#12), with the certificates that come with it. Raises CannotSign."""
    kept = _opened(settings.SIGNER_FILE, settings.SIGNER_PASSPHRASE)
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(kept.cert.certificate, kept.key, SHA256())
    for other in kept.additional_certs:
        builder = builder.add_certificate(other.certificate)
    return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


@cache
def _opened(path: Path | None, passphrase: str) -> PKCS12KeyAndCertificates:
    # Opening derives a key and takes a while; the file changes with a restart.
    if path is None:
        raise CannotSign("KUSEI_SIGNER is pkcs12, and KUSEI_SIGNER_FILE is not set")
    try:
        found = load_pkcs12(path.read_bytes(), passphrase.encode() or None)
    except (OSError, ValueError) as error:
        raise CannotSign(f"KUSEI_SIGNER_FILE can't be opened: {type(error).__name__}") from None
    if not found.key or not found.cert or not isinstance(found.cert.certificate, x509.Certificate):
        raise CannotSign("KUSEI_SIGNER_FILE holds no key with its certificate")
    return found
