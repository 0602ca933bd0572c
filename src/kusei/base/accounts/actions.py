"""Signing in, and tying an account to a person of the register.

What fails here because of a wrong code returns None or False and doesn't raise: the counted try must stay counted. Throttling is the
caller's, before it calls (`throttle.take`), since an action's transaction may be rolled back.
"""

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.accounts import codes, throttle
from kusei.base.accounts.messages import CardSigned, CodeTyped, LetterWanted
from kusei.base.accounts.models import Account, EmailCode, LetterCode, PartyLink
from kusei.base.accounts.queries import actor_for, link_of
from kusei.base.kernel import parts
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.ids import check_code, read_check_code
from kusei.base.line import actions as line
from kusei.base.parties import queries as parties
from kusei.base.parties.models import Party
from kusei.base.signing import actions as signing
from kusei.base.signing.canonical import canonical
from kusei.base.signing.cms import LARGEST
from kusei.base.tell.actions import letter, mail, tell

EMAIL_CODE_LIVES = timedelta(minutes=10)
LETTER_CODE_LIVES = timedelta(days=30)
TRIES = 5
TIE_FORMAT = "kusei-tie/1"


# ---- by e-mail code --------------------------------------------------------------------------------------------------------


@action(purpose="ログイン")
def request_email_code(email: str, *, device: str, by: Actor, now: datetime) -> EmailCode:
    """Send a code to the address (as `rules.plain_email` gives it), whether or not an account has it: nothing here tells.

    The code can be used only from `device`, the browser that asked, so a code read aloud to a stranger doesn't serve the stranger.
    """
    code = codes.draw_email_code()
    row = EmailCode(email=email, created_at=now, expires_at=now + EMAIL_CODE_LIVES, device=device)
    row.code_hash = codes.keyed_hash(row.id, code)
    row.save(force_insert=True)
    minutes = EMAIL_CODE_LIVES // timedelta(minutes=1)
    mail(email, "accounts/sign-in-code", {"code": code, "minutes": minutes}, language=get_language() or "ja", now=now)
    return row


@action(purpose="ログイン")
def sign_in_with_code(email: str, code: str, *, device: str, by: Actor, now: datetime) -> Account | None:
    """The resident's account behind the address, made now if there is none, for a code that was sent to it and asked for here.

    Every code open for this address and device counts the try; after five it is worth nothing. None where the code is wrong, used
    up or too old, or the account is closed.
    """
    open_codes = EmailCode.objects.filter(email=email, device=device, used_at=None, expires_at__gt=now, tries__lt=TRIES)
    used = _use(open_codes, code, now)
    account = _account_of(email, now) if used else None
    if account is None or not account.is_active:
        audit.refusal(by, "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail={"means": "email"})
        return None
    EmailCode.objects.filter(email=email, device=device, used_at=None).update(expires_at=now)
    language = get_language() or "ja"
    if account.language != language:  # one is written to in the language in which one last signed in
        account.language = language
        account.save(update_fields=["language"])
    audit.log(
        _as(account), "change", "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail={"means": "email"}
    )
    return account


def _use(open_codes: QuerySet, code: str, now: datetime) -> EmailCode | LetterCode | None:
    """Count a try on each of the open codes, and use up the one that fits: of two requests at once, only one gets it."""
    rows = list(open_codes.select_for_update().order_by("id"))
    fitting = [row for row in rows if codes.same(row.id, code, row.code_hash)]
    kept = open_codes.model.objects
    kept.filter(id__in=[row.id for row in rows]).update(tries=F("tries") + 1)
    kept.filter(id__in=[row.id for row in fitting]).update(used_at=now)
    return fitting[0] if fitting else None


def _account_of(email: str, now: datetime) -> Account | None:
    """The resident's account with this address; of several that ask at once with a new one, all get the same."""
    made = Account(kind="resident", login=email, email=email, language=get_language() or "ja", created_at=now)
    made.set_unusable_password()
    Account.objects.bulk_create([made], ignore_conflicts=True)
    return Account.objects.filter(login=email, kind="resident").first()


def _as(account: Account) -> Actor:
    return Actor(kind=account.kind, account_id=account.id, name=account.login)


# ---- staff -------------------------------------------------------------------------------------------------------------------


@action(purpose="ログイン")
def sign_in_staff(number: str, password: str, *, by: Actor, now: datetime) -> Account | None:
    """The member of staff's account for a staff number (職員番号) and its password; None where they don't belong together.

    An unknown number takes as long as a wrong password. Residents' accounts have no way in here.
    """
    account = Account.objects.filter(login=number, kind="staff", closed_at=None).first()
    if account is None:
        make_password(password)
    if account is None or not check_password(password, account.password):
        audit.refusal(
            by, "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail={"means": "staff_number"}
        )
        return None
    acting = actor_for(account, now)
    if acting.kind != "staff":
        audit.refusal(
            by, "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail={"means": "staff_number"}
        )
        return None
    detail = {"means": "staff_number"}
    audit.log(acting, "change", "accounts.sign_in", obj=account, purpose="ログイン", now=now, detail=detail)
    return account


# ---- tying an account to a person (本人確認) ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claimed:
    """Who somebody says they are, as registered: name or reading, birthday, town and block."""

    name: str
    birth_date: date
    town: str
    block: str


@action(purpose="本人確認", own="id")
def request_letter(account: Account, claimed: Claimed, *, by: Actor, now: datetime) -> None:
    """Have a letter with a code (本人確認コード) sent to the registered address of the one person who is exactly as claimed.

    Returns nothing and tells nothing: that there is such a person, that they are protected, or that they had letters enough is
    seen in no answer. The office, which has the register, does the rest (`send_letter`).
    Raises NotNow where the account is tied already.
    """
    if link_of(account.id, now):
        raise NotNow(_("このアカウントは、すでに本人確認が済んでいます。"))
    body = LetterWanted(account_id=account.id, language=account.language, at=now, **vars(claimed))
    line.send("accounts.letter_wanted", body, matter=account.id, now=now)


@action(purpose="本人確認", own="id")
def send_letter(account: Account, claimed: Claimed, *, by: Actor, now: datetime) -> None:
    """The office's part of `request_letter`. Everything is in the audit log, with the person as subject where there is one."""
    people = parties.matching_exactly(claimed.name, claimed.birth_date, claimed.town, claimed.block, now)
    if len(people) != 1:
        audit.refusal(
            by, "accounts.request_letter", obj=account, purpose="本人確認", now=now, detail={"matches": len(people)}
        )
        return
    person = people[0]
    try:
        throttle.take("letter_to_person", {"person": str(person.id)}, now)
    except throttle.TooMany:
        detail = {"throttled": True}
        audit.refusal(
            by, "accounts.request_letter", subject=person, obj=account, purpose="本人確認", now=now, detail=detail
        )
        return
    _send_letter(account, person, now)
    audit.log(by, "change", "accounts.request_letter", subject=person, obj=account, purpose="本人確認", now=now)


def _send_letter(account: Account, person: Party, now: datetime) -> None:
    """Draw a code, which replaces the account's earlier ones for this person, and post it to where the person is registered."""
    LetterCode.objects.filter(account=account, party=person, used_at=None, expires_at__gt=now).update(expires_at=now)
    code = check_code()
    row = LetterCode(party=person, account=account, created_at=now, expires_at=now + LETTER_CODE_LIVES)
    row.code_hash = codes.keyed_hash(row.id, code)
    row.save(force_insert=True)
    home = parties.home_of(person.id, now)
    envelope = f"〒{home.postal_code}\n{home}" if home.postal_code else str(home)
    context = {"code": code, "until": local_date(row.expires_at)}
    letter(envelope, person.name, "accounts/tie-letter", context, now=now, language=account.language)


@action(purpose="本人確認", own="id")
def tie_with_code(account: Account, typed: str, *, by: Actor, now: datetime) -> bool:
    """Tie the account to the person whose letter's code was typed; False where the code is wrong, used up or too old.

    A slip of the pen (the check character) costs no try. Raises NotNow, which leaves the code unused, where the account or the
    person is tied already: one person, one account. Gives `line.UNDER_WAY` where the office has yet to judge the code.
    """
    code = read_check_code(typed)
    if code is None:
        return False
    body = CodeTyped(account_id=account.id, code=code, at=now)
    return line.send("accounts.code_typed", body, matter=account.id, now=now)


class Clash(NotNow):
    """Account or person is tied already; `reason` says which."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


@action(purpose="本人確認", own="id")
def tie_by_code(account: Account, code: str, *, by: Actor, now: datetime) -> bool:
    """The office's part of `tie_with_code`, for a well-formed code. Raises Clash."""
    mine = LetterCode.objects.filter(account=account, used_at=None, expires_at__gt=now, tries__lt=TRIES)
    waiting = list(mine.values_list("party_id", flat=True))
    row = _use(mine, code, now)
    if row is None:
        for party_id in waiting or [None]:
            audit.refusal(by, "accounts.tie", subject=party_id, obj=account, purpose="本人確認", now=now)
        return False
    _tie(account, row.party, "letter", by, now)
    return True


def text_of_tie(account: Account, drawn: str, now: datetime) -> bytes:
    """What is signed with the card to say whose account this is; `drawn` is random, so that each text is signed for once."""
    said = {
        "format": TIE_FORMAT,
        "account": str(account.id),
        "ward": settings.WARD,
        "at": now.isoformat(),
        "nonce": drawn,
    }
    return canonical(said)


@action(purpose="本人確認", own="id")
def tie_with_card(account: Account, content: bytes, cms: bytes, *, by: Actor, now: datetime) -> bool:
    """Tie the account to the person whose card signed its text (`text_of_tie`). Raises Invalid with what is wrong with the signature, NotNow
    where it can't be judged or account or person are tied already. Gives `line.UNDER_WAY` where the office has yet to judge it."""
    signature = base64.b64encode(cms).decode()
    if not signature or len(cms) > LARGEST:
        raise Invalid({"signature": signing.told("size")})
    body = CardSigned(account_id=account.id, text=content.decode(), signature=signature, at=now)
    return line.send("accounts.card_signed", body, matter=account.id, now=now)


@action(purpose="本人確認", own="id")
def tie_by_card(account: Account, content: bytes, cms: bytes, *, by: Actor, now: datetime) -> bool:
    """The office's part of `tie_with_card`. Raises Invalid, NotNow, Clash."""
    try:
        said = json.loads(content)
        named = (said["format"], said["account"], said["ward"])
    except (ValueError, KeyError, TypeError):
        named = None
    if named != (TIE_FORMAT, str(account.id), settings.WARD):
        raise Invalid({"signature": signing.told("content")})
    person = signing.identify(content, cms, about=account.id, by=by, now=now)
    _tie(account, person, "card", by, now)
    return True


@action(purpose="本人確認", own="id")
def prove_by_card(account: Account, content: bytes, cms: bytes, *, by: Actor, now: datetime) -> None:
    """Whoever uses a tied account holds the card of the person it is tied to, so the session may count as such (保証レベル). Raises Invalid, NotNow."""
    signature = signing.receive(content, cms, about=account.id, number=0, party_id=by.party_id, by=by, now=now)
    if signature.state != "good":
        raise NotNow(_("カードが失効していないことを、いま確認できません。しばらくしてから、もう一度お試しください。"))
    audit.log(
        by, "change", "accounts.prove", subject=by.party_id, obj=account, purpose="本人確認", now=now,
        detail={"means": "card"},
    )  # fmt: skip


def _tie(account: Account, person: Party, means: str, by: Actor, now: datetime) -> None:
    """Note whose account it is, and tell the owner. Raises Clash."""
    try:
        with transaction.atomic():
            PartyLink(account=account, party=person, means=means, since=now).save(force_insert=True)
    except IntegrityError as clash:
        audit.refusal(by, "accounts.tie", subject=person, obj=account, purpose="本人確認", now=now)
        raise _clash(clash) from clash
    detail = {"means": means}
    audit.log(by, "change", "accounts.tie", subject=person, obj=account, purpose="本人確認", now=now, detail=detail)
    if not parts.split():
        tell(account.id, "accounts/tied", {"name": person.name}, now=now, link="/my")


def _clash(error: IntegrityError) -> Clash:
    """What stands in the way of a tie, in words for the person. Raises `error` again if it is none of the two."""
    words = {
        "account_is_one_person": ("account", _("このアカウントは、すでに本人確認が済んでいます。")),
        "person_has_one_account": (
            "person",
            _(
                "この方は、すでに別のアカウントで本人確認が済んでいます。そのアカウントでログインするか、区役所の窓口でご相談ください。"
            ),
        ),
    }
    constraint = error.__cause__.diag.constraint_name
    if constraint not in words:
        raise error
    return Clash(*words[constraint])
