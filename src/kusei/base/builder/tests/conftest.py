"""A published procedure, an author and a chief who publishes, and their browsers."""

from datetime import date

import pytest
from django.test import Client

from kusei.base.accounts.queries import actor_for
from kusei.base.accounts.tests.conftest import (  # noqa: F401 - fixtures, used by name
    NOW,
    make_staff,
    now,
    refusals,
    together,
)
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.tests.conftest import forgotten_snapshots  # noqa: F401 - a fixture, used by itself
from kusei.base.builder import actions
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.staff.models import Department

CLAIM = "child_allowance/claim"


@pytest.fixture
def department(db) -> Department:
    found, _made = Department.objects.get_or_create(
        path="kodomo/kosodate", defaults={"code": "kosodate", "kind": "section", "name": {"ja": "子育て支援課"}}
    )
    return found


@pytest.fixture
def claim(department):
    return ask.publish(CLAIM, catalogue.written(CLAIM), valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW)


@pytest.fixture
def author(make_staff):  # noqa: F811
    return make_staff("S0001", "author")


@pytest.fixture
def chief(make_staff):  # noqa: F811
    return make_staff("S0002", "decider")


@pytest.fixture
def writing(claim, author, department):
    """The claim as a manuscript, as it is published."""
    by, at = actor_for(author, clock.now()), clock.now()
    return actions.begin(department, CLAIM, claim.definition, claim, by=by, now=at)


def browser_of(account) -> Client:
    browser = Client()
    browser.force_login(account)
    return browser


@pytest.fixture
def at_work(author) -> Client:
    return browser_of(author)


@pytest.fixture
def in_charge(chief) -> Client:
    return browser_of(chief)


def chain(length: int) -> dict:
    """A procedure of so many questions, one a page, each asked if the one before was answered with yes."""
    yes_no = [{"key": "yes", "label": {"ja": "はい"}}, {"key": "no", "label": {"ja": "いいえ"}}]
    return {
        "title": {"ja": "長い手続き"},
        "summary": {"ja": "長い手続き"},
        "department": "kosodate",
        "purpose": "試し",
        "applicant": "q0",
        "pages": [
            {"key": f"p{n}", "ask": [f"q{n}"], **({"when": {f"q{n - 1}": {"is": "yes"}}} if n else {})}
            for n in range(length)
        ],
        "questions": {
            f"q{n}": {"kind": "choice", "label": {"ja": f"質問{n}ですか"}, "choices": yes_no} for n in range(length)
        },
        "decide": {
            "within": 5,
            "outcomes": [{"key": "done", "label": {"ja": "受理"}, "message": "decide/outcome"}],
            "route": [{"permission": "decide.review", "post": "subsection_chief", "label": {"ja": "係長確認"}}],
        },
    }
