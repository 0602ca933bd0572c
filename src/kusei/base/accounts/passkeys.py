"""Passkeys (Web Authentication): registering them, and signing in with them without typing a name.

The challenge of either is kept by `challenges`: bound to the session, worth one answer. Site and address (`rp_id`, `origin`) come from the
configured address, never from the request.
"""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from django.conf import settings
from django.utils.translation import gettext as _
from webauthn.helpers import (
    base64url_to_bytes,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kusei.base import audit
from kusei.base.accounts.means import PURPOSE, admitted, logged_and_told, named
from kusei.base.accounts.models import Account, Passkey
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.i18n import text
from kusei.base.kernel.wards import load_ward

MOST = 20
LONGEST_ANSWER = 20_000
_MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What an answer made to harm can make of its parsing: CBOR and DER are read from bytes that a stranger chose."""


def rp_id() -> str:
    """The host that passkeys belong to."""
    return urlsplit(settings.ADDRESS).hostname


def verification(kind: str) -> UserVerificationRequirement:
    """Staff must prove themselves to the key (fingerprint, PIN); residents' keys do so where they can."""
    return UserVerificationRequirement.REQUIRED if kind == "staff" else UserVerificationRequirement.PREFERRED


def creation_options(account: Account) -> str:
    """What the browser needs to make a passkey, as JSON with its `challenge`. Raises NotNow where there are too many."""
    held = list(account.passkeys.all())
    if len(held) >= MOST:
        raise NotNow(_("パスキーが多すぎます。使わないものを消してください。"))
    options = webauthn.generate_registration_options(
        rp_id=rp_id(),
        rp_name=text(load_ward(settings.WARD).name),
        user_id=account.id.bytes,
        user_name=account.login,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=verification(account.kind)
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(passkey.credential)) for passkey in held],
    )
    return webauthn.options_to_json(options)


def request_options(kind: str) -> str:
    """What the browser needs to sign in with any passkey it has for this site, as JSON."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(rp_id=rp_id(), user_verification=verification(kind))
    )


def challenge_of(options: str) -> str:
    """The challenge in the options, as it is kept (base64url)."""
    return json.loads(options)["challenge"]


@action(purpose=PURPOSE, own="id")
def register(account: Account, answer: str, challenge: str, name: str, *, by: Actor, now: datetime) -> Passkey:
    """Keep the passkey that the browser made for this challenge. Raises NotNow where it proves nothing or is known already."""
    try:
        made = webauthn.verify_registration_response(
            credential=parse_registration_credential_json(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rp_id(),
            expected_origin=settings.ADDRESS,
            require_user_verification=account.kind == "staff",
        )
    except _MALFORMED:
        raise NotNow(_("パスキーを確かめられませんでした。もう一度お試しください。")) from None
    passkey = Passkey(
        account=account,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        synced=made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        name=named(name),
        since=now,
    )
    Passkey.objects.bulk_create([passkey], ignore_conflicts=True)
    if not Passkey.objects.filter(id=passkey.id).exists():
        raise NotNow(_("このパスキーは、すでに登録されています。"))
    logged_and_told(account, "added", "passkey", by, now)
    return passkey


@action(purpose="ログイン")
def sign_in_with_passkey(answer: str, challenge: str, kind: str, *, by: Actor, now: datetime) -> Account | None:
    """The account of that kind (resident, staff) whose passkey answered the challenge; None, with a refusal logged, where nothing is proved.

    A counter that doesn't go up means that the key was copied: refused. Keys that sync count nothing and stay at 0.
    """
    detail = {"means": "passkey"}
    parsed = _parsed(answer)
    passkey = _named_by(parsed) if parsed else None
    count = _counted(parsed, challenge, passkey) if passkey else None
    if count is None:
        known = passkey.account if passkey else None
        audit.refusal(by, "accounts.sign_in", obj=known, purpose="ログイン", now=now, detail=detail)
        return None
    account = admitted(passkey.account, kind, detail, by=by, now=now)
    if account:
        Passkey.objects.filter(id=passkey.id).update(sign_count=count, last_used_at=now)
    return account


def _parsed(answer: str) -> Any | None:
    try:
        return parse_authentication_credential_json(answer)
    except _MALFORMED:
        return None


def _named_by(parsed: Any) -> Passkey | None:
    """The passkey that the answer names, held until the transaction ends, if its owner (user handle) fits: names are nobody's word alone."""
    found = Passkey.objects.select_for_update(of=("self",)).select_related("account")
    passkey = found.filter(credential=parsed.raw_id).first()
    handle = parsed.response.user_handle
    if passkey is None or not handle or len(handle) != 16 or UUID(bytes=bytes(handle)) != passkey.account_id:
        return None
    return passkey


def _counted(parsed: Any, challenge: str, passkey: Passkey) -> int | None:
    """The key's new counter, if it signed this challenge for this site; staff must have proved themselves to it."""
    try:
        return webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rp_id(),
            expected_origin=settings.ADDRESS,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=passkey.account.kind == "staff",
        ).new_sign_count
    except _MALFORMED:
        return None
