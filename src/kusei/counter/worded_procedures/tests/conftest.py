"""A family that the register knows, a section with a clerk and chiefs, and browsers for each."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kusei.base.accounts.tests.conftest import make_person, make_resident, town  # noqa: F401 - fixtures, used by name
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue
from kusei.base.ask.engine import KINDS
from kusei.base.ask.models import Draft
from kusei.base.ask.tests.conftest import files_folder, forgotten_snapshots, jpeg  # noqa: F401 - fixtures, used by name
from kusei.base.decide.tests.conftest import NOW, Office, now  # noqa: F401 - a fixture, used by name
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.staff.models import Department


@pytest.fixture(autouse=True)
def today(monkeypatch, now):  # noqa: F811
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def office(db) -> Office:
    other = Department.objects.create(path="kyoiku/toshokan", code="toshokan", kind="office", name={"ja": "図書館"})
    return Office(other, other)


@pytest.fixture
def open_(office):
    """Publish a procedure, in a section that is there to decide it."""

    def publish(slug):
        procedure = catalogue.written(slug)
        office.section = Department.objects.create(
            path=procedure.department,
            code=procedure.department,
            kind="section",
            name={"ja": "担当課"},
            phone="03-0000-0000",
        )
        ask.publish(slug, procedure, valid_from=date(2026, 4, 1), by=SYSTEM, now=NOW)
        return procedure

    return publish


@pytest.fixture
def parent(make_person):  # noqa: F811
    parent = make_person()
    home = parent.memberships.get().household
    make_person("墨田　空", "スミダ　ソラ", date(2019, 9, 1), household=home, relationship="子")
    return parent


@dataclass
class Resident:
    """Somebody who fills in a procedure by its example, page after page. `opened` gets the text of every page seen."""

    client: Client
    opened: list[str] = field(default_factory=list)

    def begin(self, slug: str) -> str:
        """The first page's address."""
        answer = self.client.post(f"/procedures/{slug}/start")
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    def fill(self, slug: str, procedure, given: dict[str, Any]) -> str:
        """Answer every page; gives the address of the one that shows all answers."""
        url = self.begin(slug)
        for _page in procedure.pages:
            if url.endswith("/check"):
                break
            page = self.client.get(url)
            assert page.status_code == 200
            self.opened.append(page.content.decode())
            key = url.split("/")[-1].split("?")[0]
            asked = next(each for each in procedure.pages if each.key == key).ask
            answer = self.client.post(url, self.typed(procedure, asked, given))
            assert answer.status_code == 302, f"{key}: {answer.content.decode()}"
            url = answer.url
        assert url.endswith("/check"), url
        return url

    def typed(self, procedure, asked, given) -> dict:
        """The fields of a form: people by who is offered, files as photos, the rest as the API reads it."""
        fields: dict[str, Any] = {}
        for key in asked:
            question = procedure.questions[key]
            if question.kind == "file":
                fields[key] = SimpleUploadedFile(f"{key}.jpg", jpeg(), content_type="image/jpeg")
            elif question.kind == "people":
                offered = Draft.objects.get(submitted_at=None).given[question.source]["value"]
                fields[key] = [person["party_id"] for person in offered]
            elif key in given:
                fields |= KINDS[question.kind].from_json(key, given[key])
        return fields


@pytest.fixture
def resident(parent, make_resident) -> Resident:  # noqa: F811
    client = Client()
    client.force_login(make_resident(party=parent))
    return Resident(client)


@pytest.fixture
def seen_by():
    def sign_in(person):
        client = Client()
        client.force_login(person.account)
        return client

    return sign_in
