"""Examining a case: who may, what holds, what is refused."""

from datetime import date, timedelta

import pytest

from kusei.base.ask.models import Correction
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions
from kusei.base.decide.models import Case
from kusei.base.kernel.errors import Invalid, NotNow, Refused

DAY = date(2026, 6, 12)


def acts(case, to):
    """Every act on a case, ready to be done by somebody."""
    return {
        "take": lambda by, now: actions.take(case, by=by, now=now),
        "release": lambda by, now: actions.release(case, by=by, now=now),
        "assign": lambda by, now: actions.assign(case, to, by=by, now=now),
        "check": lambda by, now: actions.check(case, {"bank": ("ok", "")}, by=by, now=now),
        "add_note": lambda by, now: actions.add_note(case, "見た", by=by, now=now),
        "ask_correction": lambda by, now: actions.ask_correction(case, ["phone"], "直す", DAY, by=by, now=now),
        "resume": lambda by, now: actions.resume(case, by=by, now=now),
        "draft": lambda by, now: actions.draft(case, "refused", "理由", by=by, now=now),
    }


NAMES = list(acts(None, None))


def unchanged(case):
    before = (case.state, case.version, case.assignee_id)
    now = Case.objects.get(id=case.id)
    return before == (now.state, now.version, now.assignee_id) and not now.approvals.exists()


@pytest.mark.parametrize("name", NAMES)
def test_another_departments_clerk_is_refused_and_it_is_logged(taken, stranger, colleague, now, name):
    with pytest.raises(Refused):
        acts(taken, colleague.staff)[name](stranger.actor, now)
    assert unchanged(taken)
    refusal = AuditEntry.objects.get(act="refuse")
    assert (refusal.account_id, refusal.object_id) == (str(stranger.account.id), str(taken.id))


@pytest.mark.parametrize("name", NAMES)
def test_a_resident_is_refused_even_on_their_own_case(taken, resident, colleague, now, name):
    with pytest.raises(Refused):
        acts(taken, colleague.staff)[name](resident, now)
    assert unchanged(taken)
    assert AuditEntry.objects.filter(act="refuse", actor_kind="resident").count() == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_role_that_expired_gives_nothing(taken, office, colleague, now, name):
    former = office.hire("subsection_chief", until=date(2026, 5, 31))
    with pytest.raises(Refused):
        acts(taken, colleague.staff)[name](former.actor, now)


@pytest.mark.parametrize("name", ["check", "ask_correction", "draft"])
def test_only_who_has_the_case_works_on_it(taken, colleague, now, name):
    with pytest.raises(NotNow, match="相川みどりさんが担当"):
        acts(taken, colleague.staff)[name](colleague.actor, now)
    assert unchanged(taken)


@pytest.mark.parametrize("name", ["check", "ask_correction", "draft"])
def test_a_case_nobody_has_is_taken_first(case, clerk, now, name):
    with pytest.raises(NotNow, match="先に担当"):
        acts(case, None)[name](clerk.actor, now)


def test_taking_makes_it_ones_own(case, clerk, now):
    actions.take(case, by=clerk.actor, now=now)
    case.refresh_from_db()
    assert (case.state, case.assignee, case.version) == ("checking", clerk.staff, 1)
    change = AuditEntry.objects.get(act="change", what="case.taken")
    assert (change.subject, change.department) == (str(case.party_id), "子育て支援課")


def test_who_comes_second_is_told_who_has_it(taken, colleague, now):
    with pytest.raises(NotNow, match="相川みどりさんが担当"):
        actions.take(taken, by=colleague.actor, now=now)


def test_an_act_on_a_page_that_is_out_of_date_changes_nothing(taken, clerk, now):
    stale = Case.objects.get(id=taken.id)
    actions.check(taken, {"bank": ("ok", "")}, by=clerk.actor, now=now)
    with pytest.raises(NotNow, match="先にこの案件を変更"):
        actions.check(stale, {"bank": ("not_ok", "相違")}, by=clerk.actor, now=now)
    assert taken.checks.get(key="bank").result == "ok"


def test_a_case_put_back_is_free_again(taken, clerk, colleague, now):
    actions.release(taken, by=clerk.actor, now=now)
    assert taken.assignee is None
    actions.take(taken, by=colleague.actor, now=now)
    assert Case.objects.get(id=taken.id).assignee == colleague.staff


def test_a_clerk_hands_over_only_their_own_and_a_chief_anybodys(taken, clerk, colleague, subchief, now):
    with pytest.raises(Refused):
        actions.assign(taken, colleague.staff, by=colleague.actor, now=now)
    actions.assign(taken, colleague.staff, by=clerk.actor, now=now)
    actions.assign(taken, clerk.staff, by=subchief.actor, now=now)
    assert Case.objects.get(id=taken.id).assignee == clerk.staff


def test_a_case_goes_only_to_who_may_work_on_it(taken, clerk, stranger, chief, now):
    for somebody in (stranger, chief):
        with pytest.raises(Invalid):
            actions.assign(taken, somebody.staff, by=clerk.actor, now=now)


def test_checks_keep_result_ground_and_who(taken, clerk, now):
    results = {"bank": ("not_ok", "名義が配偶者のもの"), "children": ("ok", ""), "resident": ("", "")}
    changed = actions.check(taken, results, by=clerk.actor, now=now)
    assert {item.key for item in changed} == {"bank", "children"}
    item = taken.checks.get(key="bank")
    assert (item.result, item.note, item.checked_by, item.checked_at) == (
        "not_ok",
        "名義が配偶者のもの",
        clerk.staff,
        now,
    )
    assert taken.entries.get(event="checked").detail == {"items": {"bank": "not_ok", "children": "ok"}}
    assert actions.check(taken, results, by=clerk.actor, now=now) == []
    assert taken.entries.filter(event="checked").count() == 1


@pytest.mark.parametrize(
    ("results", "field"),
    [
        ({"no-such": ("ok", "")}, "check-no-such"),
        ({"bank": ("perhaps", "")}, "check-bank"),
        ({"bank": ("not_ok", " ")}, "note-bank"),
        ({"bank": ("not_needed", "")}, "note-bank"),
        ({"bank": ("ok", "長" * 501)}, "note-bank"),
    ],
)
def test_a_check_that_does_not_hold_is_named_and_none_is_saved(taken, clerk, now, results, field):
    with pytest.raises(Invalid) as invalid:
        actions.check(taken, {"children": ("ok", ""), **results}, by=clerk.actor, now=now)
    assert list(invalid.value.problems) == [field]
    assert not taken.checks.exclude(result="").exists()


def test_a_note_is_for_staff_and_can_always_be_left(taken, subchief, now):
    entry = actions.add_note(taken, " 電話で確認済み ", by=subchief.actor, now=now)
    assert (entry.note, entry.by) == ("電話で確認済み", subchief.staff)
    for text in ("  ", "長" * 2001):
        with pytest.raises(Invalid):
            actions.add_note(taken, text, by=subchief.actor, now=now)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"questions": []}, "questions"),
        ({"questions": ["no_such"]}, "questions"),
        ({"message": "  "}, "message"),
        ({"message": "長" * 2001}, "message"),
        ({"answer_by": date(2026, 6, 1)}, "answer_by"),
        ({"answer_by": date(2026, 6, 1) + timedelta(days=93)}, "answer_by"),
    ],
)
def test_a_correction_that_could_not_be_answered_is_not_asked_for(taken, clerk, now, given, field):
    wanted = {"questions": ["phone"], "message": "直す", "answer_by": None, **given}
    with pytest.raises(Invalid) as invalid:
        actions.ask_correction(taken, *wanted.values(), by=clerk.actor, now=now)
    assert list(invalid.value.problems) == [field]
    assert not Correction.objects.exists()
    assert unchanged(taken)
