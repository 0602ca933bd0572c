"""The demonstration's card: page and command sign, and a ward that isn't a demonstration knows nothing of it."""

import base64
import io
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from cryptography import x509
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from kusei.base.demo import cards, holders
from kusei.base.kernel import clock
from kusei.base.kernel.wards import load_ward
from kusei.base.signing import trust
from kusei.base.signing.cms import Failure
from kusei.base.signing.verify import verify

pytestmark = pytest.mark.django_db
TEXT = b'{"format":"kusei-tie/1"}'
PAGE = "/demo/card"


@pytest.fixture
def folder(tmp_path, settings):
    settings.DEMO, settings.KUSEI_HOME = True, tmp_path
    settings.CARD_ANCHORS, revoked = cards.prepare(tmp_path / cards.FOLDER, clock.now())
    settings.CARD_CRLS = [str(revoked)]
    return tmp_path / cards.FOLDER


def judged(folder, signature: bytes):
    crl = x509.load_der_x509_crl((folder / cards.LIST).read_bytes())
    return verify(TEXT, signature, trust.anchors(), [crl], clock.now())


def test_a_file_is_answered_with_its_signature(folder):
    answer = Client().post(PAGE, {"card": "hanako@example.jp", "file": SimpleUploadedFile("text.json", TEXT)})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pkcs7-signature")
    verdict = judged(folder, answer.content)
    assert (verdict.told, verdict.holder.name) == (True, "桜木\u3000花子")
    assert verdict.holder.address.startswith(f"東京都{load_ward('sumida').name['ja']}")


def test_openssl_finds_it_well_formed_too(folder, tmp_path):
    """A program that isn't ours reads what the card signs."""
    answer = Client().post(PAGE, {"card": "hanako@example.jp", "file": SimpleUploadedFile("text.json", TEXT)})
    (tmp_path / "text").write_bytes(TEXT)
    (tmp_path / "signature").write_bytes(answer.content)
    command = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        tmp_path / "signature",
        "-content",
        tmp_path / "text",
    ]
    done = subprocess.run(
        [*command, "-CAfile", folder / cards.ANCHOR, "-purpose", "any"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, TEXT), done.stderr


def test_a_page_that_asks_gets_a_form_back_to_it(folder):
    given = {"text": base64.b64encode(TEXT).decode(), "back": "/my/tie/card"}
    asked = Client().post(PAGE, given).content.decode()
    assert given["text"] in asked
    assert "本物のマイナンバーカードではありません" in asked
    signed = Client().post(PAGE, given | {"card": "yuki@example.jp"}).content.decode()
    assert 'action="/my/tie/card"' in signed
    assert judged(folder, base64.b64decode(re.search(r'name="signature_text" value="([^"]+)"', signed)[1])).told


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/my/tie/card", "/office/", "/nothing", "javascript:x"]
)
def test_it_hands_signatures_to_no_other_page(folder, back):
    given = {"text": base64.b64encode(TEXT).decode(), "back": back, "card": "yuki@example.jp"}
    answer = Client().post(PAGE, given)
    assert answer.headers["Content-Type"] == "application/pkcs7-signature"
    assert "evil" not in Client().post(PAGE, {"text": given["text"], "back": back}).content.decode()


def test_a_revoked_card_signs_and_is_found_out(folder):
    given = {"card": "yuki@example.jp", "revoked": "on", "file": SimpleUploadedFile("text.json", TEXT)}
    signature = Client().post(PAGE, given).content
    with pytest.raises(Failure, match="revoked"):
        judged(folder, signature)


@pytest.mark.parametrize(
    "given", [{"card": "nobody@example.jp", "text": "eA=="}, {"card": "yuki@example.jp", "text": "?"}]
)
def test_nobodys_card_and_no_text_are_told(folder, given):
    answer = Client().post(PAGE, given)
    assert answer.status_code == 400
    assert "error-summary" in answer.content.decode()


def test_nowhere_but_in_a_demonstration(folder, settings, tmp_path):
    settings.DEMO = False
    file = tmp_path / "text.json"
    file.write_bytes(TEXT)
    assert Client().get(PAGE).status_code == 404
    assert Client().post(PAGE, {"card": "yuki@example.jp", "text": "eA=="}).status_code == 404
    with pytest.raises(CommandError):
        call_command("demo_card", "yuki@example.jp", str(file))


def test_the_command_signs_as_a_program_would(folder, tmp_path, monkeypatch):
    file, out = tmp_path / "text.json", io.BytesIO()
    file.write_bytes(TEXT)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
    call_command("demo_card", "hanako@example.jp", str(file))
    assert judged(folder, out.getvalue()).holder.name == "桜木\u3000花子"
    with pytest.raises(CommandError):
        call_command("demo_card", "nobody@example.jp", str(file))


def test_the_authority_stays_and_its_list_is_made_anew(folder):
    first, now = (folder / cards.ANCHOR).read_bytes(), clock.now()
    cards.prepare(folder, now + timedelta(days=300))
    assert (folder / cards.ANCHOR).read_bytes() == first
    assert (folder / cards.KEY).stat().st_mode & 0o777 == 0o600
    crl = x509.load_der_x509_crl((folder / cards.LIST).read_bytes())
    assert crl.next_update_utc > now + timedelta(days=600)
    assert [entry.serial_number for entry in crl] == [cards.REVOKED]
    assert [each.email for each in holders.holders(now)] == ["hanako@example.jp", "yuki@example.jp"]
