"""From the shelf to the owner, or to disposal."""

import threading
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask.models import Application
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions as office_acts
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.papers import pdf
from kusei.base.papers.models import Paper
from kusei.base.tell.models import Message
from kusei.office.lost_property import actions, queries
from kusei.office.lost_property.models import FoundItem
from kusei.office.lost_property.offers import offers
from kusei.office.lost_property.tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


expire = next(job.run for job in offers.jobs)


def told(template: str) -> int:
    return Message.objects.filter(template=template).count()


def test_an_item_goes_back_to_whom_it_belongs_to(ready, clerk):
    assert ready.claim.applicant_name == "荒川　桃"
    assert told("lost_property/found") == 1
    item = actions.hand_over(ready, {}, by=clerk.actor, now=NOW)
    assert item.returned_on == TODAY
    assert told("lost_property/handed-over") == 1
    paper = Paper.objects.get(about=ready.claim_id)
    assert ["番号", ready.number] in paper.newest.content["facts"]
    assert pdf.render(paper.layout, paper.newest.content).startswith(b"%PDF")
    assert AuditEntry.objects.filter(what="lost_property.hand_over", object_id=str(item.id)).count() == 1


def test_it_is_handed_over_once(ready, clerk):
    actions.hand_over(ready, {}, by=clerk.actor, now=NOW)
    with pytest.raises(NotNow):
        actions.hand_over(ready, {}, by=clerk.actor, now=NOW)
    assert told("lost_property/handed-over") == Paper.objects.count() == 1


def test_nothing_is_handed_over_before_the_claim_is_granted(found, claimed, clerk):
    item, case = found(), claimed()
    with pytest.raises(NotNow):
        actions.hand_over(item, {}, by=clerk.actor, now=NOW)
    actions.match(item, {"claim": str(case.id)}, by=clerk.actor, now=NOW)
    with pytest.raises(NotNow):
        actions.hand_over(item, {}, by=clerk.actor, now=NOW)


def test_a_return_cannot_be_drafted_without_an_item(claimed, clerk):
    with pytest.raises(Invalid) as refused:
        office_acts.draft(claimed(), "returned", "", by=clerk.actor, now=NOW)
    assert "結びつけて" in refused.value.problems["outcome"]


def test_a_refused_claim_lets_its_item_go(found, claimed, decide, clerk):
    item, case = found(), claimed()
    actions.match(item, {"claim": str(case.id)}, by=clerk.actor, now=NOW)
    decide(case, "not_found", "色がちがいます。")
    item.refresh_from_db()
    assert (item.state, case.outcome, told("lost_property/not-found")) == ("kept", "not_found", 1)


@pytest.mark.parametrize("other", [{"item_kind": "key"}, {"lost_on_month": "5", "lost_on_day": "30"}])
def test_a_claim_of_another_kind_or_of_a_later_loss_does_not_fit(other, found, claimed, clerk):
    item, case = found(), claimed(**other)
    assert queries.claims(item, clerk.actor, NOW) == []
    with pytest.raises(Invalid):
        actions.match(item, {"claim": str(case.id)}, by=clerk.actor, now=NOW)


def test_an_item_and_a_claim_belong_to_one_each(found, claimed, clerk):
    one, other, case, second = found(), found(), claimed(), claimed()
    actions.match(one, {"claim": str(case.id)}, by=clerk.actor, now=NOW)
    with pytest.raises(NotNow):
        actions.match(one, {"claim": str(second.id)}, by=clerk.actor, now=NOW)
    with pytest.raises(Invalid):
        actions.match(other, {"claim": str(case.id)}, by=clerk.actor, now=NOW)


def test_a_withdrawn_claim_frees_its_item_for_the_next(found, claimed, owner, clerk):
    item, case, second = found(), claimed(), claimed()
    actions.match(item, {"claim": str(case.id)}, by=clerk.actor, now=NOW)
    ask.withdraw(Application.objects.get(id=case.id), by=actor_for(owner, NOW), now=NOW)
    actions.match(item, {"claim": str(second.id)}, by=clerk.actor, now=NOW)
    item.refresh_from_db()
    assert item.claim_id == second.id


# ---- time ------------------------------------------------------------------------------------------------------------------


def test_what_nobody_claimed_expires_on_the_day_after_its_term(found, clerk):
    item = found(cheap=True)
    actions.notice(item, {"noticed_on": TODAY}, by=clerk.actor, now=NOW)
    assert expire(NOW + timedelta(days=14)) == 0
    assert expire(NOW + timedelta(days=15)) == 1
    assert expire(NOW + timedelta(days=15)) == 0
    item.refresh_from_db()
    assert (item.keep_until, item.expired_on) == (date(2026, 6, 15), date(2026, 6, 16))
    with pytest.raises(NotNow):
        actions.notice(item, {"noticed_on": TODAY}, by=clerk.actor, now=NOW)


def test_what_was_never_noticed_or_has_an_owner_does_not_expire(found, ready, clerk):
    found()
    actions.notice(ready, {"noticed_on": TODAY}, by=clerk.actor, now=NOW)
    assert expire(NOW + timedelta(days=400)) == 0


@pytest.mark.parametrize("day", [TODAY - timedelta(days=5), TODAY + timedelta(days=1)])
def test_a_notice_lies_between_the_finding_and_today(day, found, clerk):
    with pytest.raises(Invalid):
        actions.notice(found(), {"noticed_on": day}, by=clerk.actor, now=NOW)


@pytest.mark.parametrize("broken", [{"keep_until": TODAY}, {"returned_on": TODAY}, {"expired_on": TODAY}])
def test_the_database_itself_refuses_half_a_state(broken, found):
    item = found()
    with pytest.raises(IntegrityError), transaction.atomic():
        FoundItem.objects.filter(id=item.id).update(**broken)


# ---- who -------------------------------------------------------------------------------------------------------------------


def test_each_sees_what_their_section_keeps(found, clerk, stranger, owner):
    item = found()
    assert list(queries.visible(clerk.actor, "x", NOW)) == [item] == list(queries.visible(SYSTEM, "x", NOW))
    for by in (stranger.actor, actor_for(owner, NOW)):
        assert not queries.visible(by, "x", NOW).exists()
    assert (queries.kept(clerk.actor, NOW), queries.kept(stranger.actor, NOW)) == (1, 0)


def test_others_are_refused_and_that_is_in_the_log(ready, claimed, clerk, stranger, owner):
    case = claimed()
    acts = [
        lambda by: actions.hand_over(ready, {}, by=by, now=NOW),
        lambda by: actions.match(ready, {"claim": str(case.id)}, by=by, now=NOW),
        lambda by: actions.notice(ready, {"noticed_on": TODAY}, by=by, now=NOW),
        lambda by: actions.expire(ready, by=by, now=NOW),
        lambda by: actions.enter(ready.office, {}, by=by, now=NOW),
    ]
    for by in (stranger.actor, actor_for(owner, NOW)):
        for act in acts:
            with pytest.raises(Refused):
                act(by)
    assert AuditEntry.objects.filter(act="refuse", what__contains="lost_property").count() == 2 * len(acts)
    ready.refresh_from_db()
    assert ready.returned_on is None


def test_the_public_list_names_kind_day_and_building_of_what_is_kept_only(found, ready, clerk):
    found(kind="key", description="鍵2本")
    actions.hand_over(ready, {}, by=clerk.actor, now=NOW)
    assert list(queries.public_rows(NOW)) == [("key", "鍵", "2026-05-28", "図書館")]


def test_every_outcome_that_the_procedure_names_is_known_to_the_rules(claimed):
    outcomes = [outcome["key"] for outcome in claimed().snapshot.content["decide"]["outcomes"]]
    assert actions.RETURNED in outcomes
    assert offers.rules["proposal"](None, "not_found", NOW) == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_who_hand_it_over_at_once_one_does(ready, clerk):
    """The database has both wait for one row, so the second sees that it is gone."""
    start, results, by = threading.Barrier(2), [], clerk.actor

    def hand_over():
        start.wait()
        try:
            actions.hand_over(ready, {}, by=by, now=NOW)
            results.append("given")
        except NotNow:
            results.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_over) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["given", "too late"]
    assert told("lost_property/handed-over") == Paper.objects.count() == 1


def test_migrations_are_complete():
    call_command("makemigrations", "lost_property", check=True, dry_run=True, verbosity=0)
