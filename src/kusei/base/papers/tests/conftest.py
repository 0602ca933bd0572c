"""A section that decides claims, the people in it, and claims to decide, as deciding has them in its own tests; and a paper about one."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.decide.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.jobs.models import Task
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.papers import actions
from kusei.base.papers.models import Paper
from kusei.base.papers.tests.test_pdf import PLAIN

LAYOUT = "child_allowance/refused"
CONTENT = {key: PLAIN[key] for key in ("addressee", "received", "receipt", "facts", "reason", "appeal", "contact")}


@pytest.fixture(autouse=True)
def _files_apart(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}},
    }


@pytest.fixture
def issue(now):
    def run(case, by: Actor = SYSTEM, **content) -> Paper:
        return actions.issue(LAYOUT, "却下通知書", CONTENT | content, about=case.id, party=case.party, by=by, now=now)

    return run


@pytest.fixture
def paper(case, issue, now) -> Paper:
    """A paper whose PDF is made."""
    made = issue(case)
    actions.make_pdf(Task.objects.get(kind=actions.MAKE_PDF, key=str(made.newest.id)), now)
    made.refresh_from_db()
    return made


@pytest.fixture
def browse(family):
    """A browser signed in as somebody of the portal or the console."""

    def run(account: Account | None) -> Client:
        client = Client()
        if account:
            client.force_login(account)
        return client

    return run


@pytest.fixture
def recipient(resident, family) -> Account:
    account = Account.objects.get(id=resident.account_id)
    PartyLink.objects.create(
        account=account, party=family["parent"], means="letter", since=datetime(2026, 5, 1, tzinfo=UTC)
    )
    return account
