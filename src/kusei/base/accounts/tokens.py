"""Judging an ID token (OpenID Connect Core 1.0, 3.1.3.7). Pure: keys and time are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from kusei.base.accounts.providers import Assurance, Provider

LEEWAY = 60
"""Seconds by which clocks may differ."""
OLDEST = 10 * 60
"""Seconds after which a token that was just asked for can't be the one."""
LONGEST_TOKEN = 20_000
LONGEST_SUBJECT = 255


class Failed(Exception):
    """A sign-in that proves nothing. `reason` is a word for the audit log; people are told only that it failed."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class UnknownKey(Failed):
    """The token names a key that isn't among the keys: they may have been rotated."""


@dataclass(frozen=True)
class Proof:
    """Who the service says is there: `subject` is unique under `issuer`, and means nothing elsewhere."""

    issuer: str
    subject: str
    assurance: Assurance


def proof_of(token: str, provider: Provider, keys: KeySet, nonce: str, now: datetime) -> Proof:
    """What the token proves. Raises `Failed`; `UnknownKey` where the service's keys should be asked for again."""
    claims = _signed(token, provider, keys)
    _for_us(claims, provider)
    _in_time(claims, now.timestamp())
    if not isinstance(said := claims.get("nonce"), str) or not compare_digest(said.encode(), nonce.encode()):
        raise Failed("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise Failed("sub")
    acr = claims.get("acr")
    assurance = provider.assurance_of(acr if isinstance(acr, str) else None)
    if assurance is None:
        raise Failed("acr")
    return Proof(provider.issuer, subject, assurance)


def _signed(token: str, provider: Provider, keys: KeySet) -> Mapping[str, Any]:
    """The claims, if one of the service's keys signed them with an algorithm that is allowed."""
    if len(token) > LONGEST_TOKEN:
        raise Failed("size")
    allowed = list(provider.algorithms)
    try:
        return jwt.decode(token, keys, algorithms=allowed, registry=JWSRegistry(algorithms=allowed)).claims
    except InvalidKeyIdError:
        raise UnknownKey("kid") from None
    except (JoseError, ValueError):
        raise Failed("signature") from None


def _for_us(claims: Mapping[str, Any], provider: Provider) -> None:
    """The service made it, and for us: no other issuer, no other audience beside ours without being our party."""
    if claims.get("iss") != provider.issuer:
        raise Failed("iss")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", provider.client_id if len(audiences) == 1 else None)
    if provider.client_id not in audiences or party != provider.client_id:
        raise Failed("aud")


def _in_time(claims: Mapping[str, Any], now: float) -> None:
    """Made a moment ago, and not over."""
    until, made = claims.get("exp"), claims.get("iat")
    if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in (until, made)):
        raise Failed("times")
    if until <= now - LEEWAY:
        raise Failed("exp")
    if not now - OLDEST <= made <= now + LEEWAY:
        raise Failed("iat")
    if isinstance(start := claims.get("nbf"), int | float) and start > now + LEEWAY:
        raise Failed("nbf")
