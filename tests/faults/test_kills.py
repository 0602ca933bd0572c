"""Kill -9 of everything while residents apply: what was promised on a screen is there, once, whole; nothing else is left half done."""

import hashlib
import json
import random
from email import message_from_string
from email.policy import default
from pathlib import Path

import pytest
from tests.faults.demonstration import Demonstration
from tests.faults.people import Person
from tests.faults.storm import PEOPLE, Storm, calm, fell, interrupt, rage

from kusei.site import processes

pytestmark = pytest.mark.faults
SEED = 20261121
KILLS = ["web"] * 6 + ["worker"] * 4 + ["database"] * 4


@pytest.fixture(scope="module")
def storm(demonstration: Demonstration) -> Storm:
    """The storm, over: three squalls, then calm."""
    chance = random.Random(SEED)
    made = demonstration.sessions(PEOPLE)
    assert len(made) == PEOPLE
    storm = Storm([Person(f"resident {n}", demonstration.port, **each) for n, each in enumerate(made)])
    with storm.applying():
        rage(storm, demonstration, chance, list(KILLS))
        fell(storm, demonstration, chance)
        interrupt(storm, demonstration, chance)
    assert calm(demonstration), demonstration.rows(
        "SELECT 'delivery', state, attempts, last_error FROM tell_delivery WHERE state = 'waiting'"
        " UNION ALL SELECT kind, state, attempts, last_error FROM jobs_task WHERE state = 'waiting'"
    )
    return storm


@pytest.fixture
def applications(storm: Storm, demonstration: Demonstration) -> dict[str, dict]:
    """Applications of the storm's residents by receipt number, with what belongs to them."""
    drafts = [draft for person in storm.people for draft in person.drafts]
    found = demonstration.rows(
        "SELECT a.receipt_number, a.id, a.draft_id, c.number, s.answers, c.files FROM ask_application a"
        " LEFT JOIN decide_case c ON c.id = a.id LEFT JOIN ask_answerset s ON s.application_id = a.id"
        " WHERE a.draft_id = ANY(%s)",
        drafts,
    )
    keys = ("receipt", "id", "draft", "case", "answers", "files")
    assert len({row[0] for row in found}) == len(found), "an application has more than one set of answers"
    return {row[0]: dict(zip(keys, row, strict=True)) for row in found}


def kept(demonstration: Demonstration, sha256: str) -> Path:
    """Where the bytes with this digest lie."""
    return demonstration.home / "files" / sha256[:2] / sha256[2:4] / sha256


def test_the_storm_was_one(storm):
    assert all(storm.killed[kind] >= 3 for kind in ("web", "worker", "database"))
    assert storm.killed["supervisor"] == 1
    assert sum(person.failures for person in storm.people) >= PEOPLE
    assert len(storm.shown()) >= 2 * PEOPLE


def test_everybody_got_a_receipt_in_the_end_and_nobody_met_a_wall(storm):
    assert storm.errors == []
    assert all(person.shown and not person.draft for person in storm.people)


def test_every_receipt_shown_is_an_application_and_a_case(storm, applications):
    for shown in storm.shown():
        found = applications[shown.number]
        assert str(found["draft"]) == shown.draft
        assert found["case"] == shown.number


def test_applications_hold_what_was_answered_on_both_sides(storm, demonstration):
    held = demonstration.answers([shown.number for shown in storm.shown()])
    for shown in storm.shown():
        answers, handed = held[shown.number]
        assert answers == handed
        assert answers["phone"] == shown.phone
        assert answers["bank"]["number"] == "1234567"
        assert set(answers) >= {"claimant", "children", "living", "older", "spouse", "pension", "agreement"}


def test_files_are_on_disk_as_they_were_sent(storm, applications, demonstration):
    for shown in storm.shown():
        found = applications[shown.number]
        listed = found["answers"]["bank_document"]
        assert [entry["file"] for entry in listed] == [entry["file_id"] for entry in found["files"]]
        assert listed
        for entry in listed:
            ((sha256, rebuilt, state),) = demonstration.rows(
                "SELECT f.sha256, f.rebuilt_sha256, f.state FROM files_storedfile f"
                " JOIN ask_attachment a ON a.file_id = f.id WHERE f.id = %s AND a.id = %s AND a.draft_id = %s",
                entry["file"], entry["attachment"], shown.draft,
            )  # fmt: skip
            assert (sha256, state) == (shown.sha256, "ready")
            for digest in (sha256, rebuilt):
                assert hashlib.sha256(kept(demonstration, digest).read_bytes()).hexdigest() == digest


def test_every_draft_begun_became_one_application_and_no_other_exists(storm, applications):
    begun = {draft for person in storm.people for draft in person.drafts}
    assert sorted(str(found["draft"]) for found in applications.values()) == sorted(begun)
    assert set(applications) == {shown.number for shown in storm.shown()}
    assert len(storm.shown()) == len(applications)


def test_nothing_is_half_done(storm, demonstration):
    for query in (
        "SELECT count(*) FROM ask_application a FULL JOIN decide_case c ON c.id = a.id WHERE a.id IS NULL OR c.id IS NULL",
        "SELECT count(*) FROM ask_draft d LEFT JOIN ask_application a ON a.draft_id = d.id"
        " WHERE (d.submitted_at IS NULL) <> (a.id IS NULL)",
        "SELECT count(*) FROM ask_application a WHERE (SELECT count(*) FROM ask_answerset s WHERE s.application_id = a.id) <> 1"
        " AND NOT EXISTS (SELECT 1 FROM ask_correction c WHERE c.application_id = a.id)",
        "SELECT count(*) FROM ask_application a"
        " WHERE (SELECT count(*) FROM ask_step s WHERE s.application_id = a.id AND s.event = 'received') <> 1",
        "SELECT count(*) FROM tell_delivery WHERE state <> 'done'",
        "SELECT count(*) FROM jobs_task WHERE state = 'given_up'",
        "SELECT count(*) FROM files_storedfile f WHERE f.state = 'received'",
    ):
        assert demonstration.one(query) == 0, query


def test_every_file_row_has_its_bytes(storm, demonstration):
    for sha256, size in demonstration.rows("SELECT sha256, size FROM files_storedfile"):
        assert kept(demonstration, sha256).stat().st_size == size


def test_each_application_is_told_once_and_its_mail_arrived(storm, applications, demonstration):
    for found in applications.values():
        told = demonstration.rows(
            "SELECT m.id, d.mail_id, d.address FROM tell_message m JOIN tell_delivery d ON d.message_id = m.id"
            " WHERE m.template = 'ask/received' AND m.about = %s",
            str(found["id"]),
        )
        assert len(told) == 1
        ((_message, mail_id, address),) = told
        arrived = demonstration.rows("SELECT address, raw FROM tell_mailboxitem WHERE message_id = %s", mail_id)
        assert arrived
        for where, raw in arrived:
            mail = message_from_string(raw, policy=default)
            assert (where, mail["Message-ID"]) == (address, mail_id)
            assert found["receipt"] in mail.get_content()


def test_mails_repeat_at_most_once_for_each_thing_that_was_killed(storm, demonstration):
    items, mails, strangers = demonstration.rows(
        "SELECT count(*), count(DISTINCT i.message_id), count(*) FILTER (WHERE d.id IS NULL)"
        " FROM tell_mailboxitem i LEFT JOIN tell_delivery d ON d.mail_id = i.message_id AND d.address = i.address"
    )[0]
    assert strangers == 0
    assert items - mails <= storm.killed["worker"] + storm.killed["database"] + storm.killed["supervisor"]


def test_submitting_is_in_the_audit_log_once_for_each_application(storm, applications, demonstration):
    ids = [str(found["id"]) for found in applications.values()]
    logged = demonstration.rows(
        "SELECT object_id::text, count(*) FROM audit_entry WHERE what = 'ask.submit' AND object_id::text = ANY(%s) GROUP BY 1",
        ids,
    )
    assert dict(logged) == dict.fromkeys(ids, 1)


def test_the_audit_log_is_whole_and_agrees_with_its_anchors(storm, demonstration):
    said = demonstration.manage("manage", "audit_verify", "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    report = json.loads(said.stdout)
    assert report["damage"] is None
    assert report["unreadable_anchors"] == 0
    assert report["anchors"] > 0
    assert report["rows"] >= demonstration.one("SELECT count(*) FROM ask_application")


@pytest.mark.parametrize("way", ["kill -9", "Ctrl-C"])
def test_nothing_of_a_stopped_demonstration_goes_on(storm, way):
    assert storm.left_over[way] == []


def test_ctrl_c_is_no_failure(storm):
    assert storm.exit_code == 0


def test_after_the_database_came_back_no_page_fails_any_more(storm, demonstration):
    pages = ["/", "/procedures", "/search?q=a", "/healthz"] * 6
    assert {status_of(demonstration, page) for page in pages} == {200}  # so that every thread has a connection
    (server,) = demonstration.victims("database")
    server.kill()
    server.wait(10)
    demonstration.one("SELECT 1")
    assert {status_of(demonstration, page) for page in pages} == {200}


def test_a_database_killed_again_while_it_recovers_comes_back_too(storm, demonstration):
    (first,) = demonstration.victims("database")
    first.kill()
    first.wait(10)
    assert processes.wait_until(lambda: bool(demonstration.victims("database")), seconds=20, every=0.005)
    demonstration.victims("database")[0].kill()
    assert demonstration.one("SELECT 1") == 1
    assert demonstration.running.poll() is None


def status_of(demonstration: Demonstration, page: str) -> int:
    """What a page answers somebody who is not signed in."""
    connection = demonstration.open()
    try:
        connection.request("GET", page, headers={"Host": "localhost"})
        return connection.getresponse().status
    finally:
        connection.close()
