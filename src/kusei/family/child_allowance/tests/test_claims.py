"""A claim from draft to register, notice and public figures."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from kusei.base import audit
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions as office_acts
from kusei.base.decide.models import Case
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.map.places import counter
from kusei.base.papers import pdf
from kusei.base.papers.models import Paper
from kusei.base.parties.models import Party, Residence, Town
from kusei.base.record import queries as records
from kusei.family.child_allowance import actions, proposals, queries
from kusei.family.child_allowance.models import Award, AwardChild
from kusei.family.child_allowance.offers import offers

pytestmark = pytest.mark.django_db


@pytest.fixture
def decide(subchief, chief, step, now):
    """Take an approval to its end."""

    def run(approval):
        office_acts.agree(approval, step(approval), by=subchief.actor, now=now)
        assert office_acts.agree(approval, step(approval), by=chief.actor, now=now)

    return run


def child_of(birth: date, name: str = "墨田　二郎") -> dict:
    party = Party.objects.create(
        kind="person", name=name, kana="スミダ　ジロウ", birth_date=birth, as_of=date(2026, 6, 1)
    )
    return {
        "party_id": str(party.id),
        "name": name,
        "kana": party.kana,
        "birth_date": birth.isoformat(),
        "relationship": "子",
    }


def taken_case(apply, clerk, now, **answers) -> Case:
    case = office_acts.receive(apply(**answers), by=SYSTEM, now=now)
    office_acts.take(case, by=clerk.actor, now=now)
    office_acts.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk.actor, now=now)
    return case


def test_proposal_starts_in_the_month_after_the_claim(checked, now):
    proposed = proposals.proposal(checked, "granted", now)
    assert proposed["data"]["from_month"] == "2026-07-01"
    assert proposed["data"]["monthly_yen"] == 10_000
    assert ("手当月額", "10,000円") in proposed["lines"]


def test_proposal_starts_earlier_for_a_birth_in_the_last_fifteen_days(apply, clerk, now):
    case = taken_case(apply, clerk, now, children=[child_of(date(2026, 5, 25))])
    proposed = proposals.proposal(case, "granted", now)
    assert proposed["data"]["from_month"] == "2026-06-01"
    assert "15日特例" in dict(proposed["lines"])["支給開始"]


def test_elder_child_means_no_earlier_start(apply, family, clerk, now):
    """The entitlement arose with the elder child; the baby's birth opens no new term."""
    case = taken_case(apply, clerk, now, children=[child_of(date(2026, 5, 25)), child_of(date(2019, 5, 25))])
    assert proposals.proposal(case, "granted", now)["data"]["from_month"] == "2026-07-01"


def test_move_into_the_ward_opens_the_term(apply, family, clerk, now):
    town = Town.objects.create(id="13107/吾妻橋一丁目", ward_code="13107", name="吾妻橋一丁目", source="made")
    Residence.objects.filter(party=family["parent"]).update(until=date(2026, 5, 20))
    Residence.objects.create(party=family["parent"], town=town, block="1番1号", since=date(2026, 5, 20))
    case = taken_case(apply, clerk, now)
    assert proposals.moved_in(family["parent"].id, now) == date(2026, 5, 20)
    assert proposals.proposal(case, "granted", now)["data"]["from_month"] == "2026-06-01"


def test_move_within_the_ward_opens_no_term(family, now):
    towns = [
        Town.objects.create(id=f"13107/{name}", ward_code="13107", name=name, source="made")
        for name in ("東駒形一丁目", "緑一丁目")
    ]
    Residence.objects.filter(party=family["parent"]).delete()
    Residence.objects.create(
        party=family["parent"], town=towns[0], block="1", since=date(2020, 1, 1), until=date(2026, 5, 20)
    )
    Residence.objects.create(party=family["parent"], town=towns[1], block="2", since=date(2026, 5, 20))
    assert proposals.moved_in(family["parent"].id, now) == date(2020, 1, 1)


def test_supported_student_makes_the_second_child_the_third(apply, clerk, now):
    children = [child_of(date(2015, 5, 5)), child_of(date(2025, 5, 5))]
    case = taken_case(apply, clerk, now, children=children, older="yes", older_count=1)
    assert [child["monthly_yen"] for child in proposals.proposal(case, "granted", now)["data"]["children"]] == [
        10_000,
        30_000,
    ]


def test_count_left_over_from_another_answer_does_not_count(apply, clerk, now):
    case = taken_case(apply, clerk, now, older="no", older_count=4)
    assert proposals.proposal(case, "granted", now)["data"]["monthly_yen"] == 10_000


def test_grant_without_an_eligible_child_is_refused_to_the_clerk(apply, clerk, now):
    case = taken_case(apply, clerk, now, children=[child_of(date(2006, 4, 1))])
    with pytest.raises(Invalid) as refused:
        office_acts.draft(case, "granted", "", by=clerk.actor, now=now)
    assert "outcome" in refused.value.problems


def test_decision_enters_the_register_and_issues_the_notice(drafted, decide, checked, family, chief, now):
    decide(drafted)
    award = Award.objects.get(case_id=checked.id)
    assert (award.recipient, award.from_month, award.monthly_yen) == (family["parent"], date(2026, 7, 1), 10_000)
    assert [(c.child, c.rank, c.monthly_yen) for c in award.children.all()] == [(family["child"], 1, 10_000)]
    paper = Paper.objects.get(about=checked.id)
    assert paper.title == "児童手当 認定通知書"
    assert paper.newest.content["contact"]["department"] == "墨田区 子育て支援課"
    assert paper.newest.content["facts"][1] == ["支給開始", "令和8年7月分から"]
    assert pdf.render(paper.layout, paper.newest.content).startswith(b"%PDF-")
    assert AuditEntry.objects.filter(what="child_allowance.award", subject=str(family["parent"].id)).count() == 1


def test_account_number_is_hidden_on_the_notice(drafted, decide, checked):
    decide(drafted)
    assert "1234567" not in str(Paper.objects.get(about=checked.id).newest.content)


def test_notice_is_addressed_with_prefecture_ward_and_building_in_lines(settings, drafted, family, now):
    settings.WARD = "sumida"
    town = Town.objects.create(id="13107/緑一丁目", ward_code="13107", name="緑一丁目", source="made")
    Residence.objects.filter(party=family["parent"]).update(
        town=town, elsewhere="", block="2番3号", building="見本荘 203号室"
    )
    addressee = proposals.notice(drafted.case, drafted, now)["addressee"]
    assert addressee == {"postal": "", "lines": ["東京都墨田区緑一丁目2番3号", "見本荘 203号室"], "name": "墨田　花子"}


def test_refusal_enters_nothing_and_gives_the_reason(checked, clerk, decide, now):
    approval = office_acts.draft(
        checked, "refused", "公務員のため、勤務先に請求すべきものです。", by=clerk.actor, now=now
    )
    decide(approval)
    assert not Award.objects.exists()
    paper = Paper.objects.get(about=checked.id)
    assert paper.newest.content["reason"] == approval.reason
    assert pdf.render(paper.layout, paper.newest.content).startswith(b"%PDF-")


def test_second_award_of_one_person_is_refused_while_the_first_runs(drafted, decide, apply, clerk, now):
    decide(drafted)
    second = taken_case(apply, clerk, now)
    with pytest.raises(Invalid):
        office_acts.draft(second, "granted", "", by=clerk.actor, now=now)


def test_award_that_began_meanwhile_stops_the_decision_whole(
    drafted, checked, office, family, subchief, chief, step, now
):
    office_acts.agree(drafted, step(drafted), by=subchief.actor, now=now)
    Award.objects.create(
        case_id=family["child"].id, number="先", recipient=family["parent"], department=office.section,
        from_month=date(2026, 6, 1), decided_on=date(2026, 5, 1), monthly_yen=0, bank={},
    )  # fmt: skip
    with pytest.raises(NotNow):
        office_acts.agree(drafted, step(drafted), by=chief.actor, now=now)
    checked.refresh_from_db()
    assert (checked.state, Paper.objects.count(), AwardChild.objects.count()) == ("approving", 0, 0)


def test_database_keeps_one_running_award_a_person(office, family):
    kept = {
        "recipient": family["parent"],
        "department": office.section,
        "from_month": date(2026, 6, 1),
        "monthly_yen": 0,
        "bank": {},
    }
    Award.objects.create(case_id=family["child"].id, number="1", decided_on=date(2026, 5, 1), **kept)
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.create(case_id=family["parent"].id, number="2", decided_on=date(2026, 5, 1), **kept)


def test_only_who_may_decide_enters_an_award(checked, drafted, clerk, now):
    with pytest.raises(Refused):
        actions.decided(checked, drafted, by=clerk.actor, now=now)


@pytest.mark.parametrize(
    ("today", "until"),
    [(datetime(2039, 3, 31, 14, 59, tzinfo=UTC), None), (datetime(2039, 3, 31, 15, 0, tzinfo=UTC), date(2039, 3, 1))],
)
def test_award_ends_with_the_fiscal_year_in_which_the_child_turns_18(drafted, decide, today, until):
    """Born 7 July 2020: until March 2039. At midnight in Japan the fiscal year has changed."""
    decide(drafted)
    actions.end_awards(today)
    assert Award.objects.get().until_month == until


def test_ending_twice_ends_once(drafted, decide):
    decide(drafted)
    later = datetime(2040, 1, 1, tzinfo=UTC)
    assert (actions.end_awards(later), actions.end_awards(later)) == (1, 0)


def test_register_shows_awards_only_to_the_section(drafted, decide, clerk, stranger, resident, now):
    decide(drafted)
    seen = [queries.visible(actor, "台帳閲覧", now).count() for actor in (clerk.actor, stranger.actor, resident)]
    assert seen == [1, 0, 0]


def test_register_reads_all_recipients_at_once(office, family, clerk, now, django_assert_num_queries):
    for number, person in enumerate(family.values()):
        Award.objects.create(
            case_id=person.id, number=str(number), recipient=person, department=office.section,
            from_month=date(2026, 6, 1), decided_on=date(2026, 5, 1), monthly_yen=10_000, bank={},
        )  # fmt: skip
    (register,) = offers.registers
    actor = clerk.actor
    with audit.audit_scope(), django_assert_num_queries(2):  # the rows, the count
        rows = records.listed(register, "スミダ", by=actor, now=now).rows
        names = [records.value(row, "recipient.name") for row in rows]
    assert sorted(names) == ["墨田　一郎", "墨田　花子"]


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1, "*"), (9, "*"), (10, "10"), (1234, "1234")])
def test_small_counts_are_not_published(count, shown):
    assert queries.suppressed(count) == shown


def test_public_figures_hold_whole_months_only(apply, now):
    for n in range(11):
        office_acts.receive(apply(at=now - timedelta(days=40)), by=SYSTEM, now=now) if n else None
    office_acts.receive(apply(), by=SYSTEM, now=now)
    assert list(queries.claims_by_month(now)) == [
        ("2026-04", "received", "受付", "10"),
        ("2026-04", "granted", "認定", "0"),
        ("2026-04", "refused", "却下", "0"),
    ]


def test_indicators_count_what_one_may_see(drafted, decide, clerk, stranger, apply, now):
    decide(drafted)
    office_acts.receive(apply(), by=SYSTEM, now=now)
    assert [queries.open_claims(actor.actor, now) for actor in (clerk, stranger)] == [1, 0]
    assert [queries.median_days(actor.actor, now) for actor in (clerk, stranger)] == [0.0, None]


def test_places_are_where_the_ward_hall_is(settings, now):
    settings.WARD = "sumida"
    assert list(counter("kosodate", now)) == []
    Town.objects.create(
        id="13107/吾妻橋一丁目", ward_code="13107", name="吾妻橋一丁目", lat=35.7076, lng=139.7995, source="made"
    )
    ((_id, longitude, latitude, properties),) = counter("kosodate", now)
    assert (longitude, latitude) == (139.7995, 35.7076)
    assert properties["address"].startswith("墨田区吾妻橋一丁目")
