"""Make signed-in residents for the benchmark `intake`: prints JSON, one {session, holder} each. Run in the demonstration's environment."""

import json
import sys
from datetime import datetime, timedelta
from importlib import import_module

import django


def parents(now: datetime):
    """The memberships of parents of minors who head their households, nobody's account yet and not protected."""
    from kusei.base.kernel import clock
    from kusei.base.parties.models import Membership

    young = clock.local_date(now) - timedelta(days=15 * 365)
    homes = Membership.objects.filter(until=None, person__birth_date__gt=young).values("household")
    heads = Membership.objects.filter(
        until=None, household__in=homes, relationship="世帯主", person__partylink=None, person__protections=None
    )
    return heads.exclude(person__kana="").select_related("person").order_by("person_id")


def session_for(account) -> str:
    """The key of a session in which `account` is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update({
        SESSION_KEY: str(account.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: account.get_session_auth_hash(),
    })  # fmt: skip
    session.create()
    return session.session_key


def main(wanted: int) -> None:
    """Tie `wanted` parents of minors to new accounts and open a session for each."""
    django.setup()
    from kusei.base.accounts.models import Account, PartyLink
    from kusei.base.ask.bank import holder_kana
    from kusei.base.kernel import clock

    now, made = clock.now(), []
    for parent in parents(now)[:wanted]:
        email = f"bench{len(made)}@example.jp"
        account = Account(kind="resident", login=email, email=email, created_at=now)
        account.set_unusable_password()
        account.save()
        PartyLink.objects.create(account=account, party=parent.person, means="letter", since=now)
        made.append({"session": session_for(account), "holder": holder_kana(parent.person.kana)})
    print(json.dumps(made))


if __name__ == "__main__":
    main(int(sys.argv[1]))
