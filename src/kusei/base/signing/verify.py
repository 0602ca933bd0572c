"""The whole judgement of a signature by a card: over this content, by whom, trusted, in force, not revoked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509

from kusei.base.signing.chain import chain_of
from kusei.base.signing.cms import Failure, signed
from kusei.base.signing.holder import Holder, holder_of
from kusei.base.signing.revocation import Crl, judge

CLOCKS_DIFFER = timedelta(minutes=10)
OLDEST = timedelta(days=7)
"""How long before it reached us a signature may say it was made."""


@dataclass(frozen=True)
class Verdict:
    """A signature that holds: whose, by which certificates (the trusted one last), when it says it was made, and the lists that show that
    none of them was revoked. `told` is False where for one of them no current list tells: then it is not accepted yet."""

    holder: Holder
    chain: list[x509.Certificate]
    claimed_at: datetime | None
    lists: list[Crl]
    told: bool


def verify(
    content: bytes, signature: bytes, anchors: Iterable[x509.Certificate], crls: Iterable[Crl], received_at: datetime
) -> Verdict:
    """Judge a signature that reached us at a moment. It is that moment at which everything must hold: what a signer says about their clock
    proves nothing, so it must only agree with it.

    Raises `Failure` with one of: size, unreadable, form, algorithm, certificate, content, signature, trust, usage, time, revoked, holder, clock.
    """
    made = signed(content, signature)
    chain = chain_of(made.certificate, made.others, anchors, received_at)
    if made.claimed_at and not received_at - OLDEST <= made.claimed_at <= received_at + CLOCKS_DIFFER:
        raise Failure("clock")
    crls = list(crls)
    found = [judge(each, issuer, crls, received_at) for each, issuer in pairwise(chain)]
    lists = [each for each in found if each is not None]
    return Verdict(holder_of(made.certificate), chain, made.claimed_at, lists, told=len(lists) == len(found))
