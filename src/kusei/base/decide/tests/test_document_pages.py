"""The pages for documents, batches, absence, workload and share: they render in every language, do what their forms say, and log who looked."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions, batches
from kusei.base.decide.actions import documents
from kusei.base.decide.models import Approval, Document
from kusei.base.demo.applying import picture
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.staff.models import Absence, Deputy


@pytest.fixture(autouse=True)
def today(monkeypatch, now):
    monkeypatch.setattr(clock, "now", lambda: now)


def page(client, address, status=200):
    answer = client.get(address)
    html = answer.content.decode()
    assert answer.status_code == status, html[:500]
    assert html.count("<h1") == 1
    return html


TYPED = {
    "kind": "notice", "title": "窓口の変更について", "body": "下記のとおり変更します。", "gravity": "ordinary", "doc_class": "A1", "retention": "3",
}  # fmt: skip


def do(client, document, what, status=302, **data):
    version = Document.objects.get(id=document.id).version
    answer = client.post(reverse("decide:document_act", args=[document.id]), {"version": version, "do": what, **data})
    assert answer.status_code == status, answer.content.decode()[:800]
    return answer


def test_a_document_goes_its_whole_way_through_the_pages(client, seen_by, office, offices, clerk, subchief, chief, now):
    browser = seen_by(clerk)
    assert "文書の種別" in page(browser, reverse("decide:document_new"))
    answer = browser.post(reverse("decide:document_new"), {**TYPED, "department": "kodomo/kosodate"})
    document = Document.objects.get()
    assert answer.url == reverse("decide:document", args=[document.id])
    assert "起案すると回る順" in page(browser, answer.url)
    do(browser, document, "attach", file=picture("plan"))
    do(browser, document, "address", means="department", to_department="somu-bu/somu")
    do(browser, document, "address", means="mail", name="見本法人", address="sample@example.jp")
    edit = reverse("decide:document_edit", args=[document.id])
    page(browser, edit)
    version = Document.objects.get().version
    assert browser.post(edit, {**TYPED, "title": "窓口の変更（通知）", "version": version}).status_code == 302
    do(browser, document, "send")
    approval = Approval.objects.get()
    for person in (subchief, chief):
        browser = seen_by(person)
        assert "窓口の変更（通知）" in page(browser, reverse("decide:approvals"))
        html = page(browser, reverse("decide:approval", args=[approval.id]))
        assert "下記のとおり変更します。" in html
        assert "plan" in html
        step = approval.steps.get(ready=True, result="")
        browser.post(reverse("decide:act", args=[approval.id]), {"step": step.id, "do": "agree"})
    document.refresh_from_db()
    assert (document.state, document.number) == ("decided", "令8墨子育第1号")
    browser = seen_by(clerk)
    assert document.number in page(browser, reverse("decide:documents") + "?tab=to_issue")
    do(browser, document, "issue")
    assert "施行済み" in page(browser, reverse("decide:document", args=[document.id]))
    somu = office.hire("clerk", at=offices["somu"])
    assert document.number in page(seen_by(somu), reverse("decide:documents") + "?tab=received")


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(seen_by, clerk):
    browser = seen_by(clerk)
    wrong = {**TYPED, "department": "kumin/zeimu", "amount": "たくさん"}
    for given in (wrong, {**TYPED, "department": "kodomo/kosodate", "title": "", "body": "そのまま"}):
        answer = browser.post(reverse("decide:document_new"), given)
        assert answer.status_code == 400
        assert given["body"] in answer.content.decode()
    assert not Document.objects.exists()


@pytest.mark.parametrize("what", ["attach", "address", "detach", "strike", "issue", "nonsense", ""])
def test_an_act_that_cannot_be_done_says_so_and_changes_nothing(seen_by, write, clerk, what):
    document = write()
    answer = do(seen_by(clerk), document, what, status=400 if what in ("attach", "address", "nonsense", "") else 409)
    assert "できませんでした" in answer.content.decode()
    document.refresh_from_db()
    assert document.state == "drafting"


def test_an_act_on_an_older_page_is_refused(seen_by, write, clerk):
    document = write()
    answer = seen_by(clerk).post(reverse("decide:document_act", args=[document.id]), {"version": "7", "do": "send"})
    assert answer.status_code == 409
    assert not Approval.objects.exists()


def test_a_paper_decision_is_recorded_on_its_page(seen_by, clerk):
    browser, address = seen_by(clerk), reverse("decide:document_paper")
    page(browser, address)
    day = {"decided_on_year": "2026", "decided_on_month": "5", "decided_on_day": "20"}
    given = {**TYPED, "department": "kodomo/kosodate", "post": "section_chief", "reason": "図面が大きいため", **day}
    assert browser.post(address, {**given, "reason": ""}).status_code == 400
    assert browser.post(address, given).status_code == 302
    assert Document.objects.get().medium == "paper"


# ---- together ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(apply, clerk, subchief, chief, family, in_turn, now):
    """Grants that wait for the section chief. The register knows one person: the award is given only once."""

    def make(count):
        made = []
        for _each in range(count):
            case = actions.receive(apply(), by=SYSTEM, now=now)
            actions.take(case, by=clerk.actor, now=now)
            approval = actions.draft(case, "refused", "区内に住所がないため", by=clerk.actor, now=now)
            in_turn(approval, subchief)
            made.append(approval)
        return made

    return make


def together(browser, chief, now):
    (group,) = batches.groups(chief.actor, chief.staff, now)
    return f"{reverse('decide:batch')}?group={group.key}", group


def test_like_proposals_are_decided_together_each_by_itself(seen_by, several, chief, now):
    several(4)
    browser = seen_by(chief)
    assert "4件をまとめて" in page(browser, reverse("decide:approvals"))
    address, group = together(browser, chief, now)
    html = page(browser, address)
    assert "すべてに共通" in html
    assert "区内に住所がないため" in html
    chosen = [each.step.id for each in group.steps[:3]]
    answer = browser.post(reverse("decide:batch"), {"group": group.key, "step": chosen})
    assert answer.status_code == 302
    assert Approval.objects.filter(state="decided").count() == 3
    assert AuditEntry.objects.filter(what="case.decided").count() == 3
    assert "3件を決裁しました。" in browser.get(reverse("decide:approvals")).content.decode()


def test_one_that_fails_stops_none_of_the_others(seen_by, several, chief, clerk, in_turn, now):
    approvals = several(3)
    browser = seen_by(chief)
    _address, group = together(browser, chief, now)
    in_turn(approvals[1], chief)  # decided meanwhile
    chosen = [each.step.id for each in group.steps]
    browser.post(reverse("decide:batch"), {"group": group.key, "step": [*chosen, "nonsense"]})
    assert Approval.objects.filter(state="decided").count() == 3
    html = browser.get(reverse("decide:approvals")).content.decode()
    assert "2件を決裁しました。" in html
    assert "すでに済んだか" in html


def test_a_module_that_refuses_one_lets_the_others_pass(monkeypatch, seen_by, several, chief, now):
    from kusei.base.kernel.errors import NotNow
    from kusei.base.kernel.offers import registry

    approvals = several(3)
    number = approvals[1].case.number

    def stopped(case, approval, *, by, now):
        if case.number == number:
            raise NotNow("児童がほかで受給しています。")

    module = registry.module_of(approvals[0].case.procedure)
    monkeypatch.setitem(registry._modules, module.module, type(module)(**{**vars(module), "decided": stopped}))
    browser = seen_by(chief)
    _address, group = together(browser, chief, now)
    browser.post(reverse("decide:batch"), {"group": group.key, "step": [each.step.id for each in group.steps]})
    states = dict(Approval.objects.values_list("case__number", "state"))
    assert [states[each.case.number] for each in approvals] == ["decided", "running", "decided"]
    html = browser.get(reverse("decide:approvals")).content.decode()
    assert number in html
    assert "ほかで受給" in html


def test_nobody_decides_together_what_is_not_theirs(seen_by, several, chief, clerk, stranger, now):
    several(2)
    _address, group = together(None, chief, now)
    chosen = [each.step.id for each in group.steps]
    for person in (clerk, stranger):
        seen_by(person).post(reverse("decide:batch"), {"group": group.key, "step": chosen})
    assert not Approval.objects.filter(state="decided").exists()


def test_what_needs_a_look_is_flagged_and_not_chosen_beforehand(seen_by, several, chief, now):
    one, _other = several(2)
    type(one.case).objects.filter(id=one.case_id).update(due_on=date(2026, 5, 1))
    browser = seen_by(chief)
    address, _group = together(browser, chief, now)
    html = page(browser, address)
    assert html.count(" checked") == 1
    assert "期限超過" in html


def test_the_batch_takes_the_same_queries_however_many_there_are(several, chief, now):
    counts, by = [], chief.actor
    for more in (2, 6):
        several(more)
        with CaptureQueriesContext(connection) as done:
            (group,) = batches.groups(by, chief.staff, now)
            batches.table(group, now)
        counts.append(len(done))
    assert counts[0] == counts[1] <= 7


def test_what_differs_in_the_text_of_documents_is_seen_and_the_odd_amount_marked(
    seen_by, write, clerk, subchief, chief, in_turn, now
):
    for amount, body in ((90_000, "同じ"), (95_000, "同じ"), (99_000, "同じ"), (102_000, "違う"), (2_900_000, "同じ")):
        document = write(kind="spending", amount=amount, body=body, retention=5)
        in_turn(documents.send_round(document, by=clerk.actor, now=now), subchief)
    browser = seen_by(chief)
    address, _group = together(browser, chief, now)
    html = page(browser, address)
    odd = [part.split("</td>")[0].rsplit("</span>")[-1] for part in html.split("odd-one")[1:]]
    assert odd == ["違う", "2,900,000円"] or odd == ["2,900,000円", "違う"]


# ---- the others ----------------------------------------------------------------------------------------------------------------


def test_an_absence_is_entered_and_ended_on_its_page(seen_by, clerk, subchief, now):
    address = reverse("decide:absences")
    days = {
        f"{name}_{part}": value
        for name in ("since", "until")
        for part, value in (("year", "2026"), ("month", "6"), ("day", "2"))
    }
    browser = seen_by(clerk)
    assert browser.post(address, {**days, "reason": ""}).status_code == 400
    assert browser.post(address, {**days, "reason": "leave"}).status_code == 302
    assert "休暇" in page(browser, address)
    absence = Absence.objects.get()
    assert browser.post(address, {**days, "reason": "leave", "staff": subchief.staff.id}).status_code == 404
    assert seen_by(subchief).post(reverse("decide:end_absence", args=[absence.id])).status_code == 302
    absence.refresh_from_db()
    assert absence.ended_on == date(2026, 6, 1)


def test_deputies_are_named_on_their_page(seen_by, subchief, chief):
    browser, address = seen_by(chief), reverse("decide:deputies")
    page(browser, address)
    given = {"department": "kodomo/kosodate", "post": "section_chief", "person1": subchief.staff.id}
    assert browser.post(address, {**given, "person2": subchief.staff.id}).status_code == 400
    assert browser.post(address, given).status_code == 302
    assert Deputy.objects.get().staff == subchief.staff
    assert subchief.staff.name in page(browser, reverse("decide:absences"))
    assert seen_by(subchief).get(address).status_code == 404


def test_the_deputys_page_says_for_whom_and_the_holder_sees_it_afterwards(
    seen_by, drafted, subchief, chief, office, step, now
):
    deputy = office.hire("subsection_chief", name="代理順子")
    Deputy.objects.create(
        department=office.section, post="section_chief", order=1, staff=deputy.staff, since=date(2026, 4, 1)
    )
    actions.agree(drafted, step(drafted), by=subchief.actor, now=now)
    Absence.objects.create(
        staff=chief.staff,
        since=date(2026, 6, 1),
        until=date(2026, 6, 1),
        reason="trip",
        entered_by=chief.staff,
        entered_at=now,
    )
    browser, address = seen_by(deputy), reverse("decide:approval", args=[drafted.id])
    assert "江川玲子さんが不在のため" in page(browser, address)
    browser.post(reverse("decide:act", args=[drafted.id]), {"step": step(drafted), "do": "agree"})
    browser = seen_by(chief)
    assert "後閲を待っている代決（1件）" in page(browser, reverse("decide:approvals"))
    taken = drafted.steps.get(mode="deputy")
    assert browser.post(reverse("decide:seen", args=[drafted.id]), {"step": taken.id}).status_code == 302
    assert "江川玲子の代決" in page(browser, address)


def test_the_share_is_a_page_and_a_file(seen_by, chief, clerk, office, sheet, now):
    documents.record_paper(office.section, sheet(), date(2026, 5, 20), "section_chief", "図面", by=clerk.actor, now=now)
    browser = seen_by(chief)
    assert "0.0%" in page(browser, reverse("decide:share"))
    answer = browser.get(reverse("decide:share_csv"))
    assert "kodomo/kosodate,子育て支援課,2026-05,0,1,0.0" in answer.content.decode("utf-8-sig")
    for year in ("2019", "x", "2027"):
        assert browser.get(reverse("decide:share") + f"?year={year}").status_code == 400


def test_every_number_of_the_workload_leads_to_the_cases_it_counts(seen_by, apply, drafted, chief, clerk, now):
    for days in (0, 8, 60):
        actions.receive(apply(now - timedelta(days=days)), by=SYSTEM, now=now - timedelta(days=days))
    browser = seen_by(chief)
    html = page(browser, reverse("decide:workload"))
    assert "滞留" in html
    assert clerk.staff.name in html
    links = {part.split('"')[0].replace("&amp;", "&") for part in html.split('href="')[1:]}
    queue = [link for link in links if link.startswith("/office/?")]
    assert len(queue) >= 6
    for link in queue:
        page(browser, link)
    aged = page(browser, "/office/?tab=unassigned&age=20")
    assert aged.count('class="cell-main"') == 1
    assert "受付から20営業日以上" in aged
    assert browser.get("/office/?age=7").status_code == 400
    assert browser.get("/office/?assignee=x").status_code == 400


def test_the_pauses_of_a_deadline_are_shown_while_they_run_and_afterwards(
    seen_by, taken, clerk, resident, monkeypatch, now
):
    actions.ask_correction(taken, ["phone"], "直す", date(2026, 6, 3), by=clerk.actor, now=now)
    later = now + timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    browser, address = seen_by(clerk), reverse("decide:case", args=[taken.id])
    html = page(browser, address)
    assert "令和8年6月1日から停止中（4営業日）。きょう補正が届くと、期限は令和8年6月25日になります。" in html
    taken.refresh_from_db()
    actions.resume(taken, by=clerk.actor, now=later)
    taken.refresh_from_db()
    assert taken.due_on == date(2026, 6, 25)
    assert "令和8年6月1日から令和8年6月5日まで停止（4営業日）。期限は令和8年6月25日になりました。" in page(
        browser, address
    )


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_every_page_renders_in_every_language(seen_by, write, several, clerk, chief, now, language):
    several(2)
    document = write()
    _address, group = together(None, chief, now)
    for person, names in (
        (clerk, ("documents", "document_new", "document_paper", "absences")),
        (chief, ("documents", "absences", "deputies", "workload", "share", "approvals")),
    ):
        browser = seen_by(person)
        browser.cookies["kusei_language"] = language
        for name in names:
            page(browser, reverse(f"decide:{name}"))
        page(browser, reverse("decide:document", args=[document.id]))
    page(browser, f"{reverse('decide:batch')}?group={group.key}")


@pytest.mark.parametrize("query", ["?tab=x", "?after=x", "?kind=x"])
def test_an_address_that_no_link_holds_is_refused(seen_by, clerk, query):
    assert seen_by(clerk).get(reverse("decide:documents") + query).status_code == 400
