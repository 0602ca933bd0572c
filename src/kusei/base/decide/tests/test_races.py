"""Two at once, with real threads and real transactions: one wins, nothing is done twice."""

import pytest

from kusei.base.ask import actions as ask
from kusei.base.ask.models import Application, Correction
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.tests.together import at_once, stopped
from kusei.base.kernel.actors import SYSTEM
from kusei.base.papers.models import Paper
from kusei.base.tell.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("_again", range(5))
def test_of_two_clerks_who_take_a_case_one_gets_it(case, clerk, colleague, now, _again):
    seen = [Case.objects.get(id=case.id) for _each in range(2)]
    actors = [clerk.actor, colleague.actor]
    results = at_once(*(lambda c=c, by=by: actions.take(c, by=by, now=now) for c, by in zip(seen, actors, strict=True)))
    assert len(stopped(results)) == 1
    winner = (clerk, colleague)[results.index(None)]
    assert Case.objects.get(id=case.id).assignee == winner.staff
    assert case.entries.filter(event="taken").count() == 1
    assert Application.objects.get(id=case.id).steps.filter(event="checking").count() == 1


def test_two_deciders_who_press_at_once_decide_once(office, drafted, subchief, chief, now):
    first, second = drafted.steps.order_by("order")
    actions.agree(drafted, first.id, by=subchief.actor, now=now)
    other = office.hire("section_chief")
    seen = [
        Approval.objects.select_related("case__snapshot", "case__department").get(id=drafted.id) for _each in range(2)
    ]
    actors = [chief.actor, other.actor]
    results = at_once(
        *(lambda a=a, by=by: actions.agree(a, second.id, by=by, now=now) for a, by in zip(seen, actors, strict=True))
    )
    assert (results.count(True), len(stopped(results))) == (1, 1)
    assert Case.objects.get(id=drafted.case_id).state == "decided"
    assert Paper.objects.filter(about=drafted.case_id).count() == 1
    assert Message.objects.filter(template="child_allowance/granted").count() == 1
    assert drafted.case.entries.filter(event="decided").count() == 1
    assert AuditEntry.objects.filter(what="case.decided").count() == 1


@pytest.mark.parametrize("_again", range(3))
def test_reviewing_and_pulling_back_at_once_end_in_one_of_the_two(drafted, clerk, subchief, now, _again):
    first = drafted.steps.get(order=1)
    seen = [
        Approval.objects.select_related("case__snapshot", "case__department").get(id=drafted.id) for _each in range(2)
    ]
    subchief_actor, clerk_actor = subchief.actor, clerk.actor
    results = at_once(
        lambda: actions.agree(seen[0], first.id, by=subchief_actor, now=now),
        lambda: actions.pull_back(seen[1], by=clerk_actor, now=now),
    )
    assert len(stopped(results)) == 1
    first.refresh_from_db()
    ended = (Case.objects.get(id=drafted.case_id).state, Approval.objects.get(id=drafted.id).state, first.result)
    assert ended in {("approving", "running", "agreed"), ("checking", "pulled_back", "")}


def test_an_application_handed_over_twice_at_once_is_one_case(apply, now):
    handed = apply()
    results = at_once(*[lambda: actions.receive(handed, by=SYSTEM, now=now)] * 3)
    assert {case.id for case in results} == {handed.application_id}
    case = Case.objects.get()
    assert (case.checks.count(), case.entries.count()) == (5, 1)


def test_a_withdrawal_during_the_decision_leaves_one_end(drafted, subchief, chief, now):
    first, second = drafted.steps.order_by("order")
    actions.agree(drafted, first.id, by=subchief.actor, now=now)
    seen = Approval.objects.select_related("case__snapshot", "case__department").get(id=drafted.id)
    by = chief.actor
    results = at_once(
        lambda: actions.agree(seen, second.id, by=by, now=now),
        lambda: actions.receive_withdrawal(drafted.case_id, by=SYSTEM, now=now),
    )
    assert len(stopped(results)) == 1
    ended = (Case.objects.get(id=drafted.case_id).state, Approval.objects.get(id=drafted.id).state)
    assert ended in {("decided", "decided"), ("withdrawn", "withdrawn")}


@pytest.mark.parametrize("_again", range(5))
def test_an_applicant_who_withdraws_while_a_clerk_takes_the_case_never_locks_them_in_a_circle(
    case, clerk, resident, now, _again
):
    application, seen, by = Application.objects.get(id=case.id), Case.objects.get(id=case.id), clerk.actor
    results = at_once(
        lambda: ask.withdraw(application, by=resident, now=now),
        lambda: actions.take(seen, by=by, now=now),
    )
    assert results[0] is None
    assert (Case.objects.get(id=case.id).state, Application.objects.get(id=case.id).state) == ("withdrawn", "withdrawn")


def test_an_answer_that_arrives_while_the_clerk_stops_waiting_counts_once(taken, clerk, resident, now):
    actions.ask_correction(taken, ["phone"], "直す", None, by=clerk.actor, now=now)
    correction = Correction.objects.get(application=taken.id)
    ask.save_correction(correction, {"phone": "0399990000"}, by=resident, now=now)
    seen, by = Case.objects.get(id=taken.id), clerk.actor
    results = at_once(
        lambda: ask.send_correction(correction, by=resident, now=now),
        lambda: actions.resume(seen, by=by, now=now),
    )
    case = Case.objects.get(id=taken.id)
    assert case.state == "checking"
    answered = not isinstance(results[1], type(None))
    assert (case.answers["phone"] == "0399990000") == answered
    assert sorted(
        case.entries.filter(event__in=["correction_received", "resumed"]).values_list("event", flat=True)
    ) == (["correction_received"] if answered else ["resumed"])
