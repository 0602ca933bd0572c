"""Electronic signatures: by an authority made for the test, checked by OpenSSL as anybody would."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID
from django.urls import reverse

from kusei.base.files import storage
from kusei.base.jobs.models import Task
from kusei.base.papers import actions, signing

pytestmark = pytest.mark.django_db


def certificate(name: str, key, issuer: str, issuer_key, *, authority: bool) -> x509.Certificate:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(called(issuer), called(name), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=9))
    usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
    builder = builder.add_extension(x509.BasicConstraints(authority, None), True).add_extension(usage, True)
    return builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture
def authority(settings, tmp_path):
    """An authority, and the mayor's key that it certified, in the file this installation signs with. Gives the authority's certificate."""
    root, mayor = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    top = certificate("Made Authority", root, "Made Authority", root, authority=True)
    leaf = certificate("Made Mayor", mayor, "Made Authority", root, authority=False)
    file = tmp_path / "mayor.p12"
    file.write_bytes(serialize_key_and_certificates(b"mayor", mayor, leaf, [top], BestAvailableEncryption(b"made")))
    settings.SIGNER, settings.SIGNER_FILE, settings.SIGNER_PASSPHRASE = "pkcs12", file, "made"
    (tmp_path / "authority.pem").write_bytes(top.public_bytes(Encoding.PEM))
    return tmp_path / "authority.pem"


def check(content: bytes, signature: bytes, authority, tmp_path) -> subprocess.CompletedProcess:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (tmp_path / "paper.pdf").write_bytes(content)
    (tmp_path / "paper.p7s").write_bytes(signature)
    command = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        tmp_path / "paper.p7s",
        "-content",
        tmp_path / "paper.pdf",
    ]
    return subprocess.run(
        [*command, "-CAfile", authority, "-purpose", "any", "-out", "/dev/null"], capture_output=True, text=True
    )


def bytes_of(stored) -> bytes:
    with storage.get(stored.sha256) as file:
        return file.read()


def test_a_paper_is_signed_and_anybody_can_check_it(case, issue, authority, tmp_path, now, browse, recipient):
    paper = issue(case)
    actions.make_pdf(Task.objects.get(kind=actions.MAKE_PDF), now)
    made = paper.newest
    content, signature = bytes_of(made.pdf), bytes_of(made.signature)
    assert check(content, signature, authority, tmp_path).returncode == 0
    assert check(content + b" ", signature, authority, tmp_path).returncode != 0
    answer = browse(recipient).get(reverse("papers:signature", args=[paper.id]))
    assert b"".join(answer.streaming_content) == signature
    assert answer["Content-Disposition"].endswith(".p7s")


def test_another_authority_is_not_believed(authority, tmp_path, settings):
    signature = signing.sign_with_file(b"paper")
    other = ec.generate_private_key(ec.SECP256R1())
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(
        certificate("Made Authority", other, "Made Authority", other, authority=True).public_bytes(Encoding.PEM)
    )
    assert check(b"paper", signature, stranger, tmp_path).returncode != 0


def test_no_pdf_goes_out_unsigned_while_the_key_cannot_be_used(case, issue, authority, settings, now):
    settings.SIGNER_FILE = authority  # no PKCS#12
    paper = issue(case)
    with pytest.raises(signing.CannotSign):
        actions.make_pdf(Task.objects.get(kind=actions.MAKE_PDF), now)
    assert paper.newest.pdf is None


@pytest.mark.parametrize(("name", "file"), [("nobody", None), ("pkcs12", None)])
def test_a_signer_that_is_not_there_is_told(settings, name, file):
    settings.SIGNER_FILE = file
    with pytest.raises(signing.CannotSign):
        signing.signer(name).sign(b"x")


def test_without_a_signer_papers_are_not_signed(paper, browse, recipient):
    assert paper.newest.signature is None
    assert browse(recipient).get(reverse("papers:signature", args=[paper.id])).status_code == 409
