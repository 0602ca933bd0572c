"""What comes from the portal: once each, with deadline, checks and words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kusei.base.ask import progress
from kusei.base.ask.models import Application
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions
from kusei.base.decide.models import Case, Definition
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import NotNow, Refused


def test_an_application_becomes_a_case_with_deadline_and_checks(apply, now):
    handed = apply()
    case = actions.receive(handed, by=SYSTEM, now=now)
    case.refresh_from_db()
    assert case.id == handed.application_id
    assert (case.state, case.assignee, case.due_on, case.working_days) == ("received", None, date(2026, 6, 19), 14)
    assert (case.applicant_name, case.applicant_kana) == ("墨田　花子", "スミダ　ハナコ")
    keys = [check["key"] for check in handed.definition["decide"]["checks"]]
    assert list(case.checks.order_by("order").values_list("key", flat=True)) == keys
    assert list(case.entries.values_list("event", flat=True)) == ["received"]


def test_the_deadline_counts_from_the_day_in_japan(apply):
    late = datetime(2026, 6, 1, 15, 30, tzinfo=UTC)  # 00:30 on the 2nd in Japan
    assert actions.receive(apply(late), by=SYSTEM, now=late).due_on == date(2026, 6, 22)


def test_the_same_application_again_gives_the_same_case(apply, now):
    handed = apply()
    first = actions.receive(handed, by=SYSTEM, now=now)
    again = actions.receive(replace(handed, applicant_name="別の人"), by=SYSTEM, now=now)
    assert again.id == first.id
    assert again.applicant_name == first.applicant_name
    assert (Case.objects.count(), first.checks.count(), first.entries.count()) == (1, 5, 1)


def test_cases_of_one_version_share_its_definition(apply, now):
    for _nth in range(2):
        actions.receive(apply(), by=SYSTEM, now=now)
    assert Definition.objects.count() == 1


def test_only_the_portal_hands_in(apply, clerk, resident, now):
    handed = apply()
    for somebody in (clerk.actor, resident):
        with pytest.raises(Refused):
            actions.receive(handed, by=somebody, now=now)
        with pytest.raises(Refused):
            actions.receive_correction(handed.application_id, {}, [], [], by=somebody, now=now)
        with pytest.raises(Refused):
            actions.receive_withdrawal(handed.application_id, by=somebody, now=now)
    assert Case.objects.count() == 0
    assert AuditEntry.objects.filter(act="refuse").count() == 6


@pytest.fixture
def correcting(taken, clerk, now):
    actions.ask_correction(taken, ["phone"], "電話番号を確かめてください。", date(2026, 6, 12), by=clerk.actor, now=now)
    return taken


def test_asking_for_a_correction_stops_the_clock_and_tells_the_applicant(correcting):
    correcting.refresh_from_db()
    assert (correcting.state, correcting.paused_on) == ("correcting", date(2026, 6, 1))
    application = Application.objects.get(id=correcting.id)
    assert application.state == "correcting"
    asked = application.corrections.get()
    assert (asked.questions, asked.answer_by, asked.answered_at) == (["phone"], date(2026, 6, 12), None)


def test_a_correction_brings_the_new_answers_and_the_clock_runs_on(correcting, now):
    answers = {**correcting.answers, "phone": "0399990000"}
    later = now + timedelta(days=4)  # Friday: four working days
    actions.receive_correction(correcting.id, answers, ["phone"], [], by=SYSTEM, now=later)
    case = Case.objects.get(id=correcting.id)
    assert (case.state, case.paused_on, case.due_on) == ("checking", None, date(2026, 6, 25))
    assert case.answers["phone"] == "0399990000"
    entry = case.entries.get(event="correction_received")
    assert entry.detail == {"changed": ["phone"], "before": {"phone": "0312345678"}}


def test_waiting_for_a_correction_ends_only_after_its_day_and_the_clock_runs_on(correcting, clerk, now):
    with pytest.raises(NotNow, match="回答の期限まで"):
        actions.resume(correcting, by=clerk.actor, now=now + timedelta(days=11))
    actions.resume(correcting, by=clerk.actor, now=now + timedelta(days=14))
    case = Case.objects.get(id=correcting.id)
    assert (case.state, case.paused_on, case.due_on) == ("checking", None, date(2026, 7, 3))
    application = Application.objects.get(id=case.id)
    assert application.state == "checking"
    assert not application.corrections.filter(answered_at=None).exists()
    with pytest.raises(NotNow):
        actions.receive_correction(case.id, {}, ["phone"], [], by=SYSTEM, now=now + timedelta(days=14))


def test_a_correction_nobody_asked_for_is_not_taken(taken, now):
    with pytest.raises(NotNow):
        actions.receive_correction(taken.id, {}, [], [], by=SYSTEM, now=now)
    taken.refresh_from_db()
    assert taken.answers["phone"] == "0312345678"


@pytest.mark.parametrize("fixture", ["case", "taken", "correcting", "drafted"])
def test_an_application_can_be_withdrawn_until_it_is_decided(request, fixture, now):
    given = request.getfixturevalue(fixture)
    case = getattr(given, "case", given)
    for _twice in range(2):
        actions.receive_withdrawal(case.id, by=SYSTEM, now=now)
    case = Case.objects.get(id=case.id)
    assert (case.state, case.paused_on) == ("withdrawn", None)
    assert not case.approvals.filter(state="running").exists()
    assert case.entries.filter(event="withdrawn").count() == 1


def test_a_decided_case_cannot_be_withdrawn(drafted, subchief, chief, step, now):
    for who in (subchief, chief):
        drafted.refresh_from_db()
        actions.agree(drafted, step(drafted), by=who.actor, now=now)
    with pytest.raises(NotNow):
        actions.receive_withdrawal(drafted.case_id, by=SYSTEM, now=now)
    assert Case.objects.get(id=drafted.case_id).state == "decided"


def test_the_applicant_sees_the_examination_begin_once(case, clerk, colleague, now):
    actions.take(case, by=clerk.actor, now=now)
    actions.assign(case, colleague.staff, by=clerk.actor, now=now)
    application = Application.objects.get(id=case.id)
    assert application.state == "checking"
    assert list(application.steps.values_list("event", flat=True)) == ["checking"]
    assert progress.account_of(case.id) == case.account_id
