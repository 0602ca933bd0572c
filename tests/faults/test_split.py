"""Portal and office as two installations (三層分離): the line is cut for an hour while residents and staff go on, workers are killed, and in the end
nothing is lost, nothing doubled."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.halves import Halves, Part, wait
from tests.faults.people import Person, Shown, picture

from kusei.site import processes
from kusei.site.tests.conftest import made_home

pytestmark = pytest.mark.faults
PEOPLE = 6
PHOTO = picture("corrected")


@dataclass
class Story:
    """What happened: the first and second applications of everybody, and what was seen during the cut."""

    halves: Halves
    people: list[Person]
    health: dict[str, str]
    backlog: dict[str, float]
    during: dict[str, str]

    @property
    def first(self) -> list[Shown]:
        return [person.shown[0] for person in self.people]

    @property
    def shown(self) -> list[Shown]:
        return [shown for person in self.people for shown in person.shown]


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """Everything that happens; the tests look at what it left."""
    with made_home() as home, Halves(home, 400).running() as halves:
        halves.settle()
        made = halves.residents(PEOPLE)
        people = [Person(each["login"], halves.portal.port, each["session"], each["holder"]) for each in made]
        for person in people:
            apply(person)
        halves.settle()
        story = Story(halves, people, {}, {}, {})
        first = [shown.number for shown in story.first]
        halves.staff(*(("take", number) for number in first), ("ask_correction", first[0]))
        halves.settle()
        _cut(story, first)
        halves.settle()
        yield story


def _cut(story: Story, first: list[str]) -> None:
    """The hour without a line."""
    halves, people = story.halves, story.people
    halves.proxy.switch("hang")
    for person in people[:3]:
        apply(person)
    halves.portal.kill_worker()
    correct(people[0], first[0])
    withdraw(people[1], first[1])
    withdraw(people[2], first[2])
    halves.proxy.switch("refuse")
    halves.staff(("granted", first[2]), ("granted", first[3]), ("refused", first[4]))
    halves.office.kill_worker()
    for person in people[3:]:
        apply(person)
    halves.an_hour_passes()
    for part in (halves.portal, halves.office):
        name = part.half.part
        story.health[name] = part.manage("manage", "health").stdout
        story.backlog[name] = part.metric("kusei_line_backlog")
    story.during = {number: page_of(people[n], number) for n, number in enumerate(first)}
    halves.proxy.switch("open")
    wait(1.0)
    halves.portal.kill_worker()
    halves.office.kill_worker()


def apply(person: Person) -> None:
    """A whole application, over a new connection."""
    person.browser.connection.close()
    person.go_on()


def application_of(person: Person, number: str) -> str:
    """The address of the application's page, asked for over a new connection: one that lay idle may have been closed."""
    person.browser.connection.close()
    _, page = person.follow("/my")
    link = next(part for part in page.split('href="') if number in part and part.startswith("/my/applications/"))
    return link.split('"')[0]


def page_of(person: Person, number: str) -> str:
    """The application's page on My page."""
    return person.follow(application_of(person, number))[1]


def withdraw(person: Person, number: str) -> None:
    """Take the application back."""
    person.post(application_of(person, number) + "/withdraw", {})


def correct(person: Person, number: str) -> None:
    """Hand another photo in, where that was asked for."""
    to, page = person.follow(application_of(person, number) + "/correct")
    kept = page.split('name="remove" value="')[1].split('"')[0]
    person.post(to, {"remove": kept})
    to = person.attempt(lambda: person.browser.upload(to, "bank_document", PHOTO))
    person.follow(to)
    person.post(application_of(person, number) + "/correct/send", {})


def test_everybody_got_two_receipts_the_second_with_the_line_cut(story):
    assert [len(person.shown) for person in story.people] == [2] * PEOPLE
    assert sum(person.failures for person in story.people) == 0
    assert len({shown.number for shown in story.shown}) == 2 * PEOPLE


def test_during_the_cut_both_sides_said_so(story):
    for part in ("portal", "office"):
        assert "line:" in story.health[part], story.health[part]
        assert "60 minutes" in story.health[part] or "61 minutes" in story.health[part]
        assert story.backlog[part] > 0


def test_during_the_cut_my_page_said_what_is_where(story):
    assert "取下げの確認中" in story.during[story.first[1].number]
    assert "取下げを担当課へ送りました" in story.during[story.first[1].number]
    assert "補正を受け取りました" in story.during[story.first[0].number]
    assert "決定しました" not in story.during[story.first[3].number]


def test_every_receipt_is_once_an_application_and_once_a_case(story):
    asked = story.halves.portal.rows("SELECT receipt_number, id FROM ask_application ORDER BY 1")
    cases = story.halves.office.rows("SELECT number, id FROM decide_case ORDER BY 1")
    assert asked == cases
    assert [number for number, _ in asked] == sorted(shown.number for shown in story.shown)


def test_answers_are_the_same_on_both_sides(story):
    numbers = [shown.number for shown in story.shown]
    portal = story.halves.portal.inside("tests.faults.split_opened", given="\n".join(numbers))
    office = story.halves.office.inside("tests.faults.split_opened", given="\n".join(numbers))
    assert portal == office
    assert len(portal) == 2 * PEOPLE


def test_every_file_is_in_the_office_as_it_was_rebuilt_and_never_as_it_was_uploaded(story):
    portal, office = story.halves.portal, story.halves.office
    handed = portal.rows(
        "SELECT f.id, f.sha256, f.rebuilt_sha256 FROM files_storedfile f JOIN files_crossing c ON c.file_id = f.id"
        " WHERE f.uploaded_by_id IS NOT NULL"
    )
    assert len(handed) == 2 * PEOPLE + 1
    for id, original, rebuilt in handed:
        assert office.rows("SELECT state, rebuilt_sha256 FROM files_storedfile WHERE id = %s", id) == [
            ("ready", rebuilt)
        ]
        assert hashlib.sha256(kept(office, rebuilt).read_bytes()).hexdigest() == rebuilt
        assert original != rebuilt
        assert not kept(office, original).exists()


def kept(part: Part, sha256: str) -> Path:
    """Where the bytes with this digest lie."""
    return part.home / "files" / sha256[:2] / sha256[2:4] / sha256


ENDED = ["checking", "withdrawn", "decided", "decided", "decided", "checking"]
"""The states in which the first applications are on both sides in the end."""


def test_correction_and_withdrawal_arrived(story):
    states = dict(story.halves.office.rows("SELECT number, state FROM decide_case"))
    first = [shown.number for shown in story.first]
    assert [states[number] for number in first] == ENDED
    assert {states[shown.number] for shown in story.shown if shown not in story.first} == {"received"}
    events = story.halves.office.rows(
        "SELECT e.event, count(*) FROM decide_entry e JOIN decide_case c ON c.id = e.case_id WHERE c.number = %s GROUP BY 1",
        first[0],
    )
    assert dict(events)["correction_received"] == 1


def test_my_page_says_what_the_office_decided(story):
    states = dict(story.halves.portal.rows("SELECT receipt_number, state FROM ask_application"))
    first = [shown.number for shown in story.first]
    assert [states[number] for number in first] == ENDED
    assert "取下げは、決定に間に合いませんでした" in page_of(story.people[2], first[2])
    granted = page_of(story.people[3], first[3])
    assert "決定しました" in granted
    assert "認定通知書" in granted or "（PDF）" in granted


def test_each_decision_is_told_once_and_its_mail_arrived(story):
    portal = story.halves.portal
    for n, template in ((2, "child_allowance/granted"), (3, "child_allowance/granted"), (4, "child_allowance/refused")):
        told = portal.rows(
            "SELECT d.mail_id FROM tell_message m JOIN tell_delivery d ON d.message_id = m.id WHERE m.template = %s AND m.about ="
            " (SELECT id::text FROM ask_application WHERE receipt_number = %s)", template, story.first[n].number,
        )  # fmt: skip
        assert len(told) == 1
        assert portal.one("SELECT count(*) FROM tell_mailboxitem WHERE message_id = %s", told[0][0]) in (1, 2)
    assert (
        portal.rows(
            "SELECT about FROM tell_message WHERE template LIKE %s GROUP BY about HAVING count(*) > 1",
            "child_allowance/%",
        )
        == []
    )
    assert story.halves.office.one("SELECT count(*) FROM tell_message WHERE account_id IS NOT NULL") == 0


def test_the_notice_is_the_same_file_on_both_sides(story):
    papers = "SELECT p.number, v.check_code, f.rebuilt_sha256 FROM papers_paper p JOIN papers_version v ON v.paper_id = p.id JOIN files_storedfile f ON f.id = v.pdf_id ORDER BY 1"
    office, portal = story.halves.office.rows(papers), story.halves.portal.rows(papers)
    assert office == portal
    assert len(office) == 3
    for *_, sha256 in portal:
        assert kept(story.halves.portal, sha256).read_bytes().startswith(b"%PDF")


def test_steps_are_told_once(story):
    doubled = "SELECT application_id, event, at FROM ask_step GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert story.halves.portal.rows(doubled) == []
    arrived = story.halves.portal.rows("SELECT count(*) FROM ask_step WHERE event = 'arrived' GROUP BY application_id")
    assert arrived == [(1,)] * (2 * PEOPLE)


def test_nothing_is_left_on_the_line(story):
    for part in (story.halves.portal, story.halves.office):
        assert part.one("SELECT count(*) FROM line_outgoing WHERE acked_at IS NULL") == 0
        assert part.one("SELECT count(*) FROM line_incoming WHERE applied_at IS NULL OR state <> 'done'") == 0
        assert part.one("SELECT refused FROM line_line") == 0
        assert part.one("SELECT count(*) FROM line_incoming WHERE body IS NOT NULL") == 0
    sent = story.halves.portal.rows("SELECT id FROM line_outgoing ORDER BY 1")
    assert sent == story.halves.office.rows("SELECT id FROM line_incoming ORDER BY 1")


def test_rows_are_only_where_they_belong(story):
    portal, office = story.halves.portal, story.halves.office
    for table in (
        "decide_case",
        "parties_residence",
        "parties_membership",
        "parties_protection",
        "staff_staffmember",
        "child_allowance_award",
    ):
        assert portal.one(f"SELECT count(*) FROM {table}") == 0, table
    for table in ("ask_draft", "ask_application", "ask_answerset"):
        assert office.one(f"SELECT count(*) FROM {table}") == 0, table
    assert office.one("SELECT count(*) FROM accounts_account WHERE kind = 'resident' AND email <> ''") == 0


@pytest.mark.parametrize("name", ["portal", "office"])
def test_the_audit_log_is_whole(story, name):
    part = getattr(story.halves, name)
    said = part.manage("manage", "audit_verify", "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    assert json.loads(said.stdout)["damage"] is None


def test_the_portal_has_no_console_and_the_office_no_pages_for_residents(story):
    for part, path in ((story.halves.portal, "/office/cases/"), (story.halves.portal, "/office/sign-in"), (story.halves.office, "/my"),
                       (story.halves.office, "/procedures"), (story.halves.office, "/sign-in")):  # fmt: skip
        connection = part.open()
        connection.request("GET", path, headers={"Host": "localhost"})
        assert connection.getresponse().status == 404, path
        connection.close()


def test_health_says_so_when_all_is_well_again(story):
    assert processes.wait_until(
        lambda: "line:" not in story.halves.office.manage("manage", "health").stdout, seconds=30
    )
