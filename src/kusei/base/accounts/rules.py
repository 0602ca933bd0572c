"""What people type when they sign in, brought to one form and judged. Pure."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

LONGEST_EMAIL = 254
LONGEST_PASSWORD = 200


def plain_email(typed: str) -> str:
    """The address as it is kept: half-width small letters, no spaces around. Raises ValueError saying what to do."""
    email = unicodedata.normalize("NFKC", typed).strip().lower()
    if not email:
        raise ValueError(_("メールアドレスを入力してください。"))
    try:
        validate_email(email)
    except ValidationError:
        raise ValueError(
            _("メールアドレスの形ではありません。「name@example.com」のように入力してください。")
        ) from None
    if len(email) > LONGEST_EMAIL:
        raise ValueError(_("メールアドレスが長すぎます。"))
    return email


def plain_digits(typed: str) -> str:
    """Only the digits, half-width: people copy codes with spaces and hyphens."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isascii() and c.isdigit())


def plain_staff_number(typed: str) -> str:
    """A staff number (職員番号) as it is kept: half-width capitals without spaces."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()
