"""An office, a resident tied to the register, somebody who signed in by e-mail only, and programs that act for them."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.api import actions as programs
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.decide.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.staff.models import Department

MINE = {
    "item_kind": "umbrella", "lost_on": "2026-01-05", "lost_where": "図書館", "description": "紺色の長傘", "name": "荒川　桃",
    "phone": "0300000001",
}  # fmt: skip


class Program:
    """A program with a token: calls the API in JSON."""

    def __init__(self, token: str = "", language: str = "en") -> None:
        self.browser = Client(
            headers={"Accept-Language": language, **({"Authorization": f"Bearer {token}"} if token else {})}
        )

    def __call__(self, method: str, path: str, body=None, **headers):
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if body is None else "application/json"
        return self.browser.generic(method, path, data=sent, content_type=kind, headers=headers)


@pytest.fixture
def opened(office):
    """The procedures are in force."""
    now = clock.now()
    Department.objects.get_or_create(
        path="somu-bu/somu", defaults={"code": "somu", "kind": "section", "name": {"ja": "総務課"}}
    )
    Department.objects.get_or_create(
        path="hokenjo/eisei", defaults={"code": "kenko", "kind": "section", "name": {"ja": "生活衛生課"}}
    )
    for slug in ("child_allowance/claim", "lost_property/claim", "food_business/apply"):
        ask.publish(slug, catalogue.written(slug), valid_from=date(2020, 4, 1), by=SYSTEM, now=now - timedelta(days=60))


@pytest.fixture
def momo(db):
    """Somebody signed in by e-mail only."""
    return Account.objects.create(
        kind="resident", login="momo@example.jp", email="momo@example.jp", created_at=clock.now()
    )


@pytest.fixture
def token(momo):
    """Gives a token of momo's."""

    def give(*scopes, days=30, account=momo):
        now = clock.now()
        return programs.give("会計ソフト", list(scopes or programs.SCOPES), days, by=actor_for(account, now), now=now)

    return give


@pytest.fixture
def program(token, opened):
    """A program that may do everything for momo."""
    return Program(token())


@pytest.fixture
def person_with_token(token, opened):
    """A program that acts for somebody else."""
    other = Account.objects.create(
        kind="resident", login="other@example.jp", email="other@example.jp", created_at=clock.now()
    )
    return Program(token(account=other))
