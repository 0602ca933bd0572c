"""Identifiers: time-ordered keys for rows, spoken numbers for people."""

import os
import secrets
import time
import unicodedata
import uuid
from datetime import datetime

from kusei.base.kernel.clock import JAPAN

# Crockford's base 32: no I, L, O or U, so that a number read over the telephone arrives as it left.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEARD_AS = str.maketrans("ILOabcdefghjkmnpqrstvwxyzilo", "110ABCDEFGHJKMNPQRSTVWXYZ110")


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): random, and ordered by time so that indexes stay compact. The twelve bits after the version hold the
    fraction of the millisecond (its method 3), so that what one process makes one after the other sorts so."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    drawn = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | (rest * 4096 // 1_000_000) << 64 | 0b10 << 62 | drawn)


def _check_character(body: str) -> str:
    """The characters' values weighted in the field of 32 elements (x⁵ + x² + 1): catches every single error and swap of neighbours, since no
    two of up to 31 places have the same weight."""
    total = 0
    for character in body:
        total ^= _ALPHABET.index(character)
        total = (total << 1) ^ (0b100101 if total & 0b10000 else 0)
    return _ALPHABET[total]


_RANDOM_BITS = 24
_BODY = 1 << 35
"""Seven characters: eleven bits for the minute of the day, twenty-four drawn."""
_SCRAMBLE, _SHIFT = 21_863_046_749, 9_270_134_377
"""An odd factor and any shift: multiplied modulo a power of two, different bodies stay different."""


def receipt_number(now: datetime) -> str:
    """A receipt number (受付番号) such as `261121-7KQ4-M2XC`.

    Date in Japan, seven characters, one check character. The seven hold the minute of the day and 24 random bits, scrambled: they can be
    neither guessed nor counted, and a number of one minute is never one of another. So after a restore, which forgets the numbers given
    out since the backup, none comes a second time: the restore ends in a later minute (docs/operations.md). Within a minute
    the column is unique and the caller draws again on a clash.
    """
    here = now.astimezone(JAPAN)
    body = _body(here.hour * 60 + here.minute, secrets.randbits(_RANDOM_BITS))
    day = f"{here:%y%m%d}"
    return f"{day}-{body[:4]}-{body[4:]}{_check_character(day + body)}"


def _body(minute: int, drawn: int) -> str:
    """The seven characters of a minute of the day (below 2^11) and what was drawn (below 2^24); one to one."""
    value = ((minute << _RANDOM_BITS | drawn) * _SCRAMBLE + _SHIFT) % _BODY
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(30, -1, -5))


def read_receipt_number(typed: str) -> str | None:
    """The number as it is kept, from what a person typed (small letters, spaces, O for 0); None where its check fails."""
    plain = "".join(c for c in typed.translate(_HEARD_AS) if c in _ALPHABET)
    if len(plain) != 14 or _check_character(plain[:13]) != plain[13]:
        return None
    return f"{plain[:6]}-{plain[6:10]}-{plain[10:]}"


def check_code() -> str:
    """A code that proves a paper genuine (確認コード), such as `7KQ4-M2XC-9ABD`: eleven random characters, one check character."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(11))
    return _in_fours(body + _check_character(body))


def read_check_code(typed: str) -> str | None:
    """The code as it is kept, from what a person typed (any width, small letters, spaces, O for 0); None where its check fails."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", typed).translate(_HEARD_AS) if c in _ALPHABET)
    if len(plain) != 12 or _check_character(plain[:11]) != plain[11]:
        return None
    return _in_fours(plain)


def _in_fours(plain: str) -> str:
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))
