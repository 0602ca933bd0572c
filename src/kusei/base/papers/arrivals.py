"""Papers between office and portal: the office issues, the portal lets the recipient have the PDF and anybody check the code.

The notice of a protected person (支援措置), or of who lives with one, has their address on it: its PDF stays in the office and goes by post.
"""

from datetime import datetime

from kusei.base.files import crossing
from kusei.base.files.models import StoredFile
from kusei.base.kernel import parts
from kusei.base.line import actions as line
from kusei.base.papers.messages import Ended, Issued
from kusei.base.papers.models import Paper, Version
from kusei.base.parties.models import Party
from kusei.base.parties.queries import is_hidden

BY_POST = "by_post"


def announce(version: Version, now: datetime) -> None:
    """Tell the portal of a version of a paper: when it is issued, and again when its PDF is made. Nothing where both are one installation."""
    if not parts.split():
        return
    paper = version.paper
    hidden = bool(paper.party_id) and is_hidden(paper.party_id, now)
    shown = version.pdf if version.pdf_id and not hidden else None
    body = Issued(
        paper_id=paper.id, number=paper.number, layout=paper.layout, title=paper.title, about=paper.about, part=paper.part, party_id=paper.party_id,
        version=version.version, kind=version.kind, check_code=version.check_code, issued_at=version.issued_at,
        file_id=shown.id if shown else None, problem=BY_POST if hidden or version.problem else "",
    )  # fmt: skip
    line.send("papers.issued", body, matter=paper.about, now=now)
    if shown:
        crossing.enqueue_all([{"file_id": shown.id}], now)


def announce_end(paper: Paper, now: datetime) -> None:
    """Tell the portal that a paper holds no longer. Nothing where both are one installation."""
    if parts.split():
        body = Ended(paper_id=paper.id, revoked_at=paper.revoked_at, revoked_as=paper.revoked_as)
        line.send("papers.ended", body, matter=paper.about, now=now)


def issued(body: Issued, now: datetime) -> None:
    """Keep what the portal needs of a version: not what is printed on it."""
    person = Party.objects.filter(id=body.party_id).first() if body.party_id else None
    if body.file_id:
        crossing.expect([{"file_id": body.file_id, "name": f"{body.number}.pdf", "media_type": "application/pdf"}], now)
    paper, _new = Paper.objects.get_or_create(
        id=body.paper_id,
        defaults={
            "number": body.number, "layout": body.layout, "title": body.title, "about": body.about, "part": body.part, "party": person,
            "issued_at": body.issued_at,
        },
    )  # fmt: skip
    version, _new = Version.objects.get_or_create(
        paper=paper,
        version=body.version,
        defaults={"kind": body.kind, "content": {}, "check_code": body.check_code, "issued_at": body.issued_at},
    )
    pdf = StoredFile.objects.get(id=body.file_id) if body.file_id else None
    Version.objects.filter(id=version.id).update(problem=body.problem, pdf=pdf)


def ended(body: Ended, now: datetime) -> None:
    """Have every check code of the paper say that it holds no longer."""
    Paper.objects.filter(id=body.paper_id).update(revoked_at=body.revoked_at, revoked_as=body.revoked_as)
