"""The ways into an account besides e-mail code and password: identities at sign-in services, and passkeys.

Nothing here goes by e-mail address or name: an identity is found by issuer and subject, a passkey by its credential id.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.accounts.models import Account, Identity, Passkey
from kusei.base.accounts.queries import actor_for
from kusei.base.accounts.tokens import LONGEST_SUBJECT, Proof
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.ids import new_id
from kusei.base.tell.actions import tell

PURPOSE = "ログイン方法"


def admitted(account: Account | None, kind: str, detail: dict, *, by: Actor, now: datetime) -> Account | None:
    """The account if it may come in at this door (`kind`), logged either way; None where it is closed, of the other kind, or unknown."""
    acting = actor_for(account, now) if account and account.kind == kind else None
    if acting is None or acting.kind != kind:
        audit.refusal(by, "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail=detail)
        return None
    audit.log(acting, "change", "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail=detail)
    return account


def identities(proof: Proof) -> QuerySet[Identity]:
    """The identity that the proof is about, if we know it: at most one."""
    return Identity.objects.filter(issuer=proof.issuer, subject=proof.subject)


@action(purpose="ログイン")
def sign_in_with_identity(proof: Proof, kind: str, *, by: Actor, now: datetime) -> Account | None:
    """The account of that kind (resident, staff) to which the identity belongs; None, with a refusal logged, where there is none."""
    identity = identities(proof).select_related("account").first()
    detail = {"means": "oidc", "issuer": proof.issuer, "assurance": proof.assurance}
    account = admitted(identity.account if identity else None, kind, detail, by=by, now=now)
    if account:
        Identity.objects.filter(id=identity.id).update(last_used_at=now)
    return account


@action(purpose="ログイン")
def open_account(proof: Proof, *, by: Actor, now: datetime) -> Account:
    """A new resident's account for an identity that nobody has yet; it has no address. Raises NotNow where somebody just was faster."""
    id = new_id()
    account = Account(
        id=id, kind="resident", login=f"id-{id.hex[-12:]}", language=get_language() or "ja", created_at=now
    )
    account.set_unusable_password()
    account.save(force_insert=True)
    _add(account, proof, now)
    detail = {"means": "oidc", "issuer": proof.issuer, "assurance": proof.assurance}
    return admitted(account, "resident", detail, by=by, now=now)


@action(purpose=PURPOSE, own="id")
def link_identity(account: Account, proof: Proof, *, by: Actor, now: datetime) -> None:
    """Let the resident's account be entered with the identity too. Both must be signed in to: the caller has the proof, `by` is the account.

    Raises NotNow where the identity belongs to another account, or the account is a member of staff's (see `register_identity`).
    """
    if account.kind != "resident":
        raise NotNow(_("職員のログイン方法は、ICT担当が登録します。"))
    if identities(proof).filter(account=account).exists():
        return
    _add(account, proof, now)
    logged_and_told(account, "added", "oidc", by, now)


@action(may="staff.grant", purpose="権限付与")
def register_identity(account: Account, issuer: str, subject: str, *, by: Actor, now: datetime) -> None:
    """The ICT office lets a member of staff in by who they are at the ward's sign-in service.

    Raises Invalid for a subject that can't be one, NotNow where it belongs to somebody, or to whoever would register it for themselves.
    """
    if account.kind != "staff" or not account.is_active or not hasattr(account, "staff"):
        raise Invalid({"number": _("この職員番号の職員はいません。")})
    if account.id == by.account_id:
        raise NotNow(_("自分の登録はできません。ほかの管理者に頼んでください。"))
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise Invalid({"subject": _("識別子を入力してください。")})
    _add(account, Proof(issuer, subject, "email"), now)
    detail = {"means": "oidc", "issuer": issuer}
    audit.log(by, "change", "accounts.means_added", obj=account, purpose="権限付与", now=now, detail=detail)


@action(may="staff.grant", purpose="権限付与")
def end_identity(identity: Identity, *, by: Actor, now: datetime) -> None:
    """The ICT office ends it; the member of staff keeps whatever other way in they have. Raises NotNow where it isn't a member of staff's."""
    if not Identity.objects.filter(id=identity.id, account__kind="staff").delete()[0]:
        raise NotNow(_("この登録は、すでに取り消されています。"))
    detail = {"means": "oidc", "issuer": identity.issuer}
    audit.log(by, "change", "accounts.means_removed", obj=identity.account, purpose="権限付与", now=now, detail=detail)


@action(purpose=PURPOSE, own="id")
def rename_passkey(account: Account, passkey: UUID, name: str, *, by: Actor, now: datetime) -> None:
    """Give one's passkey another name. Raises NotNow where it isn't there."""
    if not Passkey.objects.filter(id=passkey, account=account).update(name=named(name)):
        raise NotNow(_("このログイン方法は、すでにありません。"))
    audit.log(by, "change", "accounts.passkey_renamed", obj=account, purpose=PURPOSE, now=now)


@action(purpose=PURPOSE, own="id")
def remove(account: Account, kind: str, id: UUID, *, by: Actor, now: datetime) -> None:
    """Take one's passkey (kind `passkey`) or identity (`oidc`) away. Raises NotNow where it is the last way in, or isn't there."""
    Account.objects.select_for_update().get(id=account.id)
    if kind == "oidc" and account.kind == "staff":
        raise NotNow(_("職員のログイン方法は、ICT担当が登録します。"))
    ways = {"passkey": Passkey, "oidc": Identity}[kind].objects.filter(id=id, account=account)
    if not ways.exists():
        raise NotNow(_("このログイン方法は、すでにありません。"))
    if ways_in(account) <= 1:
        raise NotNow(_("最後のログイン方法は消せません。先にほかの方法を登録してください。"))
    ways.delete()
    logged_and_told(account, "removed", kind, by, now)


def ways_in(account: Account) -> int:
    """In how many ways the account can be entered: an address or a password counts as one."""
    plain = bool(account.email) if account.kind == "resident" else account.has_usable_password()
    return plain + account.identities.count() + account.passkeys.count()


def named(typed: str) -> str:
    """A passkey's name, as typed or the usual one."""
    return " ".join(typed.split())[:60] or _("パスキー")


def _add(account: Account, proof: Proof, now: datetime) -> None:
    try:
        with transaction.atomic():
            Identity.objects.create(account=account, issuer=proof.issuer, subject=proof.subject, since=now)
    except IntegrityError:
        raise NotNow(_("この認証サービスの登録は、すでに別のアカウントで使われています。")) from None


NAMES = {
    "passkey": {"ja": "パスキー", "ja-easy": "パスキー", "en": "a passkey"},
    "oidc": {"ja": "認証サービス", "ja-easy": "ほかの サービス", "en": "a sign-in service"},
}


def logged_and_told(account: Account, what: str, kind: str, by: Actor, now: datetime) -> None:
    """Into the log, and to the resident, who would notice a way in that isn't theirs."""
    audit.log(by, "change", f"accounts.means_{what}", obj=account, purpose=PURPOSE, now=now, detail={"means": kind})
    if account.kind == "resident":
        tell(account.id, f"accounts/means-{what}", {"means": NAMES[kind]}, now=now, link="/account/keys")
