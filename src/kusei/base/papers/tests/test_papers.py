"""Issuing once, making the PDF once, and who gets to see it."""

import re
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from kusei.base.accounts.models import Account
from kusei.base.audit.models import AuditEntry
from kusei.base.files.models import StoredFile
from kusei.base.jobs.models import Task
from kusei.base.kernel.actors import PUBLIC, SYSTEM, Actor
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.ids import check_code, new_id
from kusei.base.papers import actions, queries
from kusei.base.papers.models import Paper, Series
from kusei.base.papers.numbers import next_number
from kusei.base.papers.pdf import Unprintable

pytestmark = pytest.mark.django_db


def test_numbers_run_on_by_letter_and_fiscal_year(now):
    with transaction.atomic():
        march, april = date(2027, 3, 31), date(2027, 4, 1)
        given = [
            next_number("墨子", march),
            next_number("墨子", march),
            next_number("墨福", march),
            next_number("墨子", april),
        ]
    assert given == ["令8墨子第1号", "令8墨子第2号", "令8墨福第1号", "令9墨子第1号"]


def test_issuing_again_gives_the_paper_there_is(case, issue):
    first, again = issue(case), issue(case, reason="別の理由")
    assert (again.id, again.newest.content["reason"]) == (first.id, "理由")
    assert Task.objects.filter(kind=actions.MAKE_PDF).count() == 1


def test_issued_paper_bears_number_day_issuer_and_code(case, issue, clerk):
    paper = issue(case, by=clerk.actor)
    assert paper.number == "令8墨子第1号"
    assert paper.newest.content["date"] == "令和8年6月1日"
    assert paper.newest.content["issuer"] == "墨田区長"
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", paper.newest.check_code)


@pytest.mark.parametrize("by", [PUBLIC, Actor(kind="resident")])
def test_only_the_ward_issues(case, issue, by):
    with pytest.raises(Refused):
        issue(case, by=by)
    assert not Paper.objects.exists()


def test_unknown_layout_issues_nothing(case, now):
    with pytest.raises(LookupError):
        actions.issue("child_allowance/none", "", {}, about=case.id, party=None, by=SYSTEM, now=now)
    assert not Paper.objects.exists()


def test_pdf_is_made_once(paper, now):
    actions.make_pdf(Task.objects.get(key=str(paper.newest.id)), now + timedelta(minutes=1))
    assert StoredFile.objects.filter(media_type="application/pdf").count() == 1
    assert (paper.newest.pdf.media_type, paper.newest.pdf.state) == ("application/pdf", "ready")


def test_nothing_is_issued_where_a_character_cannot_be_printed(case, issue):
    with pytest.raises(Unprintable, match=r"葛\U000e01ef（U\+845B\+U\+E01EF）.*まだ何も交付していません"):
        issue(case, reason="葛\U000e01efあり")
    assert not Paper.objects.exists()
    assert not Series.objects.exists()
    assert not Task.objects.filter(kind=actions.MAKE_PDF).exists()


def test_recipient_downloads_the_pdf_and_the_reading_is_logged(paper, recipient, browse, family):
    answer = browse(recipient).get(reverse("papers:paper", args=[paper.id]))
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(what="papers.view", act="read", subject=str(family["parent"].id)).count() == 1


def test_nobody_else_downloads_it(paper, browse, stranger, now):
    other = Account.objects.create(kind="resident", login="o@example.jp", email="o@example.jp", created_at=now)
    assert browse(other).get(reverse("papers:paper", args=[paper.id])).status_code == 404
    assert browse(stranger.account).get(reverse("papers:office_paper", args=[paper.id])).status_code == 404
    assert AuditEntry.objects.filter(act="refuse").count() == 2
    assert browse(None).get(reverse("papers:paper", args=[paper.id])).status_code == 302


def test_staff_of_the_section_download_it(paper, browse, clerk):
    assert browse(clerk.account).get(reverse("papers:office_paper", args=[paper.id])).status_code == 200


def test_case_lists_its_papers_only_to_whom_it_concerns(paper, case, clerk, stranger, resident, now):
    seen = [len(queries.about(case.id, actor, now)) for actor in (clerk.actor, resident, stranger.actor, PUBLIC)]
    assert seen == [1, 1, 0, 0]


def test_check_page_tells_title_number_and_day_and_nothing_else(paper, browse):
    page = (
        browse(None)
        .get(reverse("papers:check"), {"code": paper.newest.check_code.lower().replace("-", " ")})
        .content.decode()
    )
    assert paper.title in page
    assert paper.number in page
    assert "墨田　花子" not in page
    assert "墨田 花子" not in page


def test_check_page_knows_no_other_code(paper, browse):
    page = browse(None).get(reverse("papers:check"), {"code": check_code()})
    assert page.status_code == 200
    assert "この確認コードの通知書はありません" in page.content.decode()


def test_mistyped_code_is_told_so(browse):
    answer = browse(None).get(reverse("papers:check"), {"code": "<b>7KQ4"})
    assert answer.status_code == 400
    assert "<b>7KQ4" not in answer.content.decode()


def test_guessing_is_throttled(browse):
    client = browse(None)
    client.get(reverse("papers:check"))
    answers = [client.get(reverse("papers:check"), {"code": check_code()}).status_code for _n in range(21)]
    assert answers == [200] * 20 + [429]


def test_unknown_paper_is_not_found(recipient, browse):
    assert browse(recipient).get(reverse("papers:paper", args=[new_id()])).status_code == 404
