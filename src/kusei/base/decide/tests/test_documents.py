"""Documents: written, sent round, decided, issued; who sees them, what they are numbered, and what was decided on paper."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions, inbox, load
from kusei.base.decide.actions import documents
from kusei.base.decide.actions.documents import To
from kusei.base.decide.models import Addressee, Approval, Document
from kusei.base.demo.applying import picture
from kusei.base.kernel.actors import PUBLIC, SYSTEM
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.tell.models import Delivery, Message

SEE = "文書管理"


def sees(person, document, now):
    by = getattr(person, "actor", person)
    return inbox.visible_documents(by, SEE, now).filter(id=document.id).exists()


@pytest.fixture
def decided(write, clerk, subchief, chief, in_turn, now):
    """A notice that was decided, to a department, by mail and by letter."""

    def make(*to, **given) -> Document:
        document = write(**given)
        for each in to:
            documents.address(document, each, by=clerk.actor, now=now)
        approval = documents.send_round(document, by=clerk.actor, now=now)
        assert in_turn(approval, subchief, chief)
        return Document.objects.get(id=document.id)

    return make


# ---- the way of a document ---------------------------------------------------------------------------------------------------


def test_a_notice_is_written_sent_round_decided_and_issued(decided, offices, clerk, now):
    letter = To("letter", name="見本商店", address="130-0001\n墨田区吾妻橋一丁目1番")
    mail = To("mail", name="見本法人", address="sample@example.jp")
    document = decided(To("department", department=offices["somu"]), mail, letter)
    assert (document.state, document.decided_post, document.keep_until) == (
        "decided",
        "section_chief",
        date(2030, 3, 31),
    )
    documents.issue(document, by=clerk.actor, now=now)
    document.refresh_from_db()
    assert (document.state, document.issued_on) == ("issued", date(2026, 6, 1))
    sent = {row.channel: row for row in Delivery.objects.select_related("message")}
    assert sent["mail"].address == "sample@example.jp"
    assert sent["letter"].address.endswith("見本商店 様")
    for row in sent.values():
        assert document.number in row.message.body
        assert "下記のとおり点検します。" in row.message.body
        assert row.message.about == str(document.id)
    assert document.addressees.exclude(message_id=None).count() == 2
    assert AuditEntry.objects.filter(what="document.issued").count() == 1
    with pytest.raises(NotNow, match="施行済み"):
        documents.issue(document, by=clerk.actor, now=now)
    assert Message.objects.count() == 2


def test_it_is_issued_by_the_department_alone_and_only_once_decided(
    write, decided, clerk, colleague, stranger, chief, now
):
    document = write()
    documents.address(document, To("mail", name="x", address="a@example.jp"), by=clerk.actor, now=now)
    with pytest.raises(NotNow, match="決裁が済んで"):
        documents.issue(document, by=clerk.actor, now=now)
    ready = decided(To("mail", name="x", address="a@example.jp"))
    for person in (stranger, chief):
        with pytest.raises(Refused):
            documents.issue(ready, by=person.actor, now=now)
    documents.issue(ready, by=colleague.actor, now=now)


def test_a_document_that_goes_nowhere_ends_with_its_decision(decided, clerk, now):
    with pytest.raises(NotNow, match="宛先のない"):
        documents.issue(decided(), by=clerk.actor, now=now)


def test_money_decides_who_is_asked_and_who_decides(offices, write, clerk, now):
    small = documents.send_round(write(kind="spending", amount=2_999_999, retention=5), by=clerk.actor, now=now)
    assert list(small.steps.order_by("order").values_list("kind", "post")) == [
        ("review", "subsection_chief"), ("decide", "section_chief"),
    ]  # fmt: skip
    large = documents.send_round(write(kind="spending", amount=30_000_000, retention=5), by=clerk.actor, now=now)
    assert list(large.steps.order_by("order").values_list("stage", "kind", "post", "department_id")) == [
        (1, "review", "subsection_chief", "kodomo/kosodate"), (2, "review", "section_chief", "kodomo/kosodate"),
        (3, "consult", "section_chief", "kaikei"), (3, "consult", "section_chief", "somu-bu/somu"),
        (4, "review", "department_chief", "kodomo/kosodate"), (5, "decide", "deputy_mayor", "kodomo/kosodate"),
    ]  # fmt: skip


def test_who_wrote_it_never_decides_it_whatever_their_post(office, sheet, subchief, chief, now):
    mine = documents.write(office.section, sheet(gravity="minor"), by=subchief.actor, now=now)
    approval = documents.send_round(mine, by=subchief.actor, now=now)
    (only,) = approval.steps.all()
    assert (only.kind, only.post) == ("decide", "subsection_chief")
    with pytest.raises(Refused):
        actions.agree(approval, only.id, by=subchief.actor, now=now)
    assert actions.agree(approval, only.id, by=chief.actor, now=now)


def test_only_who_wrote_it_changes_it_and_only_while_it_is_being_written(write, sheet, clerk, colleague, chief, now):
    document = write()
    for person in (colleague, chief):
        for act in (
            lambda by: documents.rewrite(document, sheet(title="x"), by=by, now=now),
            lambda by: documents.send_round(document, by=by, now=now),
            lambda by: documents.abandon(document, by=by, now=now),
            lambda by: documents.attach(document, picture("a"), by=by, now=now),
            lambda by: documents.address(document, To("mail", name="x", address="a@example.jp"), by=by, now=now),
            lambda by: documents.strike(document, None, by=by, now=now),
            lambda by: documents.detach(document, None, by=by, now=now),
        ):
            with pytest.raises(Refused):
                act(person.actor)
    documents.send_round(document, by=clerk.actor, now=now)
    for act in (
        lambda: documents.rewrite(document, sheet(title="x"), by=clerk.actor, now=now),
        lambda: documents.attach(document, picture("a"), by=clerk.actor, now=now),
        lambda: documents.abandon(document, by=clerk.actor, now=now),
        lambda: documents.send_round(document, by=clerk.actor, now=now),
    ):
        with pytest.raises(NotNow):
            act()


def test_what_is_pulled_back_is_written_on_and_what_is_given_up_stays(write, clerk, sheet, now):
    document = write()
    approval = documents.send_round(document, by=clerk.actor, now=now)
    actions.pull_back(approval, by=clerk.actor, now=now)
    document.refresh_from_db()
    assert document.state == "drafting"
    documents.abandon(document, by=clerk.actor, now=now)
    assert Document.objects.get(id=document.id).state == "abandoned"
    with pytest.raises(NotNow, match="廃案"):
        documents.rewrite(document, sheet(title="y"), by=clerk.actor, now=now)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "poem"}, "kind"), ({"title": " "}, "title"), ({"title": "長" * 201}, "title"), ({"body": ""}, "body"),
        ({"body": "長" * 20_001}, "body"), ({"gravity": ""}, "gravity"), ({"doc_class": "Z9"}, "doc_class"),
        ({"retention": 2}, "retention"), ({"retention": None}, "retention"), ({"kind": "spending"}, "amount"),
        ({"kind": "spending", "amount": 10**12}, "amount"), ({"kind": "spending", "amount": -1}, "amount"),
        ({"due_on": date(2026, 5, 31)}, "due_on"),
    ],
)  # fmt: skip
def test_what_is_wrong_on_the_sheet_is_named(write, given, field):
    with pytest.raises(Invalid) as invalid:
        write(**given)
    assert list(invalid.value.problems) == [field]
    assert not Document.objects.exists()


def test_an_amount_is_kept_only_where_the_kind_asks_for_one(write):
    assert write(amount=500).amount is None
    assert write(kind="spending", amount=0, retention=5).amount == 0


@pytest.mark.parametrize(
    ("to", "field"),
    [
        (To("pigeon"), "means"), (To("department"), "department"), (To("mail", name="x", address="no"), "address"),
        (To("mail", name="", address="a@example.jp"), "name"), (To("letter", name="x", address=" "), "address"),
        (To("letter", name="長" * 101, address="x"), "name"),
    ],
)  # fmt: skip
def test_an_addressee_that_cannot_be_reached_is_named(write, clerk, now, to, field):
    with pytest.raises(Invalid) as invalid:
        documents.address(write(), to, by=clerk.actor, now=now)
    assert list(invalid.value.problems) == [field]
    assert not Addressee.objects.exists()


def test_a_department_is_addressed_once_and_what_is_restricted_is_not_mailed(write, office, clerk, now):
    document = write()
    to = To("department", department=office.other)
    made = documents.address(document, to, by=clerk.actor, now=now)
    with pytest.raises(Invalid):
        documents.address(document, to, by=clerk.actor, now=now)
    documents.strike(document, made.id, by=clerk.actor, now=now)
    with pytest.raises(NotNow):
        documents.strike(document, made.id, by=clerk.actor, now=now)
    restricted, by_mail = write(restricted=True), To("mail", name="x", address="a@example.jp")
    with pytest.raises(Invalid, match="取扱注意"):
        documents.address(restricted, by_mail, by=clerk.actor, now=now)


def test_a_file_is_attached_and_taken_off_again_and_one_that_is_none_is_refused(write, clerk, now):
    document = write()
    attached = documents.attach(document, picture("plan"), by=clerk.actor, now=now)
    documents.detach(document, attached.id, by=clerk.actor, now=now)
    assert not document.files.exists()
    with pytest.raises(Invalid):
        documents.attach(document, SimpleUploadedFile("x.exe", b"MZ"), by=clerk.actor, now=now)


# ---- numbers -------------------------------------------------------------------------------------------------------------------


def test_numbers_run_by_department_and_fiscal_year(write, sheet, office, clerk, stranger, now):
    numbers = []
    for document in (write(), write()):
        documents.send_round(document, by=clerk.actor, now=now)
        numbers.append(Document.objects.get(id=document.id).number)
    elsewhere = documents.write(office.other, sheet(), by=stranger.actor, now=now)
    documents.send_round(elsewhere, by=stranger.actor, now=now)
    later = datetime(2027, 3, 31, 15, 30, tzinfo=UTC)  # 1 April in Japan
    last = documents.write(office.section, sheet(), by=clerk.actor, now=now)
    documents.send_round(last, by=clerk.actor.lent("decide.take", office.section.path), now=later)
    numbers += [Document.objects.get(id=each.id).number for each in (elsewhere, last)]
    assert numbers == ["令8墨子育第1号", "令8墨子育第2号", "令8墨税第1号", "令9墨子育第1号"]


def test_a_draft_has_no_number_and_the_database_keeps_what_is_decided_numbered(write):
    document = write()
    assert document.number is None
    with pytest.raises(IntegrityError, match="document_decided_with_number"), transaction.atomic():
        Document.objects.filter(id=document.id).update(state="decided")


# ---- who sees it -----------------------------------------------------------------------------------------------------------------


def test_a_document_is_seen_by_its_department_and_by_whom_it_was_issued_to(
    decided, office, clerk, chief, stranger, resident, now
):
    document = decided(To("department", department=office.other))
    assert sees(clerk, document, now)
    assert sees(chief, document, now)
    assert sees(SYSTEM, document, now)
    for other in (stranger, resident, PUBLIC):
        assert not sees(other, document, now)
    documents.issue(document, by=clerk.actor, now=now)
    assert sees(stranger, document, now)
    assert not sees(resident, document, now)


def test_who_is_asked_sees_it_from_when_they_are_asked(offices, write, office, clerk, subchief, chief, in_turn, now):
    somu = office.hire("section_chief", at=offices["somu"])
    document = write(kind="guideline", retention=10)
    approval = documents.send_round(document, by=clerk.actor, now=now)
    assert not sees(somu, document, now)
    in_turn(approval, subchief, chief)
    assert sees(somu, document, now)
    assert inbox.visible_approvals(somu.actor, "決裁", now).filter(id=approval.id).exists()


def test_a_restricted_document_is_seen_by_its_drafter_and_those_on_its_route(
    write, clerk, colleague, subchief, chief, in_turn, now
):
    document = write(restricted=True)
    assert sees(clerk, document, now)
    for other in (colleague, subchief, chief):
        assert not sees(other, document, now)
    approval = documents.send_round(document, by=clerk.actor, now=now)
    assert sees(subchief, document, now)
    assert sees(chief, document, now)  # the post above may take the step in the subsection chief's stead
    assert not sees(colleague, document, now)
    assert not inbox.visible_approvals(colleague.actor, "決裁", now).exists()
    in_turn(approval, subchief)
    assert sees(chief, document, now)
    assert not sees(colleague, document, now)


def test_the_shelf_takes_the_same_queries_however_much_lies_on_it(write, clerk, now):
    counts = []
    for more in (1, 12):
        for _each in range(more):
            write()
        with CaptureQueriesContext(connection) as done:
            shelf = inbox.shelf(clerk.actor, clerk.staff, now, "mine")
        counts.append(len(done) - 1)  # the actor is looked up anew each time
    assert counts[0] == counts[1] <= 4
    assert len(shelf.rows) == shelf.counts["mine"] == 13


# ---- paper, and the electronic share ----------------------------------------------------------------------------------------------


@pytest.fixture
def on_paper(office, sheet, clerk, now):
    def make(day=date(2026, 5, 20), post="department_chief", reason="図面が大きいため", **given):
        return documents.record_paper(office.section, sheet(**given), day, post, reason, by=clerk.actor, now=now)

    return make


def test_what_was_decided_on_paper_is_recorded_with_its_reason(on_paper, clerk, now):
    document = on_paper()
    assert (document.state, document.medium, document.decided_post) == ("decided", "paper", "department_chief")
    assert (document.keep_until, document.number) == (date(2030, 3, 31), "令8墨子育第1号")
    with pytest.raises(NotNow):
        documents.issue(document, by=clerk.actor, now=now)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"day": date(2026, 6, 2)}, "decided_on"), ({"day": date(2026, 3, 31)}, "decided_on"), ({"post": "clerk"}, "post"),
     ({"reason": " "}, "reason"), ({"title": ""}, "title")],
)  # fmt: skip
def test_a_paper_decision_names_a_day_a_post_and_why(on_paper, given, field):
    with pytest.raises(Invalid) as invalid:
        on_paper(**given)
    assert list(invalid.value.problems) == [field]
    assert not Document.objects.exists()


def test_the_share_counts_cases_documents_and_paper_by_department_and_month(
    on_paper, decided, drafted, subchief, chief, stranger, office, in_turn, now
):
    decided()
    in_turn(drafted, subchief, chief)  # a case counts as a document does
    on_paper()
    on_paper(day=date(2026, 6, 1))
    (row,) = load.shares(chief.actor, "進行管理", 2026, now)
    assert row.department == office.section
    assert {month: (each.electronic, each.paper) for month, each in row.months.items()} == {
        date(2026, 5, 1): (0, 1), date(2026, 6, 1): (2, 1),
    }  # fmt: skip
    assert (row.total.electronic, row.total.paper, row.total.percent) == (2, 2, 50.0)
    assert load.shares(stranger.actor, "進行管理", 2026, now) == []
    assert load.shares(chief.actor, "進行管理", 2025, now) == []


def test_a_decision_after_midnight_in_japan_counts_in_the_new_fiscal_year(decided, chief):
    document = decided()
    Approval.objects.filter(document=document).update(ended_at=datetime(2026, 3, 31, 15, 30, tzinfo=UTC))
    (row,) = load.shares(chief.actor, "進行管理", 2026, datetime(2026, 6, 1, tzinfo=UTC))
    assert list(row.months) == [date(2026, 4, 1)]


@pytest.mark.parametrize(
    ("electronic", "paper", "percent"), [(0, 0, None), (1, 0, 100.0), (0, 3, 0.0), (2, 1, 66.6), (9999, 1, 99.9)]
)
def test_a_share_is_never_rounded_up(electronic, paper, percent):
    assert load.Share(electronic, paper).percent == percent


def test_the_share_takes_the_same_queries_however_many_decisions(on_paper, chief, now):
    by, counts = chief.actor, []
    for more in (1, 6):
        for _each in range(more):
            on_paper()
        with CaptureQueriesContext(connection) as done:
            load.shares(by, "進行管理", 2026, now)
        counts.append(len(done))
    assert counts == [3, 3]


# ---- workload ------------------------------------------------------------------------------------------------------------------


def test_the_workload_counts_by_clerk_procedure_age_and_post(apply, case, drafted, clerk, chief, stranger, office, now):
    for days in (0, 8, 40):
        actions.receive(apply(now - timedelta(days=days)), by=SYSTEM, now=now - timedelta(days=days))
    (section,) = load.workload(chief.actor, "進行管理", now)
    clerks = {each.key: each for each in section.clerks}
    assert (clerks[str(clerk.staff.id)].open, clerks[str(clerk.staff.id)].approving) == (1, 1)
    assert clerks["none"].ages == {0: 1, 5: 1, 10: 0, 20: 1}
    assert (clerks["none"].open, clerks["none"].overdue) == (3, 1)
    assert [(each.key, each.open) for each in section.procedures] == [("child_allowance/claim", 4)]
    assert [(pile.post, pile.count, pile.oldest) for pile in section.piles] == [("subsection_chief", 1, now)]
    assert load.workload(stranger.actor, "進行管理", now) == []


def test_the_workload_takes_the_same_queries_however_much_there_is(apply, drafted, chief, now):
    by, counts = chief.actor, []
    for more in (1, 10):
        for _each in range(more):
            actions.receive(apply(now), by=SYSTEM, now=now)
        with CaptureQueriesContext(connection) as done:
            load.workload(by, "進行管理", now)
        counts.append(len(done))
    assert counts[0] == counts[1] <= 6
