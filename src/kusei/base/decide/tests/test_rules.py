"""The state table, deadlines, the approval rule, search words: pure."""

from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.decide import rules
from kusei.base.decide.models import Approval, Case, Document
from kusei.base.decide.rules import Taken
from kusei.base.kernel.calendar import business_days_between, is_business_day
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
take_back           -          -          -          approving  -          -
return_step         -          -          -          approving  -          -
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


DOCUMENTS = """
            drafting   approving  decided    issued     abandoned
edit        drafting   -          -          -          -
draft       approving  -          -          -          -
pull_back   -          drafting   -          -          -
agree       -          approving  -          -          -
take_back   -          approving  -          -          -
return_step -          approving  -          -          -
send_back   -          drafting   -          -          -
decide      -          decided    -          -          -
issue       -          -          issued     -          -
abandon     abandoned  -          -          -          -
"""
DOCUMENT_HEAD, *DOCUMENT_LINES = [line.split() for line in DOCUMENTS.strip().splitlines()]
DOCUMENT_CELLS = [
    (act, state, cell) for act, *cells in DOCUMENT_LINES for state, cell in zip(DOCUMENT_HEAD, cells, strict=True)
]


def test_the_table_of_documents_covers_every_act_and_state():
    assert {act for act, _state, _cell in DOCUMENT_CELLS} == set(rules.DOCUMENT_MOVES)
    assert set(DOCUMENT_HEAD) == set(dict(Document.STATES))


@pytest.mark.parametrize(("act", "state", "cell"), DOCUMENT_CELLS)
def test_an_act_on_a_document_leads_where_the_table_says_or_is_refused_with_a_sentence(act, state, cell):
    assert rules.can(act, state, document=True) == (cell != "-")
    if cell != "-":
        assert rules.after(act, state, document=True) == cell
    else:
        with pytest.raises(NotNow) as refused:
            rules.after(act, state, document=True)
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


# ---- pauses (補正の間の停止) -------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2026, 1, 5), date(2027, 12, 24))


@given(DAYS, st.integers(1, 60), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40)), max_size=4))
def test_what_was_left_of_the_period_when_it_stopped_is_left_when_it_runs_on(received, within, spans):
    """However often a correction was asked for: from the answer on there are as many working days as when it was asked for."""
    due, day, listed = rules.due_on(received, within), received, []
    for wait, away in spans:
        asked = day + timedelta(days=wait)
        day = asked + timedelta(days=away)
        listed.append((asked, day))
        left = business_days_between(asked, due)
        (pause,) = rules.pauses(due, [(asked, day)], day)
        assert pause.due >= due
        assert is_business_day(pause.due)
        assert pause.days == business_days_between(asked, day)
        if left >= 0:
            assert business_days_between(day, pause.due) == left
        due = pause.due
    assert [pause.due for pause in rules.pauses(rules.due_on(received, within), listed, day)][-1:] == [due] * bool(
        spans
    )


@given(DAYS, st.integers(0, 30), st.integers(0, 30))
def test_a_pause_that_goes_on_costs_more_the_longer_it_lasts(asked, one, more):
    due = rules.due_on(asked, 14)
    first, second = (rules.pauses(due, [(asked, None)], asked + timedelta(days=days))[0] for days in (one, one + more))
    assert first.until is None
    assert first.days <= second.days
    assert first.due <= second.due


def test_a_pause_of_no_working_day_changes_nothing():
    due = date(2026, 6, 19)
    (pause,) = rules.pauses(due, [(date(2026, 6, 5), date(2026, 6, 7))], date(2026, 6, 30))
    assert (pause.days, pause.due) == (0, due)


# ---- how old (滞留) ----------------------------------------------------------------------------------------------------------


@given(DAYS, st.integers(0, 40))
def test_the_day_before_is_the_last_with_so_many_working_days_since(today, days):
    day = rules.day_before(today, days)
    assert business_days_between(day, today) == days
    if is_business_day(day + timedelta(days=1)) and day < today:
        assert business_days_between(day + timedelta(days=1), today) == days - 1
