"""Who holds a card: the four items (基本4情報) in the certificate for signing, and whether the register knows the same person. Pure.

The profile of the certificates (公的個人認証サービス プロファイル仕様書, J-LIS) keeps them in subjectAltName as otherName: name …5.5.1, sex …5.5.3, birthday
…5.5.4 (a digit for the era, then YYYYMMDD of the Gregorian calendar), address …5.5.5. Characters the card can't show are replaced (…5.5.2
and …5.5.6 say which): the register's own character is another then, and the counter has to look.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from asn1crypto.core import UTF8String
from cryptography import x509

from kusei.base.parties.rules import plain_place, search_name
from kusei.base.signing.cms import Failure

_ARC = "1.2.392.200149.8.5.5."
NAME, SEX, BIRTH, ADDRESS = (x509.ObjectIdentifier(f"{_ARC}{number}") for number in (1, 3, 4, 5))
_BIRTH = re.compile(r"[0-9]([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True, repr=False)
class Holder:
    """Who the certificate says holds the card. Shown by mistake, it shows nothing."""

    name: str
    birth_date: date
    address: str

    def __repr__(self) -> str:
        return "Holder(…)"


def holder_of(certificate: x509.Certificate) -> Holder:
    """Who holds the card. Raises `Failure("holder")` for a certificate that doesn't say, or says something twice."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        given = [(each.type_id, each.value) for each in names if isinstance(each, x509.OtherName)]
        if len({kind for kind, _value in given}) != len(given):
            raise Failure("holder")
        said = {
            kind: UTF8String.load(value, strict=True).native for kind, value in given if kind in (NAME, BIRTH, ADDRESS)
        }
        born = _BIRTH.fullmatch(said[BIRTH])
        return Holder(said[NAME].strip(), date(*map(int, born.groups())), said[ADDRESS].strip())
    except (x509.ExtensionNotFound, ValueError, TypeError, KeyError, AttributeError):
        raise Failure("holder") from None


def same_person(holder: Holder, names: Collection[str], birth_date: date, town: str, block: str, ward: str) -> bool:
    """Whether the register's person is the card's holder: one of the names (異体字 or not, spaces or none), the birthday, and the address, of
    which town and block must stand behind the ward's name. A card whose owner moved is no longer valid, so these agree or somebody errs."""
    place = plain_place(town, block)
    there = plain_place(holder.address, "")
    stands = re.search(rf"{re.escape(ward)}{re.escape(place)}(?![0-9])", there) if place else None
    return (
        holder.birth_date == birth_date
        and search_name(holder.name) in {search_name(n) for n in names if n}
        and bool(stands)
    )
