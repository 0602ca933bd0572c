"""Who may see which paper. Everything starts from `visible`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from kusei.base.ask.concern import applications_of
from kusei.base.ask.models import Application
from kusei.base.decide.models import Case
from kusei.base.decide.queries import visible as visible_cases
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.ids import read_check_code
from kusei.base.papers.models import Paper, Version
from kusei.base.staff.queries import below

PURPOSE = "通知書の閲覧"


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Paper]:
    """The papers `by` may see: a resident those addressed to the person they are tied to (or, where a paper names nobody of the register,
    about their account's application), and those about applications of an organisation for which they hold a mandate; staff those about cases they may see, and those of their departments that stand alone; the system all."""
    if by.kind == "system":
        return Paper.objects.all()
    if by.kind == "staff":
        alone = Q(about=F("id")) & below(by.paths("decide.view"), "department__path")
        return Paper.objects.filter(alone | Q(about__in=visible_cases(by, purpose, now).values("id")))
    if by.kind != "resident":
        return Paper.objects.none()
    theirs = Application.objects.filter(applications_of(by, now))
    own = Q(party=None, about__in=theirs.filter(agent=None).values("id"))
    own |= Q(about__in=theirs.filter(agent__isnull=False).values("id"))
    return Paper.objects.filter(own | Q(party_id=by.party_id) if by.party_id else own)


def with_newest(papers: QuerySet[Paper]) -> QuerySet[Paper]:
    """The papers with `pdf_id` and `problem` of their newest version, and how many versions there are as `version`."""
    newest = Version.objects.filter(paper=OuterRef("pk")).order_by("-version")
    return papers.annotate(
        **{name: Subquery(newest.values(name)[:1]) for name in ("pdf_id", "signature_id", "problem", "version")}
    )


def about(case_id: UUID, by: Actor, now: datetime) -> list[Paper]:
    """The papers about a case that `by` may see, oldest first, without their content."""
    rows = visible(by, PURPOSE, now).filter(about=case_id)
    return list(with_newest(rows).order_by("issued_at", "id"))


def section(paper: Paper) -> str | None:
    """The path of the department that answers for the paper: the one that has its case now, or that issued it."""
    return Case.objects.filter(id=paper.about).values_list("department_id", flat=True).first() or paper.department_id


@dataclass(frozen=True)
class Found:
    """What a check code tells: the paper, which version of it, and how it stands.

    standing: valid | superseded (a newer version was issued) | revoked | lapsed. since: from when it stands so.
    """

    paper: Paper
    version: Version
    standing: str
    since: datetime


def checked(typed: str) -> Found | None:
    """What the check code (確認コード) tells, without content or recipient; None where there is none."""
    code = read_check_code(typed)
    version = code and Version.objects.select_related("paper").defer("content").filter(check_code=code).first()
    if not version:
        return None
    paper = version.paper
    if paper.revoked_at:
        return Found(paper, version, paper.revoked_as, paper.revoked_at)
    newer = paper.versions.filter(version__gt=version.version).order_by("version").first()
    if newer:
        return Found(paper, version, "superseded", newer.issued_at)
    return Found(paper, version, "valid", version.issued_at)
