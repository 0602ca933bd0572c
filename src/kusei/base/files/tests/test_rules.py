"""What first bytes tell, and what becomes of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.files.rules import EXTENSIONS, LONGEST_NAME, safe_name, sniff


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\xff\xd8\xff\xe0....JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x00\x00\x00\x18ftypheic", "heic"),
        (b"\x00\x00\x00\x18ftypmif1", "heic"),
        (b"PK\x03\x04docx", "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
        (b"\x1f\x8b\x08", "office"),
        (b"<svg xmlns=", "wrong_kind"),
        (b"<!doctype html>", "wrong_kind"),
        (b"GIF89a", "wrong_kind"),
        (b"MZ\x90\x00", "wrong_kind"),
        (b"RIFF\x00\x00\x00\x00AVI ", "wrong_kind"),
        (b" %PDF-1.7", "wrong_kind"),
        (b"\xff\xd8", "wrong_kind"),
        (b"", "empty"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head, found):
    assert sniff(head) == found


@pytest.mark.parametrize(
    ("name", "media_type", "kept"),
    [
        ("通帳.jpg", "image/jpeg", "通帳.jpg"),
        ("IMG_0001.JPEG", "image/jpeg", "IMG_0001.jpg"),
        ("photo.png", "image/jpeg", "photo.jpg"),
        ("../../etc/passwd", "image/png", "passwd.png"),
        ("C:\\Users\\hanako\\scan.pdf", "application/pdf", "scan.pdf"),
        ("invoice\u202efdp.exe", "application/pdf", "invoicefdp.pdf"),
        ("a\u200bb\u2066c.pdf", "application/pdf", "abc.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "application/pdf", "a Set-Cookie x.pdf"),
        ('a"; filename="b.html', "application/pdf", "a; filename=b.pdf"),
        ("", "image/png", "ファイル.png"),
        ("...", "image/png", "ファイル.png"),
        (".htaccess", "image/png", "htaccess.png"),
        ("令和8年.12月分", "image/png", "令和8年.png"),
        ("v1.2 最終版.申請書類一式", "image/png", "v1.2 最終版.申請書類一式.png"),
        ("か\u3099.png", "image/png", "が.png"),
        ("x" * 300 + ".pdf", "application/pdf", "x" * 96 + ".pdf"),
    ],
)
def test_a_name_keeps_what_is_harmless(name, media_type, kept):
    assert safe_name(name, media_type) == kept


@given(st.text(), st.sampled_from(sorted(EXTENSIONS)))
def test_no_name_breaks_out(name, media_type):
    kept = safe_name(name, media_type)
    assert len(kept) <= LONGEST_NAME
    assert kept.endswith("." + EXTENSIONS[media_type])
    assert not set(kept) & set('/\\<>:"|?*\r\n\t\0\u202e')
    assert not kept.startswith(".")
    assert safe_name(kept, media_type) == kept
