"""The state table, deadlines, the approval rule, search words: pure."""

from datetime import date
from itertools import product
from types import SimpleNamespace

import pytest

from kusei.base.decide import rules
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.rules import Taken
from kusei.base.kernel.errors import NotNow

# Every act in every state, written out once more by hand: "" is refused.
TABLE = """
                    received   checking   correcting approving  decided    withdrawn
take                checking   checking   correcting -          -          -
release             -          checking   correcting -          -          -
assign              checking   checking   correcting -          -          -
check               -          checking   correcting -          -          -
ask_correction      -          correcting -          -          -          -
receive_correction  -          -          checking   -          -          -
resume              -          -          checking   -          -          -
draft               -          approving  -          -          -          -
pull_back           -          -          -          checking   -          -
agree               -          -          -          approving  -          -
send_back           -          -          -          checking   -          -
decide              -          -          -          decided    -          -
withdraw            withdrawn  withdrawn  withdrawn  withdrawn  -          -
note                received   checking   correcting approving  decided    withdrawn
"""
HEAD, *LINES = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(act, state, cell) for act, *cells in LINES for state, cell in zip(HEAD, cells, strict=True)]


def test_the_table_covers_every_act_and_state():
    assert {act for act, _state, _cell in CELLS} == set(rules.MOVES)
    assert set(HEAD) == set(rules.STATES) == set(dict(Case.STATES))


@pytest.mark.parametrize(("act", "state", "cell"), CELLS)
def test_an_act_leads_where_the_table_says_or_is_refused_with_a_sentence(act, state, cell):
    assert rules.can(act, state) == (cell != "-")
    if cell != "-":
        assert rules.after(act, state) == cell
    else:
        with pytest.raises(NotNow) as refused:
            rules.after(act, state)
        assert str(refused.value).endswith("。")


def test_an_act_that_is_not_there_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        rules.after("sell", "received")


def test_the_standard_period_counts_working_days_without_the_first():
    assert rules.due_on(date(2026, 6, 1), 14) == date(2026, 6, 19)
    # Received on a Saturday: Monday is the first day.
    assert rules.due_on(date(2026, 6, 6), 1) == date(2026, 6, 8)
    # The new year's closing days (29 December to 3 January) don't count: Monday, 4 January is the first open day.
    assert rules.due_on(date(2026, 12, 28), 1) == date(2027, 1, 4)


def test_a_correction_shifts_the_deadline_by_the_working_days_it_took():
    due = date(2026, 6, 19)
    assert rules.due_after_pause(due, date(2026, 6, 3), date(2026, 6, 3)) == due
    assert rules.due_after_pause(due, date(2026, 6, 3), date(2026, 6, 5)) == date(2026, 6, 23)
    # Asked on Friday, answered on Sunday: no working day was lost.
    assert rules.due_after_pause(due, date(2026, 6, 5), date(2026, 6, 7)) == due


@pytest.mark.parametrize(
    ("today", "label", "tone"),
    [
        (date(2026, 6, 15), "あと4日", "neutral"),
        (date(2026, 6, 16), "あと3日", "warning"),
        (date(2026, 6, 19), "今日まで", "warning"),
        (date(2026, 6, 20), "期限超過1日", "danger"),
        (date(2026, 6, 23), "期限超過2日", "danger"),
    ],
)
def test_a_deadline_says_how_many_working_days_are_left(today, label, tone):
    shown = rules.deadline(date(2026, 6, 19), None, today)
    assert (shown.label, shown.tone) == (label, tone)


def test_a_deadline_stands_still_while_a_correction_is_awaited():
    shown = rules.deadline(date(2026, 6, 19), date(2026, 6, 17), date(2026, 7, 30))
    assert (shown.label, shown.tone, shown.days) == ("停止中（残り2日）", "info", 2)


def items(*results):
    return [SimpleNamespace(result=result) for result in results]


def test_a_grant_needs_every_check_and_a_refusal_none():
    assert rules.open_checks(items("ok", "not_needed"), {"key": "granted"}) == []
    assert len(rules.open_checks(items("ok", "", "not_ok"), {"key": "granted"})) == 2
    assert rules.open_checks(items("not_ok", ""), {"key": "refused", "needs_reason": True}) == []


POSTS = ("clerk", "subsection_chief", "section_chief", "department_chief")


def may(post, staff_post, *, staff="b", drafter="a", taken=()):
    return not rules.why_not_step(post=post, staff=staff, staff_post=staff_post, drafter=drafter, taken=taken)


@pytest.mark.parametrize(("post", "own"), list(product(POSTS, POSTS)))
def test_a_step_is_for_its_post_and_those_above(post, own):
    assert may(post, own) == (POSTS.index(own) >= POSTS.index(post))


@pytest.mark.parametrize(("post", "own"), list(product(POSTS, POSTS)))
def test_nobody_takes_a_step_of_their_own_draft(post, own):
    assert not may(post, own, staff="a", drafter="a")


def test_who_reviewed_decides_only_if_they_stood_in_for_an_inferior():
    reviewed = [Taken("b", "subsection_chief")]
    assert may("section_chief", "section_chief", taken=reviewed)
    assert not may("section_chief", "section_chief", taken=[Taken("b", "section_chief")])
    assert not may("subsection_chief", "subsection_chief", taken=reviewed)
    assert may("section_chief", "section_chief", staff="c", taken=[Taken("b", "section_chief")])


def test_words_are_found_whatever_their_width_and_kana():
    words = rules.words_of("260601-7KQ4-M2XC", "墨田　花子", "スミダ　ハナコ")
    for typed in ("墨田", "花子", "墨田花子", "すみだ", "ｽﾐﾀﾞ", "スミダハナコ", "7kq4", "260601-7KQ4-M2XC"):
        assert all(any(word.startswith(part) for word in words) for part in rules.search_words(typed)), typed
    assert rules.search_words("　 ") == []


def test_every_state_of_case_and_approval_has_a_chip():
    from kusei.base.decide import present

    assert set(present.STATES) == set(dict(Case.STATES))
    assert set(present.APPROVALS) == set(dict(Approval.STATES))
