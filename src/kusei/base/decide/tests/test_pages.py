"""The console's pages: they render in every state, do what their forms say, refuse what they must, and log who looked."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kusei.base.accounts.models import Account
from kusei.base.audit.models import AuditEntry
from kusei.base.decide import actions
from kusei.base.decide.models import Case
from kusei.base.files.models import StoredFile
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.ids import new_id
from kusei.base.parties.models import Protection


@pytest.fixture(autouse=True)
def today(monkeypatch, now):
    monkeypatch.setattr(clock, "now", lambda: now)


def url(name, thing):
    return reverse(f"decide:{name}", args=[getattr(thing, "id", thing)])


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:500]
    html = response.content.decode()
    assert html.count("<h1") == (1 if status == 200 else html.count("<h1"))
    return html


def submit(client, name, thing, status=302, **data):
    response = client.post(url(name, thing), {"version": getattr(thing, "version", ""), **data})
    assert response.status_code == status, response.content.decode()[:500]
    return response


# ---- pages in every state ---------------------------------------------------------------------------------------------------


@pytest.fixture
def in_state(case, clerk, subchief, chief, step, now):
    """Bring the case into a state by the acts that lead there."""

    def bring(state):
        if state == "received":
            return case
        if state == "withdrawn":
            return actions.receive_withdrawal(case.id, by=SYSTEM, now=now)
        actions.take(case, by=clerk.actor, now=now)
        if state == "correcting":
            actions.ask_correction(case, ["phone"], "確かめて\nください", date(2026, 6, 12), by=clerk.actor, now=now)
        if state in ("approving", "decided", "returned"):
            actions.check(case, {c.key: ("ok", "") for c in case.checks.all()}, by=clerk.actor, now=now)
            approval = actions.draft(case, "granted", "", by=clerk.actor, now=now)
            if state == "returned":
                actions.send_back(approval, step(approval), "所得の確認を", by=subchief.actor, now=now)
            for person in (subchief, chief) if state == "decided" else ():
                approval.refresh_from_db()
                actions.agree(approval, step(approval), by=person.actor, now=now)
        return Case.objects.get(id=case.id)

    return bring


SHOWN = {
    "received": ["未着手", "担当する", "あと14日"],
    "checking": ["審査中", "起案する", "補正を求める", "審査項目を保存"],
    "correcting": ["補正待ち", "停止中", "補正を打ち切って", "確かめて\nください"],
    "returned": ["差し戻されました", "所得の確認を", "起案する"],
    "approving": ["決裁中", "決裁の画面を開く"],
    "decided": ["決定済み", "認定", "交付した通知書"],
    "withdrawn": ["取下げ", "申請者が取り下げました"],
}


@pytest.mark.parametrize(("state", "words"), SHOWN.items())
def test_a_case_is_shown_in_every_state_with_what_can_be_done(in_state, seen_by, clerk, state, words):
    case = in_state(state)
    html = page(seen_by(clerk), url("case", case))
    for word in ["墨田　花子", "墨田　一郎", case.number, *words]:
        assert word in html, word
    assert ("担当する</button>" in html) == (state == "received")
    assert ("起案する</a>" in html) == (state in ("checking", "returned"))


def test_answers_put_right_are_marked(in_state, seen_by, clerk, now):
    case = in_state("correcting")
    answers = {**case.answers, "phone": "0399990000"}
    actions.receive_correction(case.id, answers, ["phone"], [], by=SYSTEM, now=now)
    html = page(seen_by(clerk), url("case", case))
    assert html.count("補正あり") == 1
    assert html.index("補正あり") < html.index("03-9999-0000")


@pytest.mark.parametrize("state", ["approving", "returned", "decided"])
def test_an_approval_is_shown_in_every_state(in_state, seen_by, chief, state):
    approval = in_state(state).approvals.get()
    html = page(seen_by(chief), url("approval", approval))
    assert ("差し戻す</button>" in html) == (state == "approving")


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
def test_every_page_renders_in_every_language(in_state, seen_by, clerk, chief, language):
    approval = in_state("approving").approvals.get()
    client = seen_by(chief)
    client.cookies["kusei_language"] = language
    for address in (reverse("decide:queue") + "?tab=open", reverse("decide:approvals"), reverse("decide:overview"),
                    url("approval", approval), url("case", approval.case_id)):  # fmt: skip
        page(client, address)


def test_empty_lists_say_so(seen_by, clerk):
    client = seen_by(clerk)
    for tab in ("mine", "unassigned", "open", "correcting", "overdue", "ended"):
        assert "empty" in page(client, reverse("decide:queue") + f"?tab={tab}")
    assert "待っている決裁はありません" in page(client, reverse("decide:approvals"))
    assert "案件はまだありません" in page(client, reverse("decide:overview"))


# ---- the whole way ----------------------------------------------------------------------------------------------------------


def test_the_whole_way_on_the_pages_with_two_logins(case, seen_by, clerk, chief):
    client = seen_by(clerk)
    assert case.number in page(client, reverse("decide:queue") + "?tab=unassigned")
    submit(client, "take", case)
    case.refresh_from_db()
    submit(client, "check", case, **{f"check-{c.key}": "ok" for c in case.checks.all()})
    case.refresh_from_db()
    assert "支給開始" in page(client, url("draft", case))
    submit(client, "draft", case, outcome="granted")
    approval = case.approvals.get()
    assert "差し戻す</button>" not in page(client, url("approval", approval))
    client = seen_by(chief)
    assert case.number in page(client, reverse("decide:approvals"))
    for _review_then_decide in range(2):
        step = re.search(r'name="step" value="([^"]+)"', page(client, url("approval", approval)))[1]
        submit(client, "act", approval, step=step, do="agree")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("decided", "granted")
    assert "取り消せません" not in page(client, url("approval", approval))


def test_sending_back_needs_a_comment_and_keeps_what_was_typed(in_state, seen_by, subchief, step):
    approval = in_state("approving").approvals.get()
    client = seen_by(subchief)
    html = submit(client, "act", approval, 400, step=step(approval), do="send_back").content.decode()
    assert "差し戻す理由を書いてください" in html
    submit(client, "act", approval, step=step(approval), do="send_back", comment="所得の確認を")
    assert Case.objects.get(id=approval.case_id).state == "checking"


def test_a_correction_is_asked_for_on_its_form(taken, seen_by, clerk):
    client = seen_by(clerk)
    assert "日中に連絡のつく電話番号" in page(client, url("correct", taken))
    html = submit(
        client, "correct", taken, 400, message="直して", answer_by_year="令和8", answer_by_month="13", answer_by_day="1"
    )
    assert "月は1から12まで" in html.content.decode()
    assert "直して" in html.content.decode()
    submit(
        client,
        "correct",
        taken,
        questions="phone",
        message="直して",
        answer_by_year="令和8",
        answer_by_month="6",
        answer_by_day="12",
    )
    asked = taken.entries.get(event="correction_asked")
    assert asked.detail == {"questions": ["phone"], "answer_by": "2026-06-12"}


def test_waiting_for_a_correction_is_ended_on_the_page(in_state, seen_by, clerk, monkeypatch, now):
    case = in_state("correcting")
    client = seen_by(clerk)
    assert "打ち切れません" in submit(client, "resume", case, 409).content.decode()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=12))
    client = seen_by(clerk)
    submit(client, "resume", case)
    assert Case.objects.get(id=case.id).state == "checking"


def test_a_draft_that_does_not_hold_shows_why_and_keeps_the_text(taken, seen_by, clerk):
    client = seen_by(clerk)
    html = submit(client, "draft", taken, 400, outcome="granted", reason="メモ書き").content.decode()
    assert "審査項目が済んでいません" in html
    assert "メモ書き" in html


def test_a_check_without_ground_is_named_and_what_was_chosen_stays(taken, seen_by, clerk):
    html = submit(seen_by(clerk), "check", taken, 400, **{"check-bank": "not_ok", "note-bank": ""}).content.decode()
    assert "根拠を書いてください" in html
    assert re.search(r'name="check-bank" value="not_ok" checked', html)


def test_a_form_from_an_older_page_is_refused_with_409(taken, seen_by, clerk, now):
    old = Case.objects.get(id=taken.id)
    actions.check(taken, {"bank": ("ok", "")}, by=clerk.actor, now=now)
    html = submit(seen_by(clerk), "release", old, 409).content.decode()
    assert "画面を開いたあとに変わりました" in html
    assert Case.objects.get(id=taken.id).assignee == clerk.staff


@pytest.mark.parametrize("name", ["draft", "correct"])
def test_forms_that_make_no_sense_now_lead_back_to_the_case(in_state, seen_by, clerk, name):
    case = in_state("approving")
    response = seen_by(clerk).get(url(name, case))
    assert (response.status_code, response.url) == (302, url("case", case))


# ---- who may ------------------------------------------------------------------------------------------------------------------

PAGES = ["case", "correct", "draft"]
POSTS = ["take", "release", "assign", "check", "note", "correct", "resume", "draft"]


@pytest.mark.parametrize("name", PAGES)
def test_a_case_of_another_department_does_not_exist_and_the_try_is_logged(case, seen_by, stranger, name):
    page(seen_by(stranger), url(name, case), 404)
    refusal = AuditEntry.objects.get(act="refuse")
    assert (refusal.account_id, refusal.object_id) == (str(stranger.account.id), str(case.id))


@pytest.mark.parametrize("name", POSTS)
def test_nothing_can_be_done_to_a_case_of_another_department(case, seen_by, stranger, name):
    submit(seen_by(stranger), name, case, 404, outcome="refused", reason="x", note="x", to=stranger.staff.id)
    assert Case.objects.get(id=case.id).version == 0
    assert case.entries.count() == 1
    assert AuditEntry.objects.filter(act="refuse").count() == 1


def test_a_case_that_never_was_looks_the_same(case, seen_by, stranger):
    client = seen_by(stranger)
    never, hidden = (
        re.sub(r'value="[^"]{64}"', "", page(client, url("case", which), 404)) for which in (new_id(), case)
    )
    assert never == hidden


def test_approvals_of_another_department_do_not_exist(in_state, seen_by, stranger, step):
    approval = in_state("approving").approvals.get()
    client = seen_by(stranger)
    page(client, url("approval", approval), 404)
    submit(client, "act", approval, 404, step=step(approval), do="agree")
    submit(client, "withdraw_draft", approval, 404)
    assert AuditEntry.objects.filter(act="refuse").count() == 3


def test_the_drafter_who_posts_an_approval_anyway_gets_404_and_a_row(
    office, checked, subchief, clerk, seen_by, step, now
):
    actions.assign(checked, subchief.staff, by=clerk.actor, now=now)
    approval = actions.draft(checked, "granted", "", by=subchief.actor, now=now)
    client = seen_by(subchief)
    assert "自分が起案したものは" in page(client, url("approval", approval))
    submit(client, "act", approval, 404, step=step(approval), do="agree")
    assert AuditEntry.objects.get(act="refuse").what == "decide.agree"
    assert Case.objects.get(id=checked.id).state == "approving"


@pytest.mark.parametrize("name", PAGES)
def test_residents_find_no_office(case, resident, seen_by, name):
    page(seen_by(Account.objects.get(id=resident.account_id)), url(name, case), 404)


def test_who_is_not_signed_in_is_sent_to_sign_in(case, client):
    response = client.get(url("case", case))
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:staff_sign_in"))


@pytest.mark.parametrize(
    "query",
    [
        "tab=nothing",
        "tab=open&after=x",
        "tab=open&after=2026-01-01_x",
        "tab=ended&after=2026-01-01_x",
        "q=" + "長" * 61,
        "q=%00",
    ],
)
def test_addresses_we_never_made_are_answered_with_400(seen_by, clerk, query):
    page(seen_by(clerk), reverse("decide:queue") + "?" + query, 400)


# ---- files -----------------------------------------------------------------------------------------------------------------------


def test_a_file_has_a_link_only_once_it_is_safe(case, photo, seen_by, clerk):
    client, link = seen_by(clerk), reverse("decide:file", args=[case.id, photo.id])
    html = page(client, url("case", case))
    assert "通帳.jpg" in html
    assert link not in html
    StoredFile.objects.filter(id=photo.id).update(state="ready")
    assert link in page(client, url("case", case))


def test_files_are_given_out_with_their_own_case_alone(case, photo, seen_by, clerk, stranger, now):
    other = StoredFile.objects.create(
        sha256="1" * 64, size=1, media_type="image/jpeg", name="x.jpg", created_at=now, state="ready"
    )
    page(seen_by(clerk), reverse("decide:file", args=[case.id, other.id]), 404)
    page(seen_by(clerk), reverse("decide:file", args=[case.id, new_id()]), 404)
    page(seen_by(stranger), reverse("decide:file", args=[case.id, photo.id]), 404)
    assert AuditEntry.objects.filter(act="refuse").count() == 3


# ---- reads are logged ----------------------------------------------------------------------------------------------------------


def test_looking_at_a_case_logs_a_read_for_each_person_it_shows(case, family, seen_by, clerk):
    page(seen_by(clerk), url("case", case))
    reads = AuditEntry.objects.filter(act="read", what="case.view", purpose="審査")
    assert {row.subject for row in reads} == {str(family["parent"].id), str(family["child"].id)}
    assert {row.actor_name for row in reads} == {clerk.staff.name}


def test_searching_logs_the_persons_found_and_never_what_was_typed(case, family, seen_by, clerk):
    client = seen_by(clerk)
    page(client, reverse("decide:queue") + "?tab=open&q=墨田")
    row = AuditEntry.objects.get(act="read")
    assert (row.what, row.subject) == ("case.search", str(family["parent"].id))
    assert "墨田" not in row.detail


def test_deciders_see_the_register_of_their_cases_only(case, stranger, seen_by, chief):
    assert "吾妻橋一丁目" in page(seen_by(chief), url("case", case))
    assert not chief.actor.may("parties.view")


def test_a_protected_person_is_marked(case, family, seen_by, clerk):
    client = seen_by(clerk)
    assert "支援措置" not in page(client, url("case", case))
    Protection.objects.create(party=family["parent"], since=date(2026, 1, 1), ground="DV")
    assert "支援措置の対象の方です" in page(client, url("case", case))


def test_a_difference_from_the_register_is_marked(apply, seen_by, clerk, now):
    same = actions.receive(apply(), by=SYSTEM, now=now)
    other = actions.receive(apply(phone="0399990000"), by=SYSTEM, now=now)
    client = seen_by(clerk)
    assert "相違" not in page(client, url("case", same))
    assert "相違" in page(client, url("case", other))


# ---- cost ------------------------------------------------------------------------------------------------------------------------


def cost(client, address):
    with CaptureQueriesContext(connection) as done:
        page(client, address)
    return len(done)


def test_the_queue_costs_the_same_however_many_cases(apply, seen_by, clerk, now):
    client = seen_by(clerk)
    address = reverse("decide:queue") + "?tab=open"
    actions.receive(apply(), by=SYSTEM, now=now)
    page(client, address)
    few = cost(client, address)
    for n in range(30):
        actions.receive(apply(now + timedelta(days=n % 5)), by=SYSTEM, now=now)
    assert cost(client, address) == few <= 10  # two of them for the log and its savepoint


def test_a_case_costs_the_same_however_much_happened(taken, seen_by, clerk, now):
    client = seen_by(clerk)
    page(client, url("case", taken))
    few = cost(client, url("case", taken))
    for n in range(20):
        actions.add_note(taken, f"メモ{n}", by=clerk.actor, now=now)
    assert cost(client, url("case", taken)) == few <= 26


def test_the_approvals_cost_the_same_however_many(apply, seen_by, clerk, subchief, now):
    def draft():
        case = actions.receive(apply(), by=SYSTEM, now=now)
        actions.take(case, by=clerk.actor, now=now)
        actions.draft(case, "refused", "理由", by=clerk.actor, now=now)

    costs = set()
    for _more in range(3):
        draft()
        for person in (clerk, subchief):
            client = seen_by(person)
            page(client, reverse("decide:approvals"))
            costs.add((person.staff.post, cost(client, reverse("decide:approvals"))))
    assert len(costs) == 2
