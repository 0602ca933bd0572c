"""OpenID Connect, authorization code flow with PKCE: what is asked of a sign-in service, and what its answers are worth.

begin()  → the address to send the browser to, and what must be remembered until it comes back
finish() → from the browser's answer and what was remembered: who is there (`Proof`), or `Failed`
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import httpx
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from kusei.base.accounts.providers import LOOPBACK, Provider
from kusei.base.accounts.tokens import Failed, Proof, UnknownKey, proof_of

KEPT_FOR = 60 * 60
"""Seconds for which a service's metadata and keys are believed."""
ASKED_AGAIN = 60
"""Seconds between two askings because of an unknown key, however many tokens name one."""
PATIENCE = 5.0
LARGEST = 500_000


class Unreachable(Exception):
    """The service doesn't answer, or not as OpenID Connect Discovery 1.0 says."""


@dataclass(frozen=True)
class Flow:
    """What must be remembered of one sign-in: all of it secret random text."""

    state: str
    nonce: str
    verifier: str

    def kept(self) -> dict[str, str]:
        """As it is kept until the browser comes back."""
        return asdict(self)


@dataclass
class Known:
    """What is known of a service, and since when (seconds)."""

    metadata: dict[str, Any]
    keys: jwk.KeySet
    at: float


_known: dict[str, Known] = {}
_asked: dict[str, float] = {}


def begin(provider: Provider, return_to: str, now: datetime) -> tuple[str, Flow]:
    """Where to send the browser, and what to remember. Raises `Unreachable`."""
    known = _service(provider, now)
    flow = Flow(*(secrets.token_urlsafe(32) for _part in range(3)))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": return_to,
        "scope": provider.scope,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if provider.acr:
        asked["acr_values"] = " ".join(provider.acr)
    address = known.metadata["authorization_endpoint"]
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", flow


def finish(provider: Provider, answer: Mapping[str, str], flow: Flow, return_to: str, now: datetime) -> Proof:
    """Who is there, by the answer the browser brought. Raises `Failed`, or `Unreachable`."""
    known = _service(provider, now)
    if not compare_digest(answer.get("state", "").encode(), flow.state.encode()):
        raise Failed("state")
    said, must_say = answer.get("iss"), known.metadata.get("authorization_response_iss_parameter_supported") is True
    if (said or must_say) and said != provider.issuer:
        raise Failed("answer_iss")
    if answer.get("error") or not answer.get("code"):
        raise Failed("denied" if answer.get("error") == "access_denied" else "answer")
    token = _token(provider, known, answer["code"], flow, return_to, now)
    try:
        return proof_of(token, provider, known.keys, flow.nonce, now)
    except UnknownKey:
        return proof_of(token, provider, _service(provider, now, rotated=True).keys, flow.nonce, now)


def logout_address(provider: Provider, return_to: str, now: datetime) -> str:
    """Where one logs out of the service too (RP-Initiated Logout 1.0); "" where it has no such page or doesn't answer."""
    try:
        address = _service(provider, now).metadata.get("end_session_endpoint", "")
    except Unreachable:
        return ""
    asked = {"client_id": provider.client_id, "post_logout_redirect_uri": return_to}
    return f"{address}?{urlencode(asked)}" if address else ""


def forget_services() -> None:
    """Ask every service anew."""
    _known.clear()
    _asked.clear()


# ---- asking the service ------------------------------------------------------------------------------------------------------


def _service(provider: Provider, now: datetime, rotated: bool = False) -> Known:
    """What is known of the service, asked for when it is unknown or old, or when a token names a key we don't have."""
    known, at = _known.get(provider.issuer), now.timestamp()
    fresh = known is not None and 0 <= at - known.at < KEPT_FOR
    if fresh and not (rotated and at - _asked.get(provider.issuer, 0) >= ASKED_AGAIN):
        return known
    if rotated:
        _asked[provider.issuer] = at
    metadata = _fetch(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != provider.issuer:
        raise Unreachable("the metadata is another issuer's")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _secure(metadata.get(name), name)
    if "end_session_endpoint" in metadata:
        _secure(metadata["end_session_endpoint"], "end_session_endpoint")
    _known[provider.issuer] = Known(metadata, _public_keys(_fetch(metadata["jwks_uri"])), at)
    return _known[provider.issuer]


def _public_keys(document: dict[str, Any]) -> jwk.KeySet:
    """The signing keys of a JWKS; shared secrets (`oct`), keys for encryption and kinds we don't know are left out."""
    found = []
    for key in document.get("keys", []):
        if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP") or key.get("use", "sig") != "sig":
            continue
        try:
            found.append(jwk.import_key(key))
        except (JoseError, ValueError):
            continue
    if not found:
        raise Unreachable("no keys")
    return jwk.KeySet(found)


def _token(provider: Provider, known: Known, code: str, flow: Flow, return_to: str, now: datetime) -> str:
    """The ID token for a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "code_verifier": flow.verifier,
    }
    headers = {"Accept": "application/json"}
    if provider.client_secret:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret.get_secret_value(), safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form["client_id"] = provider.client_id
    if provider.client_key:
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form["client_assertion"] = _assertion(provider, now)
    status, body = _ask("POST", known.metadata["token_endpoint"], data=form, headers=headers)
    token = body.get("id_token")
    if status != 200 or not isinstance(token, str):
        raise Failed("code")
    return token


def _assertion(provider: Provider, now: datetime) -> str:
    """Who we are, signed with our key (RFC 7523), for this service and the next minute."""
    algorithm, at = provider.client_key_algorithm, int(now.timestamp())
    key = jwk.import_key(provider.client_key.get_secret_value(), "EC" if algorithm.startswith("ES") else "RSA")
    claims = {"iss": provider.client_id, "sub": provider.client_id, "aud": provider.issuer, "jti": str(uuid4())}
    header = {"alg": algorithm, "kid": key.thumbprint()}
    return jwt.encode(header, claims | {"iat": at, "exp": at + 60}, key, algorithms=[algorithm])


def _fetch(address: str) -> dict[str, Any]:
    status, body = _ask("GET", address)
    if status != 200:
        raise Unreachable(f"answered {status}")
    return body


def _ask(method: str, address: str, **more) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer; never follows a redirect. Raises `Unreachable`."""
    try:
        answer = httpx.request(method, address, timeout=PATIENCE, follow_redirects=False, **more)
        body = answer.json() if len(answer.content) <= LARGEST else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unreachable(type(error).__name__) from None
    if answer.status_code >= 500 or not isinstance(body, dict):
        raise Unreachable(f"answered {answer.status_code}")
    return answer.status_code, body


def _secure(address: Any, name: str) -> None:
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise Unreachable(f"{name} is no https address")
