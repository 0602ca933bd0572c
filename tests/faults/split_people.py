"""Residents for two installations. `tie N`, in the office: ties N parents at the counter, prints {login, holder} each. `sign_in`, on the portal: a session
for each login on standard input."""

import json
import sys

import django

from benchmarks.intake_accounts import parents, session_for


def tie(wanted: int) -> list[dict[str, str]]:
    """Parents of minors, heads of their households, tied to logins of the portal."""
    from kusei.base import audit
    from kusei.base.accounts.ties import tie_at_counter
    from kusei.base.ask.bank import holder_kana
    from kusei.base.kernel import clock
    from kusei.base.kernel.actors import SYSTEM

    now, made = clock.now(), []
    for parent in parents(now)[:wanted]:
        login = f"split{len(made)}@example.jp"
        with audit.page_scope():
            tie_at_counter(parent.person, login, by=SYSTEM, now=now)
        made.append({"login": login, "holder": holder_kana(parent.person.kana)})
    return made


def sign_in(logins: list[str]) -> dict[str, str]:
    """A session key for each login."""
    from kusei.base.accounts.models import Account

    return {account.login: session_for(account) for account in Account.objects.filter(login__in=logins)}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(tie(int(sys.argv[2])) if sys.argv[1] == "tie" else sign_in(json.load(sys.stdin))))
