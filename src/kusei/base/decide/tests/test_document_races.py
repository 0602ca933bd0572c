"""Two at once on documents and routes, with real threads and real transactions: nothing is done twice, nothing is lost."""

from datetime import date

import pytest

from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions
from kusei.base.decide.actions import documents
from kusei.base.decide.actions.documents import To
from kusei.base.decide.models import Approval, Document
from kusei.base.decide.tests.together import at_once, stopped
from kusei.base.kernel.errors import Invalid
from kusei.base.staff import actions as staff
from kusei.base.staff.models import Absence, Deputy
from kusei.base.tell.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


def read(approval):
    return Approval.objects.get(id=approval.id)


@pytest.mark.parametrize("_again", range(3))
def test_two_departments_that_agree_at_once_are_both_heard_and_the_next_stage_opens_once(
    offices, office, write, clerk, subchief, chief, in_turn, now, _again
):
    heads = [office.hire("section_chief", at=offices[code]) for code in ("somu", "seisaku")]
    approval = documents.send_round(write(kind="guideline", retention=10), by=clerk.actor, now=now)
    in_turn(approval, subchief, chief)
    steps = [approval.steps.get(department=head.staff.department) for head in heads]
    actors = [head.actor for head in heads]
    results = at_once(
        *(
            lambda step=step, by=by: actions.agree(read(approval), step.id, by=by, now=now)
            for step, by in zip(steps, actors, strict=True)
        )
    )
    assert results == [False, False]
    assert list(approval.steps.filter(ready=True).values_list("kind", "post")) == [("decide", "department_chief")]
    assert AuditEntry.objects.filter(what="document.agreed").count() == 4


@pytest.mark.parametrize("_again", range(3))
def test_of_a_deputy_and_the_superior_who_decide_at_once_one_does(office, drafted, subchief, chief, step, now, _again):
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    deputy = office.hire("subsection_chief")
    Deputy.objects.create(
        department=office.section, post="section_chief", order=1, staff=deputy.staff, since=date(2026, 4, 1)
    )
    today = date(2026, 6, 1)
    Absence.objects.create(
        staff=chief.staff, since=today, until=today, reason="trip", entered_by=chief.staff, entered_at=now
    )
    last, actors = step(drafted), (deputy.actor, chief.actor)
    results = at_once(*(lambda by=by: actions.agree(read(drafted), last, by=by, now=now) for by in actors))
    assert len(stopped(results)) == 1
    assert True in results
    assert AuditEntry.objects.filter(what="case.decided").count() == 1


@pytest.mark.parametrize("_again", range(3))
def test_taking_back_and_deciding_at_once_end_in_one_of_the_two(drafted, subchief, chief, step, now, _again):
    first = step(drafted)
    actions.agree(drafted, first, by=subchief.actor, now=now)
    last, reviewer, decider = step(drafted), subchief.actor, chief.actor
    results = at_once(
        lambda: actions.take_back(read(drafted), first, by=reviewer, now=now),
        lambda: actions.agree(read(drafted), last, by=decider, now=now),
    )
    assert len(stopped(results)) == 1
    run = read(drafted)
    open_now = run.steps.filter(ready=True, result="").count()
    assert (run.state, open_now) in {("decided", 0), ("running", 1)}


def test_a_document_is_sent_round_once_and_two_get_two_numbers(write, clerk, now):
    by, one, other = clerk.actor, write(), write()
    seen = [Document.objects.select_related("department").get(id=each.id) for each in (one, one, other)]
    results = at_once(*(lambda each=each: documents.send_round(each, by=by, now=now) for each in seen))
    assert len(stopped(results)) == 1
    assert Approval.objects.count() == 2
    numbers = set(Document.objects.values_list("number", flat=True))
    assert numbers == {"令8墨子育第1号", "令8墨子育第2号"}


def test_a_document_is_issued_once_whoever_presses_at_once(write, clerk, colleague, subchief, chief, in_turn, now):
    document = write()
    documents.address(document, To("mail", name="x", address="a@example.jp"), by=clerk.actor, now=now)
    in_turn(documents.send_round(document, by=clerk.actor, now=now), subchief, chief)
    seen = [Document.objects.select_related("department").get(id=document.id) for _each in range(2)]
    actors = (clerk.actor, colleague.actor)
    results = at_once(
        *(lambda d=d, by=by: documents.issue(d, by=by, now=now) for d, by in zip(seen, actors, strict=True))
    )
    assert len(stopped(results)) == 1
    assert Message.objects.count() == 1


def test_the_same_absence_is_entered_once_and_one_order_of_deputies_holds(office, clerk, subchief, chief, now):
    today, mine, theirs = date(2026, 6, 1), clerk.actor, subchief.actor

    def enter(by):
        return staff.enter_absence(clerk.staff, today, today, "leave", by=by, now=now)

    results = at_once(lambda: enter(mine), lambda: enter(theirs))
    assert sum(isinstance(each, Invalid) for each in results) == 1
    by = chief.actor
    orders = ([subchief.staff], [clerk.staff, subchief.staff])
    at_once(
        *(
            lambda order=order: staff.name_deputies(office.section, "section_chief", order, by=by, now=now)
            for order in orders
        )
    )
    running = list(Deputy.objects.filter(until=None).order_by("order").values_list("staff", flat=True))
    assert running in [[each.id for each in order] for order in orders]
