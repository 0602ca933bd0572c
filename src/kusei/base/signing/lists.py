"""Revocation lists: fetched from the places that the configuration names (never from one that a certificate names), kept, and forgotten."""

import hashlib
import logging
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from cryptography import x509
from django.conf import settings
from django.db.models import Q

from kusei.base.signing.cms import UNREADABLE
from kusei.base.signing.models import RevocationList

LARGEST = 50 * 1024 * 1024
SECONDS = 30
KEPT_FOR = timedelta(days=8)
logger = logging.getLogger(__name__)


class NotFetched(Exception):
    """A list can't be had or read; the message names the place."""


def fetch(now: datetime) -> int:
    """Fetch every list anew (regularly); returns how many are new. A place that doesn't answer leaves the last list in force until it runs out."""
    new = 0
    for place in settings.CARD_CRLS:
        try:
            new += keep(place, _content(place), now)
        except NotFetched as problem:
            logger.warning(
                "a revocation list was not fetched",
                extra={"place": urlsplit(place).hostname or "file", "why": str(problem)},
            )
    forget(now)
    return new


def keep(place: str, content: bytes, now: datetime) -> bool:
    """Keep a list; returns whether it is one we didn't have. Raises `NotFetched` for what is none."""
    crl = load(content)
    if crl is None:
        raise NotFetched("no revocation list")
    row = RevocationList(
        source=place[:300], digest=hashlib.sha256(content).hexdigest(), content=content,
        issued_at=crl.last_update_utc, next_at=crl.next_update_utc, fetched_at=now,
    )  # fmt: skip
    there = RevocationList.objects.filter(digest=row.digest).exists()
    RevocationList.objects.bulk_create([row], ignore_conflicts=True)
    return not there


def load(content: bytes) -> x509.CertificateRevocationList | None:
    """The list in a file, PEM or DER; None where it is none."""
    pem = content.startswith(b"-----BEGIN")
    try:
        found = x509.load_pem_x509_crl(content) if pem else x509.load_der_x509_crl(content)
        found.extensions  # noqa: B018 - parts are read late: what is broken is to be found here
    except UNREADABLE:
        return None
    return found


def current(now: datetime) -> list[RevocationList]:
    """The lists that have not run out, newest first."""
    return list(RevocationList.objects.filter(next_at__gt=now).order_by("-issued_at"))


def forget(now: datetime) -> None:
    """Delete lists that ran out some days ago and on which no judgement rests."""
    over = Q(next_at__lt=now - KEPT_FOR) | Q(next_at=None, fetched_at__lt=now - KEPT_FOR)
    RevocationList.objects.filter(over, signatures=None).delete()


def _content(place: str) -> bytes:
    parts = urlsplit(place)
    if parts.scheme in ("", "file"):
        try:
            with Path(unquote(parts.path)).open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as error:
            raise NotFetched(error.strerror or "unreadable") from None
    else:
        content = _over_the_net(place)
    if len(content) > LARGEST:
        raise NotFetched("too large")
    return content


def _over_the_net(place: str) -> bytes:
    content = bytearray()
    try:
        with httpx.stream("GET", place, timeout=SECONDS, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise NotFetched(f"status {answer.status_code}")
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST:
                    break
    except httpx.HTTPError as error:
        raise NotFetched(type(error).__name__) from None
    return bytes(content)
