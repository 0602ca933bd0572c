"""Printing: what is issued comes into the list by itself; a batch takes what waits; each thing is printed once."""

from datetime import datetime
from io import BytesIO
from uuid import UUID

import pikepdf
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.events.models import Event
from kusei.base.files import storage
from kusei.base.files.actions import keep_made
from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.models import Task
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.kernel.wards import load_ward
from kusei.base.papers import pdf
from kusei.base.papers.models import Version
from kusei.base.papers.queries import section
from kusei.base.printing import queries
from kusei.base.printing.models import Item, Run
from kusei.base.tell.models import MailboxItem

MAKE_RUN = "printing.make_run"
PURPOSE = queries.PURPOSE
OF_PAPERS = ("papers.issued", "papers.reissued", "papers.corrected", "papers.revoked")
MOST = 2000
"""Things of one batch; what is left waits for the next."""
TELL_EVERY = 10


# ---- what comes into the list ------------------------------------------------------------------------------------------------


def of_paper(event: Event, now: datetime) -> None:
    """Something happened to a paper. One subscriber for all of it, so that it is heard in order."""
    if event.kind == "papers.revoked":
        paper_revoked(event, now)
    else:
        paper_issued(event, now)


def paper_issued(event: Event, now: datetime) -> None:
    """A version of a paper was issued: it waits to be printed, and an older one that still waits does so no more. Heard twice, it waits once."""
    version = Version.objects.select_related("paper").get(paper=event.subject_id, version=event.detail["version"])
    paper, addressee = version.paper, version.content.get("addressee") or {}
    with transaction.atomic():
        Item.objects.filter(version__paper=paper, version__version__lt=version.version, run=None).delete()
        if paper.revoked_at or not addressee.get("lines"):
            return
        item = Item(
            version=version, department_id=section(paper), title=f"{paper.title}　{paper.number}",
            postal=addressee.get("postal", ""), name=addressee.get("name", ""), added_at=event.happened_at,
        )  # fmt: skip
        Item.objects.bulk_create([item], ignore_conflicts=True)


def paper_revoked(event: Event, now: datetime) -> None:
    """A paper was revoked: what of it is not in a batch yet is not printed."""
    Item.objects.filter(version__paper=event.subject_id, run=None).delete()


def letter_posted(event: Event, now: datetime) -> None:
    """A letter was laid into the tray. A second copy of the same letter (a delivery tried again) is not printed."""
    found = MailboxItem.objects.filter(id=event.detail["item"]).first()
    if not found:
        return
    lines = found.address.splitlines()
    item = Item(
        letter=found.id, mail_id=found.message_id, title=found.subject, name=lines[-1].removesuffix(" 様"),
        postal=lines[0].removeprefix("〒") if lines[0].startswith("〒") else "", added_at=event.happened_at,
    )  # fmt: skip
    Item.objects.bulk_create([item], ignore_conflicts=True)


# ---- batches -----------------------------------------------------------------------------------------------------------------


@action(purpose=PURPOSE)
def start(department: str | None, *, by: Actor, now: datetime) -> Run:
    """Make a batch of everything that waits in a department (its path), or of the letters (None); a task makes its PDF. Raises Refused, NotNow where
    nothing waits. Two at once share nothing: each thing is in one batch."""
    if not (by.may("print", department) if department else by.may("letters.print")):
        raise Refused("printing.start")
    rows = queries.visible(by, PURPOSE, now).filter(queries.ready(), run=None, department=department, problem="")
    with transaction.atomic():
        keys = rows.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)
        taken = list(keys.order_by("postal", "name", "id")[:MOST])
        if not taken:
            raise NotNow(_("印刷を待つものはありません。作成中のものは、少し待ってからやり直してください。"))
        run = Run.objects.create(department_id=department, total=len(taken), made_at=now, made_by=_name(by))
        items = [Item(id=key, run=run, place=place) for place, key in enumerate(taken, start=1)]
        Item.objects.bulk_update(items, ["run", "place"], batch_size=500)
    enqueue(MAKE_RUN, str(run.id), {"run": str(run.id)}, now=now)
    audit.log(by, "change", "printing.start", obj=run, purpose=PURPOSE, now=now, detail={"items": len(taken)})
    return run


@action(purpose=PURPOSE)
def mark_printed(run: Run, *, by: Actor, now: datetime) -> None:
    """Mark a batch as printed and posted (発送済み), once. The PDF goes, and so do the texts of letters, which may hold codes. Raises Refused, and NotNow
    where it is not ready, or was marked already."""
    if not queries.visible_runs(by, PURPOSE, now).filter(id=run.id).exists():
        raise Refused("printing.mark_printed", obj=run)
    changed = Run.objects.filter(id=run.id, state="ready").update(
        state="printed", printed_at=now, printed_by=_name(by), pdf=None
    )
    if not changed:
        raise NotNow(_("この印刷分は、作成中か、もう印刷済みです。画面を読み直してください。"))
    letters = Item.objects.filter(run=run, letter__isnull=False).values("letter")
    if not settings.DEMO:
        MailboxItem.objects.filter(id__in=letters).update(body="")
    audit.log(by, "change", "printing.printed", obj=run, purpose=PURPOSE, now=now, detail={"items": run.total})


def _name(by: Actor) -> str:
    return " ".join(part for part in (by.department, by.post, by.name) if part)[:120]


def make_run(task: Task, now: datetime) -> None:
    """Make a batch's PDF (task): the list of what is in it first, then everything in its order. What can't be printed goes back with its problem."""
    run = Run.objects.get(id=UUID(task.payload["run"]))
    if run.state != "making":
        return
    with pikepdf.new() as whole:
        kept = []
        for at, item in enumerate(
            run.items.select_related("version__pdf", "version__paper").order_by("place"), start=1
        ):
            try:
                content = _pages(item, now)
            except pdf.Unprintable as error:
                Item.objects.filter(id=item.id).update(run=None, place=None, problem=str(error)[:300])
                continue
            with pikepdf.open(BytesIO(content)) as part:
                kept.append((item, len(part.pages)))
                whole.pages.extend(part.pages)
            if at % TELL_EVERY == 0:
                Run.objects.filter(id=run.id).update(done=at)
        with pikepdf.open(BytesIO(_list(run, kept))) as listed:
            for page in reversed(listed.pages):
                whole.pages.insert(0, page)
            made = BytesIO()
            whole.save(made, deterministic_id=True)
    with transaction.atomic():
        stored = keep_made(made.getvalue(), "印刷分.pdf", "application/pdf", now=now)
        Run.objects.filter(id=run.id, state="making").update(pdf=stored, state="ready", done=len(kept), total=len(kept))


def _pages(item: Item, now: datetime) -> bytes:
    """The PDF of one thing: a paper's as it was made; a letter set now. Raises Unprintable."""
    if item.version:
        with storage.get(item.version.pdf.sha256) as file:
            return file.read()
    found = MailboxItem.objects.get(id=item.letter)
    ward = load_ward(settings.WARD)
    *lines, _addressee = found.address.splitlines()
    content = {
        "title": found.subject,
        "number": "",
        "date": wareki(local_date(found.arrived_at)),
        "issuer": ward.name["ja"],
        "addressee": {"postal": item.postal, "lines": [line for line in lines if not line.startswith("〒")], "name": item.name},
        "body": found.body,
        "contact": {"department": ward.office.name["ja"], "place": "", "phone": ward.office.phone},
    }  # fmt: skip
    return pdf.render("printing/letter", content, issued_at=found.arrived_at)


def _list(run: Run, kept: list[tuple[Item, int]]) -> bytes:
    """The list of a batch (印刷一覧), to be checked against what comes out of the printer. Names that can't be printed show 〓 here."""
    rows = [[str(item.place), item.postal, _shown(item.name), _shown(item.title), str(pages)] for item, pages in kept]
    content = {
        "rows": rows,
        "made": wareki(local_date(run.made_at)),
        "by": _shown(run.made_by),
        "title": "印刷一覧",
        "number": "",
    }
    return pdf.render("printing/list", content, issued_at=run.made_at)


def _shown(text: str) -> str:
    for characters in pdf.missing({"text": text}):
        text = text.replace(characters, "〓")
    return text
