"""Tying accounts to persons across the line: the office, which alone has the register, tells the portal who an account is and what it may know.

In an office apart from the portal a resident's account is a row with the portal's id and nothing else of it.
"""

import base64
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import Q

from kusei.base import audit
from kusei.base.accounts.messages import CardSigned, CodeTyped, Is, Known, LetterWanted, NotTied, Tied
from kusei.base.accounts.models import Account, PartyLink
from kusei.base.kernel import parts
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.line import actions as line
from kusei.base.parties import known
from kusei.base.parties.models import Party
from kusei.base.tell.actions import tell

PURPOSE = "本人確認"


# ---- in the office ------------------------------------------------------------------------------------------------------------


def account_of(id: UUID, language: str, now: datetime) -> Account:
    """The account, as far as the office knows it."""
    if not parts.split():
        return Account.objects.get(id=id)
    account, _new = Account.objects.get_or_create(
        id=id,
        defaults={
            "kind": "resident", "login": f"portal:{id}", "language": language, "created_at": now, "password": make_password(None),
        },
    )  # fmt: skip
    return account


def letter_wanted(body: LetterWanted, now: datetime) -> None:
    """Send the letter, if the register knows exactly that person; nothing goes back."""
    from kusei.base.accounts import actions

    account = account_of(body.account_id, body.language, now)
    claimed = actions.Claimed(body.name, body.birth_date, body.town, body.block)
    actions.send_letter(account, claimed, by=Actor(kind="resident", account_id=account.id), now=now)


def code_typed(body: CodeTyped, now: datetime) -> bool:
    """Tie the account whose letter's code was typed; the portal is told, of a failure too. Raises NotNow, where both are one installation, when
    account or person are tied already."""
    from kusei.base.accounts import actions

    account = account_of(body.account_id, "ja", now)
    by = Actor(kind="resident", account_id=account.id)
    if not parts.split():
        return actions.tie_by_code(account, body.code, by=by, now=now)
    reason = "code"
    try:
        tied = actions.tie_by_code(account, body.code, by=by, now=now)
    except actions.Clash as clash:
        tied, reason = False, clash.reason
    _answer(account, tied, reason, now)
    return tied


def card_signed(body: CardSigned, now: datetime) -> bool:
    """Tie the account whose owner signed with a card; the portal is told, of a failure too. Raises Invalid and NotNow where both are one
    installation."""
    from kusei.base.accounts import actions

    account = account_of(body.account_id, "ja", now)
    by = Actor(kind="resident", account_id=account.id)
    content, cms = body.text.encode(), base64.b64decode(body.signature)
    if not parts.split():
        return actions.tie_by_card(account, content, cms, by=by, now=now)
    tied, reason = False, "card"
    try:
        tied = actions.tie_by_card(account, content, cms, by=by, now=now)
    except actions.Clash as clash:
        reason = clash.reason
    except NotNow:
        reason = "later"
    except Invalid:
        pass
    _answer(account, tied, reason, now)
    return tied


def _answer(account: Account, tied: bool, reason: str, now: datetime) -> None:
    """Tell the portal what came of it."""
    if tied:
        link = PartyLink.objects.get(account=account, until=None)
        announce(link.party, account_id=account.id, means=link.means, since=link.since, now=now)
    else:
        body = NotTied(account_id=account.id, reason=reason, at=now)
        line.send("accounts.not_tied", body, matter=account.id, now=now)


def announce(
    person: Party, *, account_id: UUID | None, login: str = "", means: str, since: datetime, now: datetime
) -> None:
    """Tell the portal who an account is, and what it may know of that person."""
    body = Tied(account_id=account_id, login=login, means=means, since=since, known=known_of(person, now))
    line.send("accounts.tied", body, matter=str(account_id or login)[:60], now=now)


def known_of(person: Party, now: datetime) -> Known:
    """What the portal may know of a person."""
    facts, disclosed = known.snapshot(person, now)
    until = known.said(person, facts, disclosed, now)
    return Known(
        party_id=person.id, name=person.name, kana=person.kana, birth_date=person.birth_date, source=person.source,
        as_of=person.as_of, facts=facts, until=until,
    )  # fmt: skip


def tied_people(people=None):
    """The persons of the register to whom an account is tied."""
    wanted = Q(partylink__until=None, partylink__isnull=False)
    rows = Party.objects.filter(wanted)
    return rows.filter(id__in=people) if people is not None else rows


def renew(people, now: datetime) -> int:
    """Tell the portal anew of those of the people whose data changed; returns how many."""
    count = 0
    for person in tied_people(people):
        if known.stale(person, now):
            with audit.audit_scope():
                line.send("accounts.known", known_of(person, now), matter=person.id, now=now)
            count += 1
    return count


def renew_all(now: datetime) -> None:
    """Daily, in the office: the portal hears of every change of the register, and again of what gets old."""
    if parts.split():
        renew(None, now)


def hide(now: datetime) -> None:
    """Regularly, in the office: whose address must not be shown by now has it taken from the portal at once."""
    if parts.split() and (people := known.newly_hidden(now)):
        renew(people, now)


@action(purpose=PURPOSE, may="parties.change")
def tie_at_counter(person: Party, login: str, *, by: Actor, now: datetime) -> None:
    """Tie the account with that login to a person who proved who they are at a counter (窓口). The portal says which account that is."""
    waiting = Account(kind="resident", login=f"counter:{login}"[:254], created_at=now, password=make_password(None))
    Account.objects.bulk_create([waiting], ignore_conflicts=True)
    PartyLink.objects.create(account=Account.objects.get(login=waiting.login), party=person, means="counter", since=now)
    announce(person, account_id=None, login=login, means="counter", since=now, now=now)
    audit.log(by, "change", "accounts.tie", subject=person, purpose=PURPOSE, now=now, detail={"means": "counter"})


def is_account(body: Is, now: datetime) -> None:
    """The portal says which account bears the login that was tied at the counter. Only such a tie is completed by it."""
    link = PartyLink.objects.filter(
        party=body.party_id, until=None, account__login=f"counter:{body.login}"[:254]
    ).first()
    if link is None:
        return
    account = account_of(body.account_id, "ja", now)
    PartyLink.objects.filter(account=account, until=None).exclude(id=link.id).update(until=now)
    PartyLink.objects.filter(id=link.id).update(account=account)


# ---- on the portal -------------------------------------------------------------------------------------------------------------


def tied(body: Tied, now: datetime) -> None:
    """An account is a person's: keep who that is, end ties that stand in the way, and tell the owner. The office is then told the account's id."""
    account = _account(body, now)
    person = known.keep(body.known, now)
    there = PartyLink.objects.filter(account=account, party=person, until=None).exists()
    if not there:
        PartyLink.objects.filter(Q(account=account) | Q(party=person), until=None).update(until=now)
        PartyLink.objects.create(account=account, party=person, means=body.means, since=body.since)
        detail = {"means": body.means}
        audit.log(
            SYSTEM, "change", "accounts.tie", subject=person, obj=account, purpose=PURPOSE, now=now, detail=detail
        )
        tell(account.id, "accounts/tied", {"name": person.name}, now=now, link="/my")
    if body.account_id is None:
        line.send(
            "accounts.is",
            Is(account_id=account.id, login=body.login, party_id=person.id, at=now),
            matter=account.id,
            now=now,
        )


def _account(body: Tied, now: datetime) -> Account:
    if body.account_id:
        return Account.objects.get(id=body.account_id, kind="resident")
    made = Account(kind="resident", login=body.login, email=body.login, created_at=now, password=make_password(None))
    Account.objects.bulk_create([made], ignore_conflicts=True)
    return Account.objects.get(login=body.login, kind="resident")


def not_tied(body: NotTied, now: datetime) -> None:
    """Tell the owner that code or card tied the account to nobody."""
    account = Account.objects.get(id=body.account_id, kind="resident")
    reasons = {
        "code": {
            "ja": "コードが違うか、使えなくなっています。手紙と見くらべて、もう一度入力してください。5回まちがえたときは、新しい手紙を申し込んでください。",
            "ja-easy": "コードが ちがうか、もう つかえません。手紙を 見て、もう一度 入力して ください。5回 まちがえたら、新しい 手紙を 申し込んで ください。",
            "en": "The code is wrong or no longer valid. Please compare it with the letter and type it again. After five mistakes, ask for a new letter.",
        },
        "card": {
            "ja": "カードの署名を確認できませんでした。",
            "ja-easy": "カードの 署名（しょめい）を たしかめる ことが できませんでした。",
            "en": "The signature by the card could not be confirmed.",
        },
        "later": {
            "ja": "いま、カードの署名を確認できません。しばらくしてから、もう一度お試しください。",
            "ja-easy": "いま、カードの 署名（しょめい）を たしかめる ことが できません。あとで もう いちど して ください。",
            "en": "Signatures by card can't be checked right now. Please try again later.",
        },
        "account": {
            "ja": "このアカウントは、すでに本人確認が済んでいます。",
            "ja-easy": "この アカウントは、もう 確認（かくにん）が おわって います。",
            "en": "This account is already tied to a person.",
        },
        "person": {
            "ja": "この方は、すでに別のアカウントで本人確認が済んでいます。",
            "ja-easy": "この 人は、ほかの アカウントで もう 確認（かくにん）が おわって います。",
            "en": "This person already has another account.",
        },
    }
    tell(account.id, "accounts/not-tied", {"reason": reasons[body.reason]}, now=now, link="/my/tie")


def renewed(body: Known, now: datetime) -> None:
    """Keep what the office says anew about a person who is known here."""
    if PartyLink.objects.filter(party=body.party_id, until=None).exists():
        known.keep(body, now)
