"""What is due goes and is recorded; what something still needs stays, however old."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command

from kusei.base.accounts.models import Account, EmailCode, LetterCode, Session
from kusei.base.ask.models import Application, Attachment, Correction, Draft, Snapshot
from kusei.base.audit.models import AuditEntry
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.files.models import StoredFile
from kusei.base.jobs.models import Task
from kusei.base.kernel.actors import PUBLIC
from kusei.base.kernel.errors import Refused
from kusei.base.record.models import Import, ImportRow, Work
from kusei.base.retention import actions
from kusei.base.retention.queries import DUE, due
from kusei.base.retention.rules import RULES, Rule, in_force
from kusei.base.signing.models import RevocationList, Signature
from kusei.base.staff.models import Department, StaffMember
from kusei.base.tell.models import Delivery, MailboxItem, Message

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
CANARY = "墨田区向島9-9-9"


@pytest.fixture
def account(make_resident):
    return make_resident()


@pytest.fixture
def snapshot(db) -> Snapshot:
    return Snapshot.objects.create(
        procedure="p", number=1, digest="0" * 64, definition={}, valid_from=date(2026, 4, 1), published_at=NOW
    )


@pytest.fixture
def make_draft(account, snapshot):
    def make(days: float, **fields) -> Draft:
        touched = NOW - days * DAY
        return Draft.objects.create(
            **{"account": account, "snapshot": snapshot, "procedure": "p", "answers": {"address": CANARY},
               "created_at": touched, "updated_at": touched, **fields}
        )  # fmt: skip

    return make


@pytest.fixture
def submitted(make_draft, account, snapshot) -> Application:
    """An application of last year."""
    long_ago = NOW - 400 * DAY
    draft = make_draft(400, submitted_at=long_ago)
    return Application.objects.create(
        draft=draft, account=account, snapshot=snapshot, procedure="p", receipt_number="1", submitted_at=long_ago
    )


def test_a_draft_goes_after_ninety_days_with_its_attachment_and_not_a_day_before(make_draft):
    draft = make_draft(90.1)
    file = StoredFile.objects.create(sha256="0" * 64, size=1, media_type="image/png", name="a.png", created_at=NOW)
    Attachment.objects.create(draft=draft, question="q", file=file)
    young = make_draft(89.9, procedure="other")
    assert actions.apply(NOW)["drafts"] == 1
    assert list(Draft.objects.all()) == [young]
    assert not Attachment.objects.exists()
    assert StoredFile.objects.exists()  # the sweep of files takes it when nothing names it


def test_what_was_submitted_is_not_a_draft_any_more(submitted):
    assert actions.apply(NOW)["drafts"] == 0
    assert Draft.objects.filter(id=submitted.draft_id).exists()


def test_the_draft_of_somebody_who_still_has_to_answer_a_correction_stays(make_draft, submitted):
    correction = Correction.objects.create(
        application=submitted, questions=["q"], message="m", asked_at=NOW, answer_by=date(2026, 7, 1)
    )
    make_draft(200)
    assert actions.apply(NOW)["drafts"] == 0
    correction.answered_at = NOW
    correction.save()
    assert actions.apply(NOW)["drafts"] == 1


def test_what_is_still_to_come_stays(account, make_person):
    party = make_person()
    codes = {"code_hash": "x", "created_at": NOW - 29 * DAY}
    LetterCode.objects.create(party=party, account=account, expires_at=NOW + DAY, **codes)
    LetterCode.objects.create(party=party, account=account, expires_at=NOW - 2 * DAY, **codes)
    EmailCode.objects.create(email="a@example.jp", expires_at=NOW + timedelta(minutes=1), **codes)
    Session.objects.create(session_key="old", session_data="", expire_date=NOW - DAY)
    Session.objects.create(session_key="new", session_data="", expire_date=NOW + DAY)
    Task.objects.create(kind="k", key="in a year", next_try_at=NOW + 365 * DAY)
    Task.objects.create(kind="k", key="late", next_try_at=NOW - 365 * DAY)
    Task.objects.create(kind="k", key="lost", next_try_at=NOW - 365 * DAY, state="given_up", failed_at=NOW - 365 * DAY)
    Task.objects.create(kind="k", key="done", next_try_at=NOW - 60 * DAY, state="done", done_at=NOW - 60 * DAY)
    deleted = actions.apply(NOW)
    assert {kind: count for kind, count in deleted.items() if count} == {"letter_codes": 1, "sessions": 1, "tasks": 1}
    assert set(Task.objects.values_list("key", flat=True)) == {"in a year", "late", "lost"}
    assert LetterCode.objects.get().expires_at > NOW
    assert Session.objects.get().session_key == "new"


def test_a_mail_that_may_arrive_once_more_keeps_its_first_arrival(account):
    message = Message.objects.create(
        account=account, template="t", language="ja", subject="s", body="b", created_at=NOW - 60 * DAY
    )
    states = {"<one@x>": "waiting", "<two@x>": "done"}
    for mail_id, state in states.items():
        Delivery.objects.create(
            message=message, channel="mail", address="a@example.jp", mail_id=mail_id, next_try_at=NOW, state=state,
            done_at=NOW - 60 * DAY if state == "done" else None,
        )  # fmt: skip
        MailboxItem.objects.create(
            arrived_at=NOW - 60 * DAY, channel="mail", message_id=mail_id, address="a", subject="s", body="b"
        )
    assert actions.apply(NOW)["mailbox"] == 1
    assert MailboxItem.objects.get().message_id == "<one@x>"
    assert Delivery.objects.count() == 2  # addresses of what was delivered stay for a year
    assert actions.apply(NOW + 306 * DAY)["deliveries"] == 1


def make_signature(about, days: float, **fields) -> Signature:
    checked = None if fields.get("state") == "waiting" else NOW
    return Signature.objects.create(
        **{"about": about, "number": 1, "account_id": uuid4(), "digest": uuid4().hex, "content": CANARY, "cms": "x", "signer": "x",
           "serial": "1", "certificate": "c", "anchor": b"a", "received_at": NOW - days * DAY, "state": "good", "checked_at": checked, **fields}
    )  # fmt: skip


def test_a_signature_goes_when_nothing_can_be_handed_in_with_it_any_more(make_draft, submitted):
    correction = Correction.objects.create(
        application=submitted, questions=["q"], message="m", asked_at=NOW, answer_by=date(2026, 7, 1)
    )
    young = make_draft(10, procedure="other")
    stay = [
        make_signature(young.id, 95), make_signature(young.id, 95, state="waiting"), make_signature(correction.id, 95),
        make_signature(submitted.draft_id, 400, answer_set_id=uuid4()), make_signature(uuid4(), 89, state="refused"),
    ]  # fmt: skip
    for gone in ({"state": "refused"}, {"state": "waiting"}, {}):
        make_signature(uuid4(), 91, **gone)
    make_signature(young.id, 91, state="refused")
    assert actions.apply(NOW)["signatures"] == 4
    assert set(Signature.objects.all()) == set(stay)


def test_a_revocation_list_stays_while_a_judgement_rests_on_it_or_none_is_newer(db):
    lists = {
        name: RevocationList.objects.create(
            source=source, digest=name, content=b"", issued_at=NOW - days * DAY, fetched_at=NOW - days * DAY
        )
        for name, source, days in (("gone", "a", 60), ("evidence", "a", 50), ("last", "a", 40), ("only", "b", 300))
    }
    make_signature(uuid4(), 1).evidence.add(lists["evidence"])
    assert actions.apply(NOW)["revocation_lists"] == 1
    assert set(RevocationList.objects.values_list("digest", flat=True)) == {"evidence", "last", "only"}


def test_a_use_in_an_emergency_stays_until_three_years_after_it_was_judged(make_person, db):
    section = Department.objects.create(path="a", code="a", kind="section", name={"ja": "課"})
    people = [
        StaffMember.objects.create(
            account=Account.objects.create(kind="staff", login=name, created_at=NOW),
            department=section,
            name=name,
            post="clerk",
        )
        for name in ("見た人", "確かめた人")
    ]
    long_ago = NOW - 2000 * DAY
    judged = {"reviewed_by": people[1], "verdict": "justified"}
    uses = {
        name: EmergencyAccess.objects.create(
            staff=people[0], department=section, subject=make_person(), reason="life", explanation=CANARY, begun_at=long_ago,
            ends_at=long_ago + timedelta(hours=1), review_by=long_ago.date(), **fields,
        )
        for name, fields in {
            "unjudged": {}, "just": judged | {"reviewed_at": NOW - 1094 * DAY}, "gone": judged | {"reviewed_at": NOW - 1096 * DAY},
        }.items()
    }  # fmt: skip
    assert actions.apply(NOW)["emergencies"] == 1
    assert set(EmergencyAccess.objects.all()) == {uses["unjudged"], uses["just"]}


def test_a_file_that_nobody_confirmed_goes_with_its_rows_and_reports_stay(db):
    def make(state, days, **fields):
        made = Import.objects.create(
            register="residents", file_name=state, sha256="", encoding="UTF-8", day=date(2026, 4, 1), state=state,
            uploaded_at=NOW - days * DAY, ended_at=None if state in Import.UNENDED else NOW, **fields,
        )  # fmt: skip
        ImportRow.objects.create(of=made, line=2, key="1", cells=[CANARY], outcome="added")
        return made

    stay = [make("checked", 29), make("applying", 31), make("applied", 400), make("unreadable", 400)]
    make("checked", 31)
    make("reading", 31)
    assert actions.apply(NOW)["imports"] == 2
    assert set(Import.objects.all()) == set(stay)
    assert ImportRow.objects.count() == 4
    done = {"step": "read", "actor": {}, "language": "ja", "next_try_at": NOW}
    for state, days in (("done", 31), ("done", 29), ("waiting", 31), ("given_up", 31)):
        Work.objects.create(of=stay[0], state=state, done_at=NOW - days * DAY if state == "done" else None, **done)
    assert actions.apply(NOW)["import_work"] == 1


def test_what_was_deleted_is_recorded_by_kind_and_number_alone(make_draft):
    make_draft(100)
    actions.apply(NOW)
    entry = AuditEntry.objects.get(what="retention.delete")
    assert json.loads(entry.detail) == {"kind": "drafts", "count": 1, "days": 90}
    assert (entry.actor_kind, entry.subject, entry.object_id) == ("system", None, "")
    assert CANARY not in str(AuditEntry.objects.values_list())


def test_many_go_in_batches_each_recorded(monkeypatch, db):
    monkeypatch.setattr(actions, "BATCH", 2)
    for number in range(5):
        Session.objects.create(session_key=str(number), session_data="", expire_date=NOW - DAY)
    assert actions.apply(NOW)["sessions"] == 5
    counts = [
        json.loads(entry.detail)["count"]
        for entry in AuditEntry.objects.filter(what="retention.delete").order_by("seq")
    ]
    assert counts == [2, 2, 1]
    assert actions.apply(NOW)["sessions"] == 0


def test_listing_changes_nothing(make_draft):
    make_draft(100)
    assert {each.rule.kind: each.count for each in due(NOW)}["drafts"] == 1
    assert Draft.objects.count() == 1


def test_only_the_system_deletes(make_draft):
    make_draft(100)
    (drafts,) = [each for each in due(NOW) if each.rule.kind == "drafts"]
    with pytest.raises(Refused):
        actions.delete_batch(drafts, by=PUBLIC, now=NOW)
    assert Draft.objects.exists()


def test_every_kind_has_a_rule_with_its_source_and_every_rule_its_records():
    assert {rule.kind for rule in RULES} == set(DUE)
    assert all(rule.source and rule.title and rule.since for rule in RULES)


def test_a_new_rule_holds_from_its_day():
    old = Rule("drafts", "下書き", "最後の保存", 90 * DAY, "規程", date(2026, 4, 1))
    new = Rule("drafts", "下書き", "最後の保存", 30 * DAY, "規程", date(2027, 4, 1))
    assert in_force(date(2026, 3, 31), (new, old)) == []
    assert in_force(date(2027, 3, 31), (new, old)) == [old]
    assert in_force(date(2027, 4, 1), (new, old)) == [new]


def test_the_command_lists_and_deletes_only_when_told(make_draft, capsys):
    make_draft(300)
    call_command("retention")
    assert "1  drafts" in capsys.readouterr().out
    assert Draft.objects.exists()
    call_command("retention", "--apply")
    assert not Draft.objects.exists()
