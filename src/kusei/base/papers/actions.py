"""Issuing papers: the row in the transaction that decides, the PDF soon after, both at most once."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kusei.base import audit
from kusei.base.files.actions import keep_made
from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.models import Task
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.ids import check_code
from kusei.base.kernel.wards import load_ward
from kusei.base.papers import arrivals, pdf, rules
from kusei.base.papers.models import Paper
from kusei.base.papers.numbers import next_number
from kusei.base.parties.models import Party

MAKE_PDF = "papers.make_pdf"
PURPOSE = "交付"


@action(purpose=PURPOSE)
def issue(
    layout: str, title: str, content: dict, *, about: UUID, party: Party | None, by: Actor, now: datetime
) -> Paper:
    """Issue a paper (交付) about a case: number, check code and content now, the PDF by a task.

    `content` is plain JSON, as the layout wants it (and may bring its own `title`); number, date, issuer and check code are added. The
    same layout about the same case again gives the paper there is. Where a character can't be printed, the paper has a number all the
    same, and `problem` says that it must be made by hand. Raises Refused unless staff or the system issues; LookupError for an unknown layout.
    """
    if by.kind not in ("staff", "system"):
        raise Refused("papers.issue", subject=party)
    if there := Paper.objects.filter(about=about, layout=layout).first():
        return there
    pdf.layout_file(layout)
    ward, day = load_ward(settings.WARD).name["ja"], local_date(now)
    printed = {
        "title": title,
        **content,
        "number": next_number(rules.letter(ward, by.department), day),
        "date": wareki(day),
        "issuer": f"{ward}長",
        "check_code": check_code(),
        "check_address": f"{settings.ADDRESS}/check",
    }
    paper = Paper.objects.create(
        number=printed["number"], layout=layout, title=printed["title"], about=about, party=party, content=printed,
        check_code=printed["check_code"], issued_at=now, problem=_problem(pdf.missing(printed)),
    )  # fmt: skip
    audit.log(
        by,
        "change",
        "papers.issue",
        subject=party,
        obj=paper,
        purpose=PURPOSE,
        now=now,
        detail={"number": paper.number},
    )
    arrivals.announce(paper, now)
    if not paper.problem:
        enqueue(MAKE_PDF, str(paper.id), {"paper": str(paper.id)}, now=now)
    return paper


def make_pdf(task: Task, now: datetime) -> None:
    """Make and keep a paper's PDF (task `papers.make_pdf`). Done twice, it is the same file."""
    paper = Paper.objects.get(id=task.payload["paper"])
    if paper.pdf_id:
        return
    try:
        content = pdf.render(paper.layout, paper.content, issued_at=paper.issued_at)
    except pdf.Unprintable as error:
        paper.problem = _problem(error.characters)
        with transaction.atomic():
            Paper.objects.filter(id=paper.id).update(problem=paper.problem)
            arrivals.announce(paper, now)
        return
    made = keep_made(content, f"{paper.number}.pdf", "application/pdf", now=now)
    with transaction.atomic():
        if Paper.objects.filter(id=paper.id, pdf=None).update(pdf=made, problem=""):
            paper.pdf, paper.problem = made, ""
            arrivals.announce(paper, now)


def _problem(characters: list[str]) -> str:
    """What staff are told where characters can't be printed; empty where all can."""
    if not characters:
        return ""
    shown = "、".join(f"{c}（{'+'.join(f'U+{ord(each):04X}' for each in c)}）" for c in characters[:5])
    return f"印刷できない文字があります：{shown}。通知書は手作業で作成してください。"
