"""A section that decides on a module's cases, for the tests of wings: a clerk and a chief, and somebody of another section."""

from datetime import UTC, datetime

import pytest

from kusei.base.decide import actions
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.tests.conftest import Office, Person
from kusei.base.staff.models import Department

__all__ = ["NOW", "agreed", "chief", "clerk", "now", "office_of", "stranger"]
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


def office_of(path: str, name: str) -> Office:
    """The section at `path`, and a library beside it."""
    section = Department.objects.create(
        path=path, code=path.rsplit("/", 1)[-1], kind="section", name={"ja": name}, phone="03-0000-1080"
    )
    other = Department.objects.create(path="kyoiku/toshokan", code="toshokan", kind="office", name={"ja": "図書館"})
    return Office(section, other)


@pytest.fixture
def clerk(office: Office) -> Person:
    return office.hire("clerk")


@pytest.fixture
def chief(office: Office) -> Person:
    return office.hire("subsection_chief")


@pytest.fixture
def stranger(office: Office) -> Person:
    return office.hire("clerk", at=office.other)


def agreed(case: Case, outcome: str, reason: str, *, clerk: Person, chief: Person, at: datetime = NOW) -> Case:
    """The case, once the clerk has drafted an outcome and the chief agreed."""
    actions.draft(case, outcome, reason, by=clerk.actor, now=at)
    approval = Approval.objects.get(case=case, state="running")
    assert actions.agree(approval, approval.steps.get(ready=True).id, by=chief.actor, now=at)
    case.refresh_from_db()
    return case
