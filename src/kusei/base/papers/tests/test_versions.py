"""What becomes of a paper: issued anew, put right, revoked; what the check page then tells; and what the database itself refuses."""

from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.urls import reverse

from kusei.base.audit.models import AuditEntry
from kusei.base.decide.tests.together import at_once
from kusei.base.events.models import Event
from kusei.base.jobs.models import Task
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.papers import actions, queries, rules
from kusei.base.papers.models import Paper, Version

pytestmark = pytest.mark.django_db


def make(paper: Paper, now) -> None:
    """The worker makes what waits."""
    for task in Task.objects.filter(kind=actions.MAKE_PDF):
        actions.make_pdf(task, now)


def standing(code: str) -> str:
    return queries.checked(code).standing


def test_versions_run_on_each_with_its_own_code_and_file(paper, clerk, now):
    first = paper.newest
    again = actions.reissue(paper, "紛失のため", by=clerk.actor, now=now + timedelta(days=30))
    right = actions.correct(
        paper, {"addressee/name": "墨田 華子"}, "誤記", by=clerk.actor, now=now + timedelta(days=31)
    )
    make(paper, now)
    rows = list(paper.versions.order_by("version"))
    assert [(row.version, row.kind, row.reason) for row in rows] == [
        (1, "issued", ""),
        (2, "reissued", "紛失のため"),
        (3, "corrected", "誤記"),
    ]
    assert len({row.check_code for row in rows}) == len({row.pdf.sha256 for row in rows}) == 3
    assert {row.content["number"] for row in rows} == {paper.number}
    assert again.content["mark"] == "（令和8年7月1日 再発行）"
    assert (right.content["mark"], right.content["addressee"]["name"]) == ("（令和8年7月2日 訂正）", "墨田 華子")
    assert again.content["addressee"] == first.content["addressee"]
    assert [standing(row.check_code) for row in rows] == ["superseded", "superseded", "valid"]
    assert list(Event.objects.order_by("number").values_list("kind", flat=True)) == [
        "papers.issued",
        "papers.reissued",
        "papers.corrected",
    ]
    assert AuditEntry.objects.filter(what__in=["papers.issue", "papers.reissued", "papers.corrected"]).count() == 3


@pytest.mark.parametrize("kind", ["revoked", "lapsed"])
def test_a_revoked_paper_says_so_on_every_version_and_is_never_issued_anew(paper, clerk, chief, kind, now):
    actions.reissue(paper, "紛失", by=clerk.actor, now=now)
    actions.revoke(paper, kind, "世帯の事情による。", by=chief.actor, now=now + timedelta(days=1))
    assert {standing(row.check_code) for row in paper.versions.all()} == {kind}
    for act in (
        lambda: actions.reissue(paper, "紛失", by=clerk.actor, now=now),
        lambda: actions.correct(paper, {"reason": "別"}, "誤記", by=clerk.actor, now=now),
        lambda: actions.revoke(paper, kind, "また", by=chief.actor, now=now),
    ):
        with pytest.raises(NotNow):
            act()
    assert Event.objects.filter(kind="papers.revoked").get().detail == {"how": kind}


def test_after_a_revocation_the_case_can_have_a_new_paper(paper, case, issue, chief, now):
    actions.revoke(paper, "revoked", "誤り", by=chief.actor, now=now)
    other = issue(case)
    assert (other.id != paper.id, other.number) == (True, "令8墨第2号")
    assert issue(case).id == other.id


def test_only_the_section_reissues_and_only_its_chief_revokes(paper, clerk, subchief, chief, stranger, resident, now):
    for by in (stranger.actor, resident, chief.actor):
        with pytest.raises(Refused):
            actions.reissue(paper, "紛失", by=by, now=now)
    for by in (stranger.actor, resident, clerk.actor, subchief.actor):
        with pytest.raises(Refused):
            actions.revoke(paper, "revoked", "誤り", by=by, now=now)
    assert Version.objects.count() == 1
    assert AuditEntry.objects.filter(act="refuse").count() == 7


@pytest.mark.parametrize("reason", ["", "　", "x" * 1001])
def test_every_act_has_its_reason(paper, clerk, reason, now):
    with pytest.raises(Invalid):
        actions.reissue(paper, reason, by=clerk.actor, now=now)


def test_a_correction_that_corrects_nothing_is_none(paper, clerk, now):
    with pytest.raises(Invalid):
        actions.correct(
            paper,
            {"addressee/name": paper.newest.content["addressee"]["name"], "number": "1"},
            "誤記",
            by=clerk.actor,
            now=now,
        )


def test_a_correction_that_cannot_be_printed_changes_nothing(paper, clerk, now):
    with pytest.raises(NotNow, match=r"U\+E01EF"):
        actions.correct(paper, {"addressee/name": "葛\U000e01ef"}, "誤記", by=clerk.actor, now=now)
    assert Version.objects.count() == 1


def test_what_the_issuing_gives_cannot_be_corrected():
    content = {
        "number": "1",
        "check_code": "x",
        "facts": [["a", "b"]],
        "addressee": {"name": "n", "lines": ["l"]},
        "n": 3,
    }
    assert rules.correctable(content) == {
        "facts/0/0": "a",
        "facts/0/1": "b",
        "addressee/name": "n",
        "addressee/lines/0": "l",
    }
    changed = rules.corrected(content, {"number": "2", "facts/0/1": "c", "facts/9/9": "z", "addressee": "?"})
    assert changed == {**content, "facts": [["a", "c"]]}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE papers_version SET content = '{}'",
        "UPDATE papers_version SET check_code = 'x'",
        "UPDATE papers_version SET pdf_id = NULL",
        "DELETE FROM papers_version",
        "UPDATE papers_paper SET revoked_at = now()",
        "UPDATE papers_paper SET revoked_as = 'revoked'",
        "UPDATE papers_paper SET revoked_at = now(), revoked_as = 'gone'",
    ],
)
def test_the_database_lets_nobody_change_what_was_printed(paper, statement):
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_check_page_tells_everybody_how_it_stands_and_nobody_why(paper, chief, browse, now):
    code = paper.newest.check_code
    page = browse(None).get(reverse("papers:check"), {"code": code}).content.decode()
    assert "有効な書面です" in page
    assert "子育て支援課" in page
    actions.revoke(paper, "revoked", "配偶者から隠す事情", by=chief.actor, now=now)
    page = browse(None).get(reverse("papers:check"), {"code": code}).content.decode()
    assert "取り消された書面です" in page
    for secret in ("墨田　花子", "墨田 花子", "配偶者", chief.staff.name, paper.newest.content["reason"]):
        assert secret not in page


@pytest.mark.django_db(transaction=True)
def test_two_who_reissue_at_once_make_two_versions_in_a_row(case, issue, clerk, colleague, now):
    paper = issue(case)

    def again(by):
        return lambda: actions.reissue(Paper.objects.get(id=paper.id), "紛失", by=by, now=now).version

    assert sorted(at_once(again(clerk.actor), again(colleague.actor))) == [2, 3]


def test_the_office_sees_corrects_reissues_and_revokes_on_its_pages(paper, browse, clerk, chief, stranger):
    clerks, chiefs = browse(clerk.account), browse(chief.account)
    record = reverse("papers:record", args=[paper.id])
    assert paper.number in clerks.get(record).content.decode()
    assert browse(stranger.account).get(record).status_code == 404
    assert "再発行する" not in chiefs.get(record).content.decode()
    assert "取消・失効にする" not in clerks.get(record).content.decode()
    assert clerks.post(reverse("papers:reissue", args=[paper.id]), {"reissue-reason": ""}).status_code == 400
    assert clerks.post(reverse("papers:reissue", args=[paper.id]), {"reissue-reason": "紛失"}).status_code == 302
    correct = reverse("papers:correct", args=[paper.id])
    assert 'value="墨田 花子"' in clerks.get(correct).content.decode()
    assert clerks.post(correct, {"addressee/name": "墨田\u3000葛\U000e01ef", "reason": "誤記"}).status_code == 400
    assert clerks.post(correct, {"addressee/name": "墨田　華子", "reason": "誤記"}).status_code == 302
    revoke = reverse("papers:revoke", args=[paper.id])
    assert clerks.post(revoke, {"revoke-kind": "lapsed", "revoke-reason": "転出"}).status_code == 404
    assert chiefs.post(revoke, {"revoke-kind": "x", "revoke-reason": "転出"}).status_code == 400
    assert chiefs.post(revoke, {"revoke-kind": "lapsed", "revoke-reason": "転出"}).status_code == 302
    page = chiefs.get(record).content.decode()
    assert "失効" in page
    assert "転出" in page
    assert clerks.get(correct).status_code == 409
    assert clerks.get(reverse("papers:version", args=[paper.id, 1])).status_code == 200
    assert clerks.get(reverse("papers:version", args=[paper.id, 9])).status_code == 404


LETTER = {
    "title": "手続きのお知らせ", "number": "", "postal": "130-0001", "lines": "東京都墨田区吾妻橋一丁目1番1号\r\n見本荘 203号室", "name": "墨田　花子",
    "body": "一つ目の段落です。\r\n二つ目の段落です。",
}  # fmt: skip


def test_a_letter_that_stands_alone_is_issued_by_the_section_and_shown_to_whom_it_is_for(
    browse, clerk, stranger, recipient, family, now
):
    clerks = browse(clerk.account)
    given = LETTER | {"department": clerk.staff.department_id, "number": family["parent"].number or ""}
    assert clerks.get(reverse("papers:new")).status_code == 200
    assert clerks.post(reverse("papers:new"), given | {"name": "葛\U000e01ef"}).status_code == 400
    assert clerks.post(reverse("papers:new"), given | {"department": stranger.staff.department_id}).status_code == 400
    assert clerks.post(reverse("papers:new"), given | {"number": "0"}).status_code == 400
    assert not Paper.objects.exists()
    assert clerks.post(reverse("papers:new"), given).status_code == 302
    paper = Paper.objects.get()
    assert (paper.about, paper.department_id, paper.number) == (paper.id, clerk.staff.department_id, "令8墨子第1号")
    make(paper, now)
    assert paper.newest.pdf
    assert list(queries.visible(clerk.actor, "", now)) == [paper]
    assert list(queries.visible(stranger.actor, "", now)) == []
