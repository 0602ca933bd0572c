"""The authorities whose cards are trusted, from the configuration: certificates in files, in the order of their names."""

from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings

SUFFIXES = {".pem", ".crt", ".cer", ".der"}


class NoAnchors(Exception):
    """A file of trusted certificates can't be read; the message names the file."""


def anchors() -> tuple[x509.Certificate, ...]:
    """The trusted certificates; none where no card is trusted here. Raises `NoAnchors`."""
    return _in(settings.CARD_ANCHORS) if settings.CARD_ANCHORS else ()


def accepted() -> bool:
    """Whether signatures by cards can be checked at all: authorities and their lists are both configured."""
    return bool(settings.CARD_ANCHORS and settings.CARD_CRLS and anchors())


@lru_cache(maxsize=4)
def _in(path: Path) -> tuple[x509.Certificate, ...]:
    files = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES) if path.is_dir() else [path]
    return tuple(certificate for file in files for certificate in _certificates(file))


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        content = file.read_bytes()
        return (
            x509.load_pem_x509_certificates(content)
            if b"-----BEGIN" in content
            else [x509.load_der_x509_certificate(content)]
        )
    except (OSError, ValueError):
        raise NoAnchors(f"{file} holds no certificate") from None
