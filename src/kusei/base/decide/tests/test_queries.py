"""Who sees which cases, in which order, page by page, and in how many queries."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from kusei.base.decide import actions, figures, queries
from kusei.base.decide.models import Case
from kusei.base.decide.queries import Wanted
from kusei.base.kernel.actors import PUBLIC, SYSTEM

SEE = "審査"


@pytest.fixture
def arrive(apply):
    """Let applications arrive, one a day from the first."""

    def make(count, first, **more):
        days = [first + timedelta(days=n) for n in range(count)]
        return [actions.receive(apply(day, **more), by=SYSTEM, now=day) for day in days]

    return make


def shown(by, now, **wanted):
    return queries.queue(by, SEE, now, Wanted(**wanted))


def test_only_the_department_and_what_is_above_it_see_a_case(case, office, clerk, chief, stranger, resident, now):
    head = office.hire("department_chief", at=office.section.__class__.objects.get(path="kodomo"))
    for person in (clerk, chief, head):
        assert list(queries.visible(person.actor, SEE, now)) == [case], person
    for actor in (stranger.actor, resident, PUBLIC):
        assert not queries.visible(actor, SEE, now).exists()
    assert queries.visible(SYSTEM, SEE, now).exists()


def test_a_department_whose_name_begins_alike_is_another(case, office, now):
    alike = office.section.__class__.objects.create(
        path="kodomo/kosodate2", code="kosodate2", kind="section", name={"ja": "x"}
    )
    assert not queries.visible(office.hire("clerk", at=alike).actor, SEE, now).exists()


def test_the_nearest_deadline_comes_first(arrive, clerk, now):
    *_early, late = arrive(3, now)
    rows = shown(clerk.actor, now).rows
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows)
    assert rows[-1].id == late.id


def test_the_tabs_part_the_cases_and_count_them(arrive, clerk, colleague, now):
    mine, theirs, asked, free, gone = arrive(5, now)
    for case, person in ((mine, clerk), (theirs, colleague), (asked, clerk)):
        actions.take(case, by=person.actor, now=now)
    actions.ask_correction(asked, ["phone"], "直す", None, by=clerk.actor, now=now)
    actions.receive_withdrawal(gone.id, by=SYSTEM, now=now)
    later = now + timedelta(days=60)
    wanted = {
        "mine": {mine, asked}, "unassigned": {free}, "open": {mine, theirs, asked, free}, "correcting": {asked},
        "overdue": {mine, theirs, free}, "ended": {gone},
    }  # fmt: skip
    for tab, cases in wanted.items():
        queue = shown(clerk.actor, later, tab=tab)
        assert {row.id for row in queue.rows} == {case.id for case in cases}, tab
        assert queue.counts[tab] == (None if tab == "ended" else len(cases)), tab


@pytest.mark.parametrize("tab", ["open", "ended"])
def test_pages_follow_each_other_without_gap_or_repeat_both_ways(monkeypatch, arrive, clerk, now, tab):
    monkeypatch.setattr(queries, "PAGE", 3)
    cases = arrive(8, now)
    if tab == "ended":
        for case in cases:
            actions.receive_withdrawal(case.id, by=SYSTEM, now=now)
    there, place = [], None
    while True:
        page = shown(clerk.actor, now, tab=tab, after=place)
        assert (page.newer is None) == (place is None)
        there.append([row.id for row in page.rows])
        if not page.older:
            break
        place = page.older
    assert [len(ids) for ids in there] == [3, 3, 2]
    assert len({i for ids in there for i in ids}) == 8
    back = [there[-1]]
    while page.newer:
        page = shown(clerk.actor, now, tab=tab, before=page.newer)
        back.append([row.id for row in page.rows])
    assert back == there[::-1]


@pytest.mark.parametrize("typed", ["墨田", "墨田花子", "はなこ", "ｽﾐﾀﾞ ﾊﾅｺ", "花子 墨田"])
def test_a_person_is_found_by_name_and_reading(case, clerk, now, typed):
    assert [row.id for row in shown(clerk.actor, now, text=typed).rows] == [case.id]


@pytest.mark.parametrize("typed", ["田", "山田", "墨田 太郎", "%", "' | 'u", "u:*", "\\"])
def test_what_is_not_there_is_not_found(case, clerk, now, typed):
    assert shown(clerk.actor, now, text=typed).rows == []


def test_a_number_is_found_in_parts_and_leads_to_its_case_when_whole(case, clerk, stranger, now):
    assert [row.id for row in shown(clerk.actor, now, text=case.number[:8]).rows] == [case.id]
    typed = case.number.lower().replace("-", " ")
    assert queries.by_number(clerk.actor, SEE, now, typed) == case
    assert queries.by_number(stranger.actor, SEE, now, typed) is None


def test_a_search_counts_the_ended_too(case, clerk, now):
    actions.receive_withdrawal(case.id, by=SYSTEM, now=now)
    counts = shown(clerk.actor, now, text="墨田").counts
    assert (counts["open"], counts["ended"]) == (0, 1)


@pytest.mark.parametrize(("wanted", "queries_taken"), [({}, 5), ({"tab": "ended"}, 5), ({"text": "墨田"}, 6)])
def test_the_queue_takes_as_many_queries_however_long(arrive, clerk, now, wanted, queries_taken):
    by = clerk.actor
    for count in (1, 20):
        arrive(count, now)
        with CaptureQueriesContext(connection) as done:
            shown(by, now, **wanted)
        assert len(done) == queries_taken - (not shown(by, now, **wanted).rows)


def test_counting_stops_where_nobody_counts_any_more(monkeypatch, arrive, clerk, now):
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    monkeypatch.setattr(queries, "MOST_ENDED", 1)
    cases = arrive(8, now)
    for case in cases[:3]:
        actions.receive_withdrawal(case.id, by=SYSTEM, now=now)
    counts = shown(clerk.actor, now).counts
    assert (counts["open"], counts["unassigned"], counts["mine"], counts["ended"]) == (4, 4, 0, None)
    counts = shown(clerk.actor, now, text="墨田").counts
    assert (counts["open"], counts["unassigned"], counts["ended"]) == (4, 4, 2)


def test_one_page_is_merged_from_several_departments(monkeypatch, arrive, office, now):
    monkeypatch.setattr(queries, "PAGE", 3)
    below = office.section.__class__.objects.create(
        path="kodomo/hoiku", code="hoiku", kind="section", name={"ja": "保育課"}
    )
    cases = arrive(8, now)
    Case.objects.filter(id__in=[case.id for case in cases[::2]]).update(department=below)
    head = office.hire("department_chief", at=office.section.__class__.objects.get(path="kodomo"))
    there, place = [], None
    for _ in range(3):
        page = shown(head.actor, now, after=place)
        there += [row.id for row in page.rows]
        place = page.older
    in_order = Case.objects.order_by("due_on", "id").values_list("id", flat=True)
    assert there == list(in_order)
    assert {row.department_id for row in shown(head.actor, now).rows} == {"kodomo/hoiku", "kodomo/kosodate"}
    monkeypatch.setattr(queries, "MOST_MERGED", 0)
    assert [row.id for row in shown(head.actor, now).rows] == there[:3]


def test_procedures_are_those_of_open_cases_one_may_see(arrive, clerk, stranger, now):
    first, second, _ = arrive(3, now)
    Case.objects.filter(id=first.id).update(procedure="a/a", title={"ja": "甲"})
    Case.objects.filter(id=second.id).update(procedure="z/z", title={"ja": "乙"})
    found = shown(clerk.actor, now).procedures
    assert [slug for slug, _title in found] == ["a/a", "child_allowance/claim", "z/z"]
    assert (found[0][1], found[2][1]) == ({"ja": "甲"}, {"ja": "乙"})
    actions.receive_withdrawal(first.id, by=SYSTEM, now=now)
    assert [slug for slug, _title in shown(clerk.actor, now).procedures] == ["child_allowance/claim", "z/z"]
    assert shown(stranger.actor, now).procedures == []


def test_a_case_sent_back_says_so_in_the_queue(drafted, subchief, clerk, step, now):
    actions.send_back(drafted, step(drafted), "もう一度", by=subchief.actor, now=now)
    assert shown(clerk.actor, now, tab="mine").rows[0].last_approval == "returned"


def test_the_overview_counts_by_section(arrive, drafted, clerk, subchief, chief, office, stranger, step, now):
    for person in (subchief, chief):
        drafted.refresh_from_db()
        actions.agree(drafted, step(drafted), by=person.actor, now=now + timedelta(days=3))
    arrive(2, now - timedelta(days=40))
    (section,) = figures.overview(chief.actor, "進行管理", now + timedelta(days=5))
    assert (section.department, section.open, section.unassigned, section.overdue) == (office.section, 2, 2, 2)
    assert section.ages == {"week": 0, "fortnight": 0, "month": 0, "older": 2}
    assert (section.decided, section.median_days) == (1, 3.0)
    assert figures.overview(stranger.actor, "進行管理", now) == []


def test_a_case_cannot_be_stored_decided_without_an_outcome(case):
    with pytest.raises(IntegrityError, match="decided_with_outcome"):
        Case.objects.filter(id=case.id).update(state="decided")
