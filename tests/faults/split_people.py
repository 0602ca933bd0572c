"""Residents for two installations. `tie N`, in the office: ties N parents at the counter, prints {login, holder} each. `sign_in`, on the portal: a session
for each login on standard input."""

import json
import sys
from datetime import timedelta
from importlib import import_module

import django


def tie(wanted: int) -> list[dict[str, str]]:
    """Parents of minors, heads of their households, tied to logins of the portal."""
    from kusei.base import audit
    from kusei.base.accounts.ties import tie_at_counter
    from kusei.base.ask.bank import holder_kana
    from kusei.base.kernel import clock
    from kusei.base.kernel.actors import SYSTEM
    from kusei.base.parties.models import Membership

    now = clock.now()
    young = clock.local_date(now) - timedelta(days=15 * 365)
    homes = Membership.objects.filter(until=None, person__birth_date__gt=young).values("household")
    parents = Membership.objects.filter(
        until=None, household__in=homes, relationship="世帯主", person__partylink=None, person__protections=None
    ).select_related("person")
    made = []
    for parent in parents.exclude(person__kana="").order_by("person_id")[:wanted]:
        login = f"split{len(made)}@example.jp"
        with audit.page_scope():
            tie_at_counter(parent.person, login, by=SYSTEM, now=now)
        made.append({"login": login, "holder": holder_kana(parent.person.kana)})
    return made


def sign_in(logins: list[str]) -> dict[str, str]:
    """A session key for each login."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from kusei.base.accounts.models import Account

    store, made = import_module(settings.SESSION_ENGINE).SessionStore, {}
    for account in Account.objects.filter(login__in=logins):
        session = store()
        session.update({
            SESSION_KEY: str(account.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: account.get_session_auth_hash(),
        })  # fmt: skip
        session.create()
        made[account.login] = session.session_key
    return made


if __name__ == "__main__":
    django.setup()
    print(json.dumps(tie(int(sys.argv[2])) if sys.argv[1] == "tie" else sign_in(json.load(sys.stdin))))
