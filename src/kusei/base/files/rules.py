"""Pure rules about files: what the first bytes tell, and what a name may be."""

import re
import unicodedata

IMAGES = frozenset(("image/jpeg", "image/png", "image/webp"))
PDF = "application/pdf"
ALLOWED = (*sorted(IMAGES), PDF)
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    PDF: "pdf",
    "application/pkcs7-signature": "p7s",
}
SAME_EXTENSION = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
HEAD = 64
"""Bytes that `sniff` needs."""
LONGEST_NAME = 100
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def sniff(head: bytes) -> str:
    """What a file is by its first bytes, whatever it is called: a media type, or the code of a problem."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return PDF
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "heic"
    if head.startswith(
        (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
    ):
        return "office"
    return "wrong_kind" if head else "empty"


def safe_name(name: str, media_type: str) -> str:
    """A file's name as it may be shown and offered: no folders, no control or direction characters, the extension of what it is.

    At most 100 characters; `ファイル` where nothing is left of the name.
    """
    plain = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in plain if unicodedata.category(c) != "Cf")
    plain = " ".join(re.sub(r'[<>:"|?*]', "", plain).split()).strip(". ")
    stem, dot, last = plain.rpartition(".")
    extension = EXTENSIONS[media_type]
    if not dot or not last.isalnum() or len(last) > 5:
        stem = plain
    stem = stem.strip(". ")[: LONGEST_NAME - len(extension) - 1].strip(". ")
    return f"{stem or 'ファイル'}.{extension}"
