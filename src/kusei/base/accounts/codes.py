"""Codes that prove something: six digits by e-mail, twelve characters by letter. Kept only as keyed hashes."""

import secrets
from hmac import compare_digest
from uuid import UUID

from django.utils.crypto import salted_hmac

EMAIL_DIGITS = 6


def draw_email_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**EMAIL_DIGITS):0{EMAIL_DIGITS}d}"


def keyed_hash(row: UUID, code: str) -> str:
    """The hash under which the row `row` keeps its code, 64 hexadecimal digits: HMAC-SHA-256 with the installation's secret."""
    return salted_hmac("kusei.accounts.codes", f"{row}:{code}", algorithm="sha256").hexdigest()


def same(row: UUID, code: str, kept: str) -> bool:
    """Whether the code is the one the row keeps, compared in constant time."""
    return compare_digest(keyed_hash(row, code), kept)
