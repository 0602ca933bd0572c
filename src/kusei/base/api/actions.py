"""What people do about programs that act for them: give a token, take it back."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.api.models import AppToken
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow, Refused

PURPOSE = "APIの利用"
SCOPES = ("read", "apply")
LONGEST_DAYS = 365
MOST = 20
PREFIX = "kusei_"


def digest(token: str) -> str:
    """What is kept of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@action(purpose=PURPOSE)
def give(name: str, scopes: list[str], days: int, *, by: Actor, now: datetime) -> str:
    """Give a program a token for one's account; returns it, for the only time. Raises Invalid, Refused for anybody but a resident, NotNow for too
    many."""
    if by.kind != "resident":
        raise Refused("api.give")
    problems = {}
    if not (name := name.strip()) or len(name) > 60 or not name.isprintable():
        problems["name"] = _("60文字までの名前を入力してください。")
    if not scopes or set(scopes) - set(SCOPES):
        problems["scopes"] = _("できることを選んでください。")
    if not 1 <= days <= LONGEST_DAYS:
        problems["days"] = _("1日から365日までで入力してください。")
    if problems:
        raise Invalid(problems)
    if AppToken.objects.filter(account_id=by.account_id, revoked_at=None, until__gt=now).count() >= MOST:
        raise NotNow(_("トークンが多すぎます。使っていないものを取り消してください。"))
    token = PREFIX + secrets.token_urlsafe(32)
    kept = AppToken.objects.create(
        account_id=by.account_id, name=name, scopes=[s for s in SCOPES if s in scopes], digest=digest(token), since=now,
        until=now + timedelta(days=days),
    )  # fmt: skip
    audit.log(by, "change", "api.give", subject=by.party_id, obj=kept, purpose=PURPOSE, now=now)
    return token


@action(purpose=PURPOSE, own="account_id", log="api.revoke")
def revoke(token: AppToken, *, by: Actor, now: datetime) -> AppToken:
    """Take a token back (取消): it opens nothing any more, from now on."""
    AppToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=now)
    return token
