"""Break-glass: what it opens, to whom, until when; who is told, who judges it; what it never opens."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import catalogue
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import queries as decide
from kusei.base.decide.models import Case, Definition
from kusei.base.emergency import actions, queries
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.kernel import clock
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.ids import receipt_number
from kusei.base.parties.dossier import EMERGENCY, dossier
from kusei.base.parties.facts import facts
from kusei.base.parties.models import Party, Protection, Residence, Town
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.base.tell.models import Message

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # a Friday, noon in Japan
HOUR = timedelta(hours=1)
WHY = "子どもがけがをしたと学校から電話があった。"


@pytest.fixture
def now(monkeypatch):
    """The clock of the pages, to be moved."""

    class Time:
        at = NOW

    monkeypatch.setattr(clock, "now", lambda: Time.at)
    return Time


@pytest.fixture
def hire(db):
    def hire(login, path, role, post="clerk"):
        department, _new = Department.objects.get_or_create(
            path=path, defaults={"code": path.replace("/", "-"), "kind": "section", "name": {"ja": f"{path}課"}}
        )
        account = Account.objects.create(kind="staff", login=login, email=f"{login}@office.example.jp", created_at=NOW)
        staff = StaffMember.objects.create(
            account=account, department=department, name=f"職員{login}", kana=login, post=post
        )
        Role.objects.create(
            staff=staff, department=department, role=role, since=date(2026, 4, 1), until=date(2027, 3, 31)
        )
        return staff

    return hire


@pytest.fixture
def house(hire):
    """A clerk of the tax section and their chief; another chief; the ICT office; and a resident with an application elsewhere."""
    people = {
        "clerk": hire("100", "kumin/zei", "reviewer"), "chief": hire("101", "kumin/zei", "decider", "section_chief"),
        "above": hire("102", "kumin", "overseer", "department_chief"), "other": hire("103", "kodomo/teate", "decider", "section_chief"),
        "ict": hire("104", "kikaku/joho", "ict"),
    }  # fmt: skip
    Town.objects.create(id="t", ward_code="13107", name="吾妻橋一丁目", source="made")
    return people


def person(name="鏑木　花子", block="23番20号", **more):
    made = Party.objects.create(
        kind="person",
        name=name,
        kana="カブラギ　ハナコ",
        birth_date=date(1990, 4, 1),
        phone="0312345678",
        as_of=date(2026, 1, 1),
        **more,
    )
    Residence.objects.create(party=made, town_id="t", block=block, since=date(2020, 1, 1))
    return made


def case_of(party, path="kodomo/teate"):
    snapshot = Definition.objects.create(id=uuid4(), content=catalogue.written("child_allowance/claim").stored())
    return Case.objects.create(
        number=receipt_number(NOW), procedure="x", title={"ja": "手当の申請"}, snapshot=snapshot, department_id=path, party=party,
        applicant_name=party.name, answers={}, received_at=NOW, due_on=date(2026, 12, 1), working_days=10,
    )  # fmt: skip


def begin(house, subject, who="clerk", now=NOW):
    return actions.begin(subject, "life", WHY, by=actor_for(house[who].account, now), now=now)


def by(house, who, now=NOW):
    return actor_for(house[who].account, now)


def test_it_opens_one_person_for_an_hour_and_nobody_else(house):
    her, another = person(), person("墨田　太郎", number="7")
    case, theirs = case_of(her), case_of(another)
    assert not decide.visible(by(house, "clerk"), "審査", NOW).exists()
    access = begin(house, her)
    looking = by(house, "clerk")
    assert looking.emergency == {(her.id, access.id)}
    assert list(decide.visible(looking, "審査", NOW)) == [case]
    assert theirs not in decide.visible(looking, "審査", NOW)
    assert dossier(her.id, EMERGENCY, by=looking, now=NOW).person == her
    for what in (another.id,):
        with pytest.raises(Refused):
            dossier(what, EMERGENCY, by=looking, now=NOW)
    with pytest.raises(Refused):
        dossier(her.id, "窓口照会", by=looking, now=NOW)
    later = by(house, "clerk", NOW + HOUR)
    assert later.emergency == frozenset()
    assert not decide.visible(later, "審査", NOW + HOUR).exists()
    with pytest.raises(Refused):
        dossier(her.id, EMERGENCY, by=later, now=NOW + HOUR)
    assert by(house, "chief").emergency == frozenset()


def test_every_look_says_under_which_access_it_happened(house):
    her = person()
    access = begin(house, her)
    facts(her.id, ["name", "household.members"], EMERGENCY, by=by(house, "clerk"), now=NOW)
    [look] = AuditEntry.objects.filter(act="read", subject=str(her.id), account_id=str(house["clerk"].account_id))
    assert look.details["emergency"] == str(access.id)
    facts(her.id, "name", "x", by=actor_for(house["clerk"].account, NOW - HOUR).__class__(kind="system"), now=NOW)
    assert AuditEntry.objects.filter(act="read", detail__contains="emergency").count() == 1


def test_chiefs_and_officers_are_told_at_once_and_nothing_of_the_person(house):
    access = begin(house, person())
    told = {message.account_id: message for message in Message.objects.all()}
    assert set(told) == {house[each].account_id for each in ("chief", "above", "ict")}
    for message in told.values():
        assert "職員100" in message.body
        assert "鏑木" not in message.subject + message.body
        assert WHY not in message.body
        assert message.link == f"/office/emergency/uses/{access.id}"
        assert message.deliveries.count() == 1


def test_a_chief_who_uses_it_is_not_the_one_told(house):
    begin(house, person(), "chief")
    assert house["chief"].account_id not in set(Message.objects.values_list("account_id", flat=True))


@pytest.mark.parametrize(
    ("reason", "text", "field"),
    [
        ("", WHY, "reason"),
        ("boredom", WHY, "reason"),
        ("life", "   急ぎ   ", "explanation"),
        ("life", "あ" * 1001, "explanation"),
    ],
)
def test_a_reason_of_the_list_and_words_are_needed(house, reason, text, field):
    with pytest.raises(Invalid) as invalid:
        actions.begin(person(), reason, text, by=by(house, "clerk"), now=NOW)
    assert list(invalid.value.problems) == [field]
    assert not EmergencyAccess.objects.exists()


def test_who_may_not_use_it_is_refused_and_logged(house):
    her = person()
    for who in ("above", "ict"):
        with pytest.raises(Refused):
            begin(house, her, who)
    assert AuditEntry.objects.filter(act="refuse", what="base.emergency.actions.begin").count() == 2


def test_asked_again_while_it_runs_it_is_the_same(house):
    her = person()
    first = begin(house, her)
    assert begin(house, her, now=NOW + HOUR / 2) == first
    assert Message.objects.count() == 3
    assert begin(house, her, now=NOW + HOUR) != first


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_the_same_moment_it_begins_once(house):
    her, gate, made = person(), Barrier(2), []

    def press():
        gate.wait()
        made.append(begin(house, her).id)
        connection.close()

    presses = [Thread(target=press) for _ in range(2)]
    [each.start() for each in presses]
    [each.join() for each in presses]
    assert len(set(made)) == 1
    assert EmergencyAccess.objects.count() == 1


@pytest.mark.parametrize("who", ["herself", "her mother"])
def test_it_never_opens_where_a_protected_person_lives(house, now, client, who):
    """Neither her own page nor that of who lives with her, nor what either wrote in an application."""
    guarded = person(block="987番65号")
    Protection.objects.create(party=guarded, since=date(2026, 1, 1), ground="x")
    meant = guarded if who == "herself" else person("墨田　母", block="987番65号")
    case = case_of(meant)
    Case.objects.filter(id=case.id).update(answers={"address": "吾妻橋一丁目987番65号"})
    access = begin(house, meant)
    assert not decide.visible(by(house, "clerk"), "審査", NOW).exists()
    client.force_login(house["clerk"].account)
    answer = client.get(f"/office/emergency/{access.id}")
    assert answer.status_code == 200
    assert "987番65号" not in answer.content.decode()
    assert "0312345678" not in answer.content.decode()
    assert "緊急閲覧でも表示しません" in answer.content.decode()
    assert client.get(f"/office/cases/{case.id}").status_code == 404


# ---- pages -----------------------------------------------------------------------------------------------------------------

FORM = {"number": "", "name": "", "born": "", "reason": "life", "explanation": WHY}


def test_the_way_from_asking_to_the_end(house, now, client):
    her = person()
    case = case_of(her)
    client.force_login(house["clerk"].account)
    assert client.get(f"/office/cases/{case.id}").status_code == 404
    answer = client.post("/office/emergency", FORM | {"number": case.number})
    access = EmergencyAccess.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/office/emergency/{access.id}")
    text = client.get(answer.url).content.decode()
    assert "13時00分" in text or "13:00" in text
    assert f"/office/cases/{case.id}" in text
    assert "吾妻橋一丁目23番20号" in text
    assert client.get(f"/office/cases/{case.id}").status_code == 200
    assert client.post(f"/office/cases/{case.id}/take", {"version": case.version}).status_code == 404
    assert Case.objects.get(id=case.id).assignee is None
    now.at = NOW + HOUR
    assert [client.get(path).status_code for path in (f"/office/cases/{case.id}", answer.url)] == [404, 404]
    assert client.get("/office/emergency").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"number": "the case"}, {"number": "宛1"}, {"name": "鏑木花子", "born": "1990-04-01"},
        {"name": "かぶらぎ はなこ", "born": "平成2年4月1日"},
    ],
)  # fmt: skip
def test_the_person_is_found_by_number_or_by_name_and_birthday(house, now, client, form):
    her, him = person(number="宛1"), person("鏑木　太郎", number="宛2")
    Party.objects.filter(id=him.id).update(kana="カブラギ　タロウ")
    if form.get("number") == "the case":
        form = {"number": case_of(her).number.lower()}
    client.force_login(house["clerk"].account)
    assert client.post("/office/emergency", FORM | form).status_code == 302
    assert EmergencyAccess.objects.get().subject == her


@pytest.mark.parametrize(
    "form", [{}, {"number": "x"}, {"name": "鏑木花子"}, {"name": "鏑木", "born": "1990-04-01"}, {"born": "x"}]
)
def test_nobody_or_two_are_not_opened(house, now, client, form):
    person(), person(number="2")
    client.force_login(house["clerk"].account)
    for tried in (form, {"name": "鏑木花子", "born": "1990-04-01"}):
        assert client.post("/office/emergency", FORM | tried).status_code == 400
    assert not EmergencyAccess.objects.exists()


def test_guessing_is_slowed_down(house, now, client):
    client.force_login(house["clerk"].account)
    assert [client.post("/office/emergency", FORM | {"number": "x"}).status_code for _ in range(21)] == [400] * 20 + [
        429
    ]


def test_it_ends_by_hand_at_once(house, now, client):
    her = person()
    access = begin(house, her)
    client.force_login(house["clerk"].account)
    assert client.post(f"/office/emergency/{access.id}/end").status_code == 302
    assert client.get(f"/office/emergency/{access.id}").status_code == 404
    assert by(house, "clerk").emergency == frozenset()
    with pytest.raises(NotNow):
        actions.end(access, by=by(house, "clerk"), now=NOW)


def test_somebody_elses_is_not_there(house, now):
    access = begin(house, person())
    for who in ("chief", "other"):
        browser = Client()
        browser.force_login(house[who].account)
        assert browser.get(f"/office/emergency/{access.id}").status_code == 404
        assert browser.post(f"/office/emergency/{access.id}/end").status_code == 404
    with pytest.raises(Refused):
        actions.end(access, by=by(house, "chief"), now=NOW)


# ---- judging it ------------------------------------------------------------------------------------------------------------


def test_a_chief_judges_it_once_it_is_over(house, now, client):
    access = begin(house, person())
    assert access.review_by == date(2026, 11, 26)  # Monday is a holiday: 3 working days after Friday
    with pytest.raises(NotNow):
        actions.review(access, "justified", "", by=by(house, "chief"), now=NOW)
    now.at = NOW + HOUR
    client.force_login(house["chief"].account)
    url = f"/office/emergency/uses/{access.id}"
    assert WHY in client.get(url).content.decode()
    assert client.post(url, {"verdict": ""}).status_code == 400
    assert client.post(url, {"verdict": "unjustified"}).status_code == 400
    assert client.post(url, {"verdict": "unjustified", "remark": "本人の同意を得る時間があった。"}).status_code == 302
    assert client.post(url, {"verdict": "justified"}).status_code == 409
    access.refresh_from_db()
    assert (access.verdict, access.reviewed_by) == ("unjustified", house["chief"])
    assert AuditEntry.objects.get(what="emergency.reviewed").details == {"verdict": "unjustified"}


def test_nobody_judges_their_own_nor_another_departments(house):
    access = begin(house, person(), "chief")
    later = NOW + HOUR
    for who in ("chief", "other", "clerk"):
        with pytest.raises(Refused):
            actions.review(access, "justified", "", by=by(house, who, later), now=later)
    actions.review(access, "justified", "", by=by(house, "above", later), now=later)
    with pytest.raises(IntegrityError, match="emergency_judged_by_another"), transaction.atomic():
        EmergencyAccess.objects.filter(id=access.id).update(reviewed_by=access.staff)


def test_those_that_nobody_judged_in_time_are_listed(house, now, client):
    her = person()
    begin(house, her)
    begin(house, her, "other")
    client.force_login(house["chief"].account)
    now.at = datetime(2026, 11, 26, 3, tzinfo=UTC)
    assert "期限を過ぎた確認があります" not in client.get("/office/emergency/uses").content.decode()
    now.at = datetime(2026, 11, 26, 15, tzinfo=UTC)  # midnight in Japan
    assert "期限を過ぎた確認があります" in client.get("/office/emergency/uses").content.decode()
    seen = {who: queries.visible(by(house, who, now.at), "緊急閲覧の確認", now.at) for who in house}
    assert {who: queries.overdue(rows, now.at).count() for who, rows in seen.items()} == {
        "clerk": 0, "chief": 1, "above": 1, "other": 1, "ict": 2,
    }  # fmt: skip
    ict = Client()
    ict.force_login(house["ict"].account)
    assert "（2）" in ict.get("/office/emergency/uses?show=overdue").content.decode()


def test_the_page_of_a_use_lists_what_was_looked_at(house, now, client):
    her = person()
    access = begin(house, her)
    clerk = Client()
    clerk.force_login(house["clerk"].account)
    clerk.get(f"/office/emergency/{access.id}")
    client.force_login(house["ict"].account)
    assert "parties.facts" in client.get(f"/office/emergency/uses/{access.id}").content.decode()


def test_what_was_written_about_her_lies_sealed(house):
    access = begin(house, person())
    with connection.cursor() as cursor:
        cursor.execute("SELECT explanation FROM emergency_emergencyaccess")
        assert WHY not in cursor.fetchone()[0]
    assert EmergencyAccess.objects.get(id=access.id).explanation == WHY


def test_the_database_refuses_one_that_lasts_longer(house):
    access = begin(house, person())
    with pytest.raises(IntegrityError, match="emergency_is_short"), transaction.atomic():
        EmergencyAccess.objects.filter(id=access.id).update(ends_at=NOW + HOUR + timedelta(seconds=1))
