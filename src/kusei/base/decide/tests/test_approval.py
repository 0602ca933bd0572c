"""Drafting and deciding: who may, in which order, and what follows from a decision."""

from datetime import date

import pytest

from kusei.base.ask.models import Application
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions, inbox
from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.ids import new_id
from kusei.base.kernel.offers import registry
from kusei.base.papers.models import Paper
from kusei.base.tell.models import Message


def run(approval, step, *people, now):
    """Each agrees to the step that is open."""
    for person in people:
        approval = Approval.objects.select_related("case").get(id=approval.id)
        actions.agree(approval, step(approval), by=person.actor, now=now)


def test_a_draft_starts_the_route_that_the_procedure_defines(drafted, clerk):
    assert Case.objects.get(id=drafted.case_id).state == "approving"
    steps = list(drafted.steps.order_by("order").values_list("permission", "post", "ready", "result"))
    assert steps == [("decide.review", "subsection_chief", True, ""), ("decide.decide", "section_chief", False, "")]
    assert drafted.drafted_by == clerk.staff


def test_a_grant_waits_for_every_check(taken, clerk, now):
    done = {item.key: ("ok", "") for item in taken.checks.all() if item.key != "bank"}
    actions.check(taken, done, by=clerk.actor, now=now)
    with pytest.raises(Invalid, match="口座") as invalid:
        actions.draft(taken, "granted", "", by=clerk.actor, now=now)
    assert list(invalid.value.problems) == ["outcome"]
    actions.check(taken, {"bank": ("not_needed", "前年の届出と同じ")}, by=clerk.actor, now=now)
    assert actions.draft(taken, "granted", "", by=clerk.actor, now=now).state == "running"


def test_a_refusal_gives_its_reasons_and_needs_no_checks(taken, clerk, now):
    with pytest.raises(Invalid) as invalid:
        actions.draft(taken, "refused", "  ", by=clerk.actor, now=now)
    assert list(invalid.value.problems) == ["reason"]
    assert (
        actions.draft(taken, "refused", "区内に住所がないため", by=clerk.actor, now=now).reason
        == "区内に住所がないため"
    )


@pytest.mark.parametrize("outcome", ["", "no_such", "granted "])
def test_an_outcome_that_is_not_there_is_named(checked, clerk, now, outcome):
    with pytest.raises(Invalid):
        actions.draft(checked, outcome, "", by=clerk.actor, now=now)


def test_three_people_draft_review_and_decide(drafted, subchief, chief, step, now):
    run(drafted, step, subchief, chief, now=now)
    drafted.refresh_from_db()
    assert (drafted.state, drafted.ended_at) == ("decided", now)
    assert (drafted.case.state, drafted.case.outcome, drafted.case.decided_at) == ("decided", "granted", now)
    taken = drafted.steps.order_by("order").values_list("taken_by", "taken_post", "result")
    assert list(taken) == [
        (subchief.staff.id, "subsection_chief", "agreed"),
        (chief.staff.id, "section_chief", "agreed"),
    ]


def test_two_people_are_enough_if_the_second_is_the_chief(drafted, chief, step, now):
    run(drafted, step, chief, chief, now=now)
    assert Case.objects.get(id=drafted.case_id).state == "decided"
    review = drafted.steps.get(order=1)
    assert (review.post, review.taken_post) == ("subsection_chief", "section_chief")
    assert drafted.case.entries.get(event="agreed").detail["instead"] is True
    assert "instead" not in drafted.case.entries.get(event="decided").detail


def test_one_peer_may_not_take_both_steps(office, drafted, step, now):
    # A route of two equal steps, both of which one chief could take by permission.
    drafted.steps.update(post="section_chief", permission="decide.decide")
    first, second = office.hire("section_chief"), office.hire("section_chief")
    run(drafted, step, first, now=now)
    with pytest.raises(Refused):
        run(drafted, step, first, now=now)
    run(drafted, step, second, now=now)
    assert Case.objects.get(id=drafted.case_id).state == "decided"


def test_nobody_approves_their_own_draft(office, checked, subchief, clerk, step, now):
    # A subsection chief who drafts is the step's post, holds its permission, and is refused all the same.
    actions.assign(checked, subchief.staff, by=clerk.actor, now=now)
    approval = actions.draft(checked, "granted", "", by=subchief.actor, now=now)
    for act in (actions.agree, actions.send_back):
        with pytest.raises(Refused):
            act(approval, step(approval), "よい", by=subchief.actor, now=now)
    assert Approval.objects.get(id=approval.id).state == "running"
    assert AuditEntry.objects.filter(act="refuse", account_id=str(subchief.account.id)).count() == 2


def test_clerks_strangers_residents_and_overseers_approve_nothing(
    drafted, clerk, colleague, stranger, office, resident, step, now
):
    other_chief = office.hire("section_chief", at=office.other)
    overseer = office.hire("department_chief", at=office.section)
    lapsed = office.hire("section_chief", until=date(2026, 5, 31))
    somebody = [p.actor for p in (clerk, colleague, stranger, other_chief, overseer, lapsed)] + [resident]
    for by in somebody:
        for act in (actions.agree, actions.send_back):
            with pytest.raises(Refused):
                act(drafted, step(drafted), "よい", by=by, now=now)
    assert AuditEntry.objects.filter(act="refuse").count() == 2 * len(somebody)
    assert not drafted.steps.exclude(result="").exists()


def test_a_subsection_chief_who_may_decide_by_role_still_is_below_the_step(office, drafted, subchief, step, now):
    run(drafted, step, subchief, now=now)
    acting = office.hire("subsection_chief", role="decider")
    with pytest.raises(Refused):
        run(drafted, step, acting, now=now)


def test_a_step_cannot_be_taken_before_its_turn_nor_twice(drafted, chief, subchief, now):
    first, second = drafted.steps.order_by("order")
    with pytest.raises(NotNow, match="前の段階"):
        actions.agree(drafted, second.id, by=chief.actor, now=now)
    actions.agree(drafted, first.id, by=subchief.actor, now=now)
    with pytest.raises(NotNow, match="すでに済んで"):
        actions.agree(Approval.objects.get(id=drafted.id), first.id, by=chief.actor, now=now)
    with pytest.raises(Refused):
        actions.agree(drafted, new_id(), by=chief.actor, now=now)


def test_what_is_sent_back_comes_with_a_reason_and_is_drafted_anew(drafted, clerk, subchief, chief, step, now):
    with pytest.raises(Invalid):
        actions.send_back(drafted, step(drafted), " ", by=subchief.actor, now=now)
    actions.send_back(drafted, step(drafted), "所得の確認を", by=subchief.actor, now=now)
    case = Case.objects.select_related("snapshot").get(id=drafted.case_id)
    assert (case.state, case.assignee) == ("checking", clerk.staff)
    assert Approval.objects.get(id=drafted.id).state == "returned"
    again = actions.draft(case, "granted", "", by=clerk.actor, now=now)
    run(again, step, subchief, chief, now=now)
    assert Case.objects.get(id=case.id).state == "decided"
    assert Application.objects.get(id=case.id).steps.filter(event="decided").count() == 1


def test_only_who_drafted_pulls_back_and_only_before_the_next_one_acted(
    drafted, clerk, colleague, chief, subchief, step, now
):
    with pytest.raises(Refused):
        actions.pull_back(drafted, by=colleague.actor, now=now)
    actions.pull_back(drafted, by=clerk.actor, now=now)
    assert (drafted.state, drafted.case.state) == ("pulled_back", "checking")
    with pytest.raises(NotNow):
        actions.agree(Approval.objects.get(id=drafted.id), drafted.steps.get(order=1).id, by=subchief.actor, now=now)
    again = actions.draft(drafted.case, "granted", "", by=clerk.actor, now=now)
    run(again, step, subchief, now=now)
    with pytest.raises(NotNow, match="すでに次の人が確認"):
        actions.pull_back(Approval.objects.get(id=again.id), by=clerk.actor, now=now)
    run(again, step, chief, now=now)
    with pytest.raises(NotNow):
        actions.pull_back(Approval.objects.get(id=again.id), by=clerk.actor, now=now)


def test_a_decision_makes_the_notice_and_tells_the_applicant(drafted, subchief, chief, step, now):
    run(drafted, step, subchief, chief, now=now)
    paper = Paper.objects.get(about=drafted.case_id)
    assert (paper.layout, paper.party_id) == ("child_allowance/granted", drafted.case.party_id)
    message = Message.objects.get(template="child_allowance/granted")
    assert (message.account_id, message.about) == (drafted.case.account_id, str(drafted.case_id))
    application = Application.objects.get(id=drafted.case_id)
    assert application.state == "decided"
    assert application.steps.get(event="decided").detail["paper"] == paper.number


def test_a_refusal_carries_its_reasons_onto_the_paper(taken, clerk, subchief, chief, step, now):
    approval = actions.draft(taken, "refused", "区内に住所がないため", by=clerk.actor, now=now)
    run(approval, step, subchief, chief, now=now)
    assert Case.objects.get(id=taken.id).outcome == "refused"
    paper = Paper.objects.get(about=taken.id)
    assert (paper.layout, paper.newest.content["reason"]) == ("child_allowance/refused", "区内に住所がないため")
    # A mail may be read by others: the reason stands on the paper alone.
    assert "区内に住所がない" not in Message.objects.get(template="child_allowance/refused").body


def test_what_fails_in_the_module_undoes_the_whole_decision(monkeypatch, drafted, subchief, chief, step, now):
    def stopped(case, approval, *, by, now):
        raise NotNow("児童がほかで受給しています。")

    module = registry.module_of(drafted.case.procedure)
    monkeypatch.setitem(registry._modules, module.module, type(module)(**{**vars(module), "decided": stopped}))
    run(drafted, step, subchief, now=now)
    with pytest.raises(NotNow, match="ほかで受給"):
        run(drafted, step, chief, now=now)
    assert Case.objects.get(id=drafted.case_id).state == "approving"
    assert drafted.steps.get(order=2).result == ""
    assert not Paper.objects.exists()
    assert not Message.objects.exists()
    assert not AuditEntry.objects.filter(what="case.decided").exists()


def waiting(person, now):
    return [each.approval.id for each in inbox.waiting_for(person.actor, person.staff, now)]


def test_the_list_of_what_waits_agrees_with_who_may_act(office, drafted, clerk, stranger, subchief, chief, step, now):
    assert (waiting(subchief, now), waiting(chief, now)) == ([drafted.id], [drafted.id])
    assert waiting(clerk, now) == waiting(stranger, now) == []
    run(drafted, step, subchief, now=now)
    assert (waiting(subchief, now), waiting(chief, now)) == ([], [drafted.id])
    run(drafted, step, chief, now=now)
    assert waiting(chief, now) == []


def test_the_list_hides_the_second_step_from_a_peer_who_took_the_first(office, drafted, step, now):
    drafted.steps.update(post="section_chief", permission="decide.decide")
    first, second = office.hire("section_chief"), office.hire("section_chief")
    run(drafted, step, first, now=now)
    assert (waiting(first, now), waiting(second, now)) == ([], [drafted.id])
