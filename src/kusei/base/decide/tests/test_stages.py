"""Several at once and one after the other: 合議, opinions, sending back to a stage, taking back, deputies and what their holders see."""

from datetime import date, timedelta

import pytest

from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions, inbox
from kusei.base.decide.actions import documents
from kusei.base.decide.models import Approval, Document
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff import actions as staff
from kusei.base.staff.models import Absence, Deputy


@pytest.fixture
def heads(office, offices):
    """A chief of each department that is asked, and the department chief at home."""
    top = office.section.__class__.objects.get(path="kodomo")
    made = {code: office.hire("section_chief", at=place, name=f"{code}課長") for code, place in offices.items()}
    return made | {"top": office.hire("department_chief", at=top, role="decider", name="大沢修一")}


@pytest.fixture
def guideline(offices, write, clerk, now):
    """A guideline on its way: 係長 → 課長 → 総務課 and 政策課 at once → 部長."""
    return documents.send_round(write(kind="guideline", retention=10), by=clerk.actor, now=now)


def theirs(approval, person, now):
    return next(
        (w.step for w in inbox.waiting_for(person.actor, person.staff, now) if w.approval.id == approval.id), None
    )


def fresh(approval):
    return Approval.objects.get(id=approval.id)


def waiting_labels(approval):
    open_now = approval.steps.filter(ready=True, result="", repeated=False).order_by("order")
    return [step.label["ja"] for step in open_now]


def test_reviewers_of_two_departments_are_asked_at_once_and_all_must_have_answered(
    guideline, heads, subchief, chief, in_turn, now
):
    in_turn(guideline, subchief, chief)
    assert waiting_labels(guideline) == ["合議：総務課", "合議：政策課"]
    assert theirs(guideline, heads["top"], now) is None
    in_turn(guideline, heads["seisaku"])
    assert waiting_labels(guideline) == ["合議：総務課"]
    assert in_turn(guideline, heads["somu"], heads["top"])
    document = Document.objects.get(id=guideline.document_id)
    assert (document.state, document.decided_post, document.keep_until) == (
        "decided",
        "department_chief",
        date(2037, 3, 31),
    )


def test_the_run_keeps_the_route_and_the_rule_as_they_were(guideline):
    assert guideline.rule == {
        "matter": "regulation", "gravity": "ordinary", "amount": None, "post": "department_chief", "below": None,
        "since": "2020-04-01", "source": "大田区通知の基準（部局の方針に係る事案）",
    }  # fmt: skip
    stages = list(guideline.steps.order_by("order").values_list("stage", "kind", "post"))
    assert stages == [
        (1, "review", "subsection_chief"), (2, "review", "section_chief"), (3, "consult", "section_chief"),
        (3, "consult", "section_chief"), (4, "decide", "department_chief"),
    ]  # fmt: skip


def test_a_department_that_disagrees_lets_it_pass_with_its_opinion_and_who_decides_answers_it(
    guideline, heads, subchief, chief, in_turn, now
):
    in_turn(guideline, subchief, chief, heads["seisaku"])
    step = theirs(guideline, heads["somu"], now)
    with pytest.raises(Invalid):
        actions.agree(fresh(guideline), step.id, " ", opinion=True, by=heads["somu"].actor, now=now)
    actions.agree(fresh(guideline), step.id, "第3条は条例で定めるべき", opinion=True, by=heads["somu"].actor, now=now)
    last = theirs(guideline, heads["top"], now)
    with pytest.raises(Invalid, match="どう判断"):
        actions.agree(fresh(guideline), last.id, by=heads["top"].actor, now=now)
    assert actions.agree(fresh(guideline), last.id, "次の改正で検討する", by=heads["top"].actor, now=now)


def test_only_who_is_asked_may_pass_with_an_opinion(guideline, subchief, now):
    with pytest.raises(Invalid, match="合議の段階だけ"):
        actions.agree(guideline, theirs(guideline, subchief, now).id, "x", opinion=True, by=subchief.actor, now=now)


def test_a_draft_is_sent_back_to_an_earlier_stage_and_asked_anew_from_there(
    guideline, heads, subchief, chief, in_turn, now
):
    in_turn(guideline, subchief, chief, heads["somu"])
    step = theirs(guideline, heads["seisaku"], now)
    actions.send_back(fresh(guideline), step.id, "課長の確認をもう一度", 2, by=heads["seisaku"].actor, now=now)
    assert fresh(guideline).state == "running"
    assert waiting_labels(guideline) == ["課長確認"]
    kept = guideline.steps.filter(repeated=True).order_by("order").values_list("label__ja", "result")
    assert list(kept) == [("課長確認", "agreed"), ("合議：総務課", "agreed"), ("合議：政策課", "returned")]
    # The same people take their steps once more, and nobody is stopped for having been there before.
    assert in_turn(guideline, chief, heads["somu"], heads["seisaku"], heads["top"])


@pytest.mark.parametrize("to", [2, 3, 7, -1])
def test_it_is_sent_back_to_no_stage_that_is_not_before(guideline, subchief, chief, in_turn, now, to):
    in_turn(guideline, subchief)
    with pytest.raises(Invalid):
        actions.send_back(fresh(guideline), theirs(guideline, chief, now).id, "x", to, by=chief.actor, now=now)


def test_a_document_sent_back_to_its_drafter_is_rewritten_and_sent_round_again_under_its_number(
    guideline, clerk, subchief, sheet, now
):
    number = Document.objects.get(id=guideline.document_id).number
    actions.send_back(guideline, theirs(guideline, subchief, now).id, "件名を直す", by=subchief.actor, now=now)
    document = Document.objects.get(id=guideline.document_id)
    assert (document.state, fresh(guideline).state) == ("drafting", "returned")
    documents.rewrite(document, sheet(kind="guideline", retention=10, title="要綱の改正"), by=clerk.actor, now=now)
    again = documents.send_round(document, by=clerk.actor, now=now)
    document.refresh_from_db()
    assert (document.number, document.title, again.state) == (number, "要綱の改正", "running")


def test_an_agreement_is_taken_back_until_somebody_further_on_acted(guideline, heads, subchief, chief, in_turn, now):
    in_turn(guideline, subchief)
    mine = guideline.steps.get(order=1)
    actions.take_back(fresh(guideline), mine.id, by=subchief.actor, now=now)
    assert waiting_labels(guideline) == ["係長確認"]
    with pytest.raises(NotNow):
        actions.take_back(fresh(guideline), mine.id, by=subchief.actor, now=now)
    in_turn(guideline, subchief, chief)
    again = guideline.steps.get(label__ja="係長確認", repeated=False)
    with pytest.raises(NotNow, match="次の段階に進んだ"):
        actions.take_back(fresh(guideline), again.id, by=subchief.actor, now=now)
    with pytest.raises(Refused):
        actions.take_back(fresh(guideline), again.id, by=chief.actor, now=now)


def test_one_of_two_asked_at_once_takes_back_while_the_other_has_not_answered(
    guideline, heads, subchief, chief, in_turn, now
):
    in_turn(guideline, subchief, chief, heads["somu"])
    mine = guideline.steps.get(label__ja="合議：総務課")
    actions.take_back(fresh(guideline), mine.id, by=heads["somu"].actor, now=now)
    assert waiting_labels(guideline) == ["合議：政策課", "合議：総務課"]
    assert in_turn(guideline, heads["seisaku"], heads["somu"], heads["top"])


# ---- deputies (代決) ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def acting(office, subchief, now):
    """A second subsection chief, who acts for the section chief after the first."""
    other = office.hire("subsection_chief", name="代理順子")
    for order, person in enumerate((subchief, other), start=1):
        Deputy.objects.create(
            department=office.section, post="section_chief", order=order, staff=person.staff, since=date(2026, 4, 1)
        )
    return other


def go_away(person, now, days=3):
    today = date(2026, 6, 1)
    return staff.enter_absence(person.staff, today, today + timedelta(days=days), "trip", by=person.actor, now=now)


def test_while_the_chief_is_there_no_deputy_may(drafted, subchief, chief, acting, step, now):
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    assert [theirs(drafted, person, now) is not None for person in (chief, acting, subchief)] == [True, False, False]
    with pytest.raises(Refused):
        actions.agree(fresh(drafted), step(drafted), by=acting.actor, now=now)


def test_a_deputy_decides_for_the_chief_who_is_away_and_the_chief_sees_it_afterwards(
    drafted, subchief, chief, acting, step, now
):
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    go_away(chief, now)
    # The first deputy took the review already, so it is the second one's turn.
    assert theirs(drafted, subchief, now) is None
    assert inbox.waiting_for(acting.actor, acting.staff, now)[0].right.holder == chief.staff
    assert actions.agree(fresh(drafted), step(drafted), by=acting.actor, now=now)
    taken = drafted.steps.get(order=2)
    assert (taken.mode, taken.holder, taken.taken_by, taken.seen_at) == ("deputy", chief.staff, acting.staff, None)
    assert drafted.case.entries.get(event="decided").detail["deputy"] == chief.staff.name
    assert list(inbox.to_see_afterwards(chief.staff)) == [taken]
    with pytest.raises(Refused):
        actions.see_afterwards(fresh(drafted), taken.id, by=subchief.actor, now=now)
    actions.see_afterwards(fresh(drafted), taken.id, by=chief.actor, now=now)
    taken.refresh_from_db()
    assert taken.seen_at == now
    assert not inbox.to_see_afterwards(chief.staff).exists()
    assert AuditEntry.objects.filter(what="case.seen_afterwards").count() == 1
    with pytest.raises(NotNow):
        actions.see_afterwards(fresh(drafted), taken.id, by=chief.actor, now=now)


def test_nobody_is_deputy_for_what_they_drafted(office, checked, clerk, subchief, chief, acting, step, now):
    actions.assign(checked, acting.staff, by=clerk.actor, now=now)
    approval = actions.draft(checked, "granted", "", by=acting.actor, now=now)
    go_away(chief, now)
    actions.agree(approval, step(approval), by=subchief.actor, now=now)
    assert theirs(approval, acting, now) is None
    with pytest.raises(Refused):
        actions.agree(fresh(approval), step(approval), by=acting.actor, now=now)
    assert fresh(approval).state == "running"


def test_the_next_deputy_acts_where_the_first_is_away_too(drafted, office, subchief, chief, acting, step, now):
    helper = office.hire("subsection_chief", name="係長三")
    actions.agree(drafted, step(drafted), by=helper.actor, now=now)
    go_away(chief, now)
    assert theirs(drafted, subchief, now) is not None
    go_away(subchief, now)
    assert (theirs(drafted, subchief, now), theirs(drafted, acting, now) is not None) == (None, True)


def test_when_the_chief_is_back_the_deputy_is_not_asked_any_more(drafted, office, subchief, chief, acting, step, now):
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    away = go_away(chief, now)
    assert theirs(drafted, acting, now) is not None
    staff.end_absence(away, by=chief.actor, now=now)
    assert theirs(drafted, acting, now) is None
    with pytest.raises(Refused):
        actions.agree(fresh(drafted), step(drafted), by=acting.actor, now=now)


def test_an_order_that_has_ended_makes_nobody_deputy(drafted, subchief, chief, acting, step, now):
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    go_away(chief, now)
    Deputy.objects.update(until=date(2026, 5, 31))
    assert theirs(drafted, acting, now) is None


def test_what_is_important_or_disputed_waits_for_the_post_itself(
    write, clerk, subchief, chief, acting, office, in_turn, now
):
    kodomo = office.section.__class__.objects.get(path="kodomo")
    top = office.hire("department_chief", at=kodomo, role="decider")
    Deputy.objects.create(
        department=kodomo, post="department_chief", order=1, staff=acting.staff, since=date(2026, 4, 1)
    )
    approval = documents.send_round(write(gravity="important"), by=clerk.actor, now=now)
    in_turn(approval, subchief, chief)
    go_away(top, now)
    assert theirs(approval, acting, now) is None
    last = approval.steps.get(kind="decide")
    with pytest.raises(NotNow, match="代決できません"):
        actions.agree(fresh(approval), last.id, by=acting.actor, now=now)


def test_the_post_above_takes_it_where_there_is_no_deputy(drafted, office, subchief, chief, step, now):
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    go_away(chief, now)
    top = office.hire("department_chief", at=office.section.__class__.objects.get(path="kodomo"), role="decider")
    assert actions.agree(fresh(drafted), step(drafted), by=top.actor, now=now)
    assert drafted.steps.get(order=2).mode == "superior"


# ---- who is away (不在) ------------------------------------------------------------------------------------------------------


def test_an_absence_is_entered_by_oneself_or_ones_chief_and_nobody_else(
    office, clerk, colleague, subchief, stranger, now
):
    today = date(2026, 6, 1)
    for person in (clerk, subchief):
        made = staff.enter_absence(clerk.staff, today, today, "leave", by=person.actor, now=now)
        staff.end_absence(made, by=person.actor, now=now)
    running = staff.enter_absence(clerk.staff, today, today, "leave", by=clerk.actor, now=now)
    for person in (colleague, stranger):
        with pytest.raises(Refused):
            staff.enter_absence(clerk.staff, today, today, "leave", by=person.actor, now=now)
        with pytest.raises(Refused):
            staff.end_absence(running, by=person.actor, now=now)
    with pytest.raises(Refused):
        staff.enter_absence(subchief.staff, today, today, "leave", by=clerk.actor, now=now)


@pytest.mark.parametrize(
    ("since", "until", "reason", "field"),
    [(-1, 3, "leave", "since"), (3, 2, "leave", "until"), (0, 400, "leave", "until"), (0, 1, "bored", "reason")],
)
def test_an_absence_names_days_to_come_and_a_reason(clerk, now, since, until, reason, field):
    day = date(2026, 6, 1)
    with pytest.raises(Invalid) as invalid:
        staff.enter_absence(
            clerk.staff, day + timedelta(days=since), day + timedelta(days=until), reason, by=clerk.actor, now=now
        )
    assert list(invalid.value.problems) == [field]


def test_the_same_days_are_not_entered_twice(clerk, now):
    go_away(clerk, now)
    with pytest.raises(Invalid, match="すでに"):
        go_away(clerk, now)
    assert Absence.objects.count() == 1


def test_deputies_are_named_by_a_chief_for_posts_up_to_their_own(office, clerk, subchief, chief, acting, stranger, now):
    staff.name_deputies(office.section, "section_chief", [acting.staff], by=chief.actor, now=now)
    assert [row.staff for row in Deputy.objects.filter(until=None)] == [acting.staff]
    # The order before ended yesterday, and is kept.
    assert Deputy.objects.filter(until=date(2026, 5, 31)).count() == 2
    for post, people in (
        ("department_chief", [acting.staff]),
        ("section_chief", [acting.staff, acting.staff]),
        ("section_chief", [stranger.staff]),
        ("janitor", [acting.staff]),
    ):
        with pytest.raises(Invalid):
            staff.name_deputies(office.section, post, people, by=chief.actor, now=now)
    with pytest.raises(Refused):
        staff.name_deputies(office.section, "subsection_chief", [], by=subchief.actor, now=now)
    staff.name_deputies(office.section, "section_chief", [], by=chief.actor, now=now)
    assert not Deputy.objects.filter(until=None).exists()
