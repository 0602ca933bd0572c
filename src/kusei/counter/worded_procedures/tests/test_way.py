"""Every procedure of words alone, from its own page to the notice of the decision, through the pages that people use."""

from html import escape

import pytest
from django.urls import reverse

from kusei.base.ask import catalogue
from kusei.base.ask.models import Application
from kusei.base.decide.models import Approval, Case
from kusei.base.papers import pdf
from kusei.base.papers.models import Paper
from kusei.base.tell.models import Message

pytestmark = pytest.mark.django_db
SLUGS = catalogue.of_words_alone()
POSTS = {"subsection_chief": "subsection_chief", "section_chief": "section_chief"}


def post(client, name, thing, **data):
    answer = client.post(reverse(f"decide:{name}", args=[thing.id]), data)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    thing.refresh_from_db()


def decide(case, outcome, office, seen_by, procedure, reason=""):
    """Take, check, draft and agree, each by whoever's step it is, through the console's pages."""
    clerk = seen_by(office.hire("clerk"))
    post(clerk, "take", case, version=case.version)
    checks = {f"check-{check.key}": "ok" for check in procedure.decide.checks}
    post(clerk, "check", case, version=case.version, **checks)
    drafted = clerk.get(reverse("decide:draft", args=[case.id])).content.decode()
    assert procedure.decide.outcomes[0].label.ja in drafted
    post(clerk, "draft", case, version=case.version, outcome=outcome, reason=reason)
    approval = Approval.objects.get(case=case)
    for step in procedure.decide.route:
        chief = seen_by(office.hire(step.post))
        post(chief, "act", approval, step=approval.steps.get(ready=True).id, do="agree")
    case.refresh_from_db()
    return drafted


@pytest.mark.parametrize("slug", SLUGS)
def test_from_the_first_page_to_the_notice(slug, open_, resident, office, seen_by, django_assert_max_num_queries):
    procedure = open_(slug)
    guide = resident.client.get(f"/procedures/{slug}").content.decode()
    assert procedure.title.ja in guide
    assert escape(procedure.sources[0].url) in guide
    checking = resident.fill(slug, procedure, procedure.example)
    assert all("次へ" in page and page.count("<h1") == 1 for page in resident.opened)
    with django_assert_max_num_queries(8):
        shown = resident.client.get(checking).content.decode()
    assert ("期限" in shown) == bool(procedure.deadline and procedure.deadline.question)
    assert resident.client.post(checking.replace("/check", "/submit")).status_code == 302
    application = Application.objects.get(procedure=slug)
    case = Case.objects.get(id=application.id)
    assert case.department_id == procedure.department
    outcome = procedure.decide.outcomes[0]
    drafted = decide(case, outcome.key, office, seen_by, procedure)
    assert ("期限内" in drafted) == ("期限" in shown)
    assert (case.state, case.outcome) == ("decided", outcome.key)
    paper = Paper.objects.get(about=case.id)
    assert ["決定", outcome.label.ja] in paper.newest.content["facts"]
    assert pdf.render(paper.layout, paper.newest.content).startswith(b"%PDF")
    assert Message.objects.filter(template=outcome.message).count() == 1
    assert paper.number in resident.client.get(f"/my/applications/{application.id}").content.decode()


def one_of_each_appeal() -> list[str]:
    """One procedure for each way in which a refusal can be appealed against, and one whose refusal is no disposition."""
    found = {}
    for slug in SLUGS:
        decide = catalogue.written(slug).decide
        if decide.outcomes[-1].needs_reason:
            found.setdefault((decide.appeal_to == "区長", decide.appeal_first, bool(decide.appeal_to)), slug)
    return list(found.values())


@pytest.mark.parametrize("slug", one_of_each_appeal())
def test_what_is_refused_says_why_and_how_to_appeal(slug, open_, resident, office, seen_by):
    procedure = open_(slug)
    checking = resident.fill(slug, procedure, procedure.example)
    resident.client.post(checking.replace("/check", "/submit"))
    case = Case.objects.get(procedure=slug)
    refused = procedure.decide.outcomes[-1]
    assert refused.needs_reason
    decide(case, refused.key, office, seen_by, procedure, reason="要件を満たさないため")
    content = Paper.objects.get(about=case.id).newest.content
    assert content["reason"] == "要件を満たさないため"
    assert bool(content["appeal"]) == bool(procedure.decide.appeal_to)
    assert pdf.render("worded_procedures/notice", content).startswith(b"%PDF")
