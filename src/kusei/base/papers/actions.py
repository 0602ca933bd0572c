"""Issuing papers: the row in the transaction that decides, the PDF soon after, both at most once; and what becomes of them afterwards."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide.models import Case
from kusei.base.events.actions import happened
from kusei.base.files.actions import keep_made
from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.models import Task
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.ids import check_code, new_id
from kusei.base.kernel.wards import load_ward
from kusei.base.papers import arrivals, pdf, rules, signing
from kusei.base.papers.models import Paper, Version
from kusei.base.papers.numbers import next_number
from kusei.base.papers.queries import section
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department

MAKE_PDF = "papers.make_pdf"
PURPOSE = "交付"


@action(purpose=PURPOSE)
def issue(
    layout: str,
    title: str,
    content: dict,
    *,
    about: UUID | None,
    party: Party | None,
    by: Actor,
    now: datetime,
    department: Department | None = None,
    part: str = "",
) -> Paper:
    """Issue a paper (交付) about a case, or one that stands alone (`about` None): number, check code and content now, the PDF by a task.

    `content` is plain JSON, as the layout wants it (and may bring its own `title`); number, date, issuer and check code are added. The
    same layout about the same case (and the same `part` of it) again gives the paper there is, unless that was revoked. The department is the case's, or the one given.
    Raises Unprintable, before anything is numbered, where a character can't be printed; Refused unless staff or the system issues; LookupError
    for an unknown layout.
    """
    if by.kind not in ("staff", "system"):
        raise Refused("papers.issue", subject=party)
    if about and (there := Paper.objects.filter(about=about, layout=layout, part=part, revoked_at=None).first()):
        return there
    pdf.layout_file(layout)
    ward, day, key = load_ward(settings.WARD).name["ja"], local_date(now), new_id()
    printed = {
        "title": title,
        **content,
        "date": wareki(day),
        "issuer": f"{ward}長",
        "check_address": f"{settings.ADDRESS}/check",
    }
    printable(title, content)
    place = (
        department.path if department else Case.objects.filter(id=about).values_list("department_id", flat=True).first()
    )
    printed["number"] = next_number(rules.letter(ward, str(department or by.department)), day)
    paper = Paper.objects.create(
        id=key, number=printed["number"], layout=layout, title=printed["title"], about=about or key, part=part, party=party,
        department_id=place, issued_at=now,
    )  # fmt: skip
    _print(paper, "issued", printed, by=by, now=now)
    _log(by, "issue", paper, now)
    return paper


@action(purpose=PURPOSE)
def reissue(paper: Paper, reason: str, *, by: Actor, now: datetime) -> Version:
    """Issue the paper anew as it was (再発行), for somebody who lost it: a new version with a check code of its own; the former one's code then
    says that there is a newer. Raises Invalid without a reason, NotNow for a paper that is revoked, Refused to who may not issue."""
    last = _newest(paper, "papers.issue", "papers.reissue", by)
    mark = f"（{wareki(local_date(now))} 再発行）"
    return _print(paper, "reissued", {**last.content, "mark": mark}, by=by, now=now, reason=_reason(reason))


@action(purpose=PURPOSE)
def correct(paper: Paper, changes: dict, reason: str, *, by: Actor, now: datetime) -> Version:
    """Issue the paper with what was wrong put right (訂正): `changes` are the texts of `rules.correctable` that differ. Raises as `reissue`, and
    Invalid where nothing differs, Unprintable."""
    last = _newest(paper, "papers.issue", "papers.correct", by)
    reason = _reason(reason)
    content = rules.corrected(last.content, changes)
    if content == last.content:
        raise Invalid({"": _("変わったところがありません。同じ内容を出し直すときは、再発行してください。")})
    mark = f"（{wareki(local_date(now))} 訂正）"
    return _print(paper, "corrected", {**content, "mark": mark}, by=by, now=now, reason=reason)


@action(purpose=PURPOSE)
def revoke(paper: Paper, kind: str, reason: str, *, by: Actor, now: datetime) -> None:
    """End a paper: 取消 (`revoked`) or 失効 (`lapsed`). From then on every check code of it says so, to everybody; the reason stays with the ward.
    Raises Invalid, NotNow where it is ended already, Refused to who may not."""
    _newest(paper, "papers.revoke", "papers.revoke", by)
    if kind not in dict(Paper.REVOKED):
        raise Invalid({"kind": _("取消か失効かを選んでください。")})
    reason = _reason(reason)
    Paper.objects.filter(id=paper.id).update(
        revoked_at=now, revoked_as=kind, revoked_by=_name(by), revoked_reason=reason
    )
    paper.refresh_from_db()
    _log(by, "revoke", paper, now, how=kind)
    arrivals.announce_end(paper, now)
    happened("papers.revoked", paper, {"how": kind}, now=now)


def _newest(paper: Paper, permission: str, what: str, by: Actor) -> Version:
    """The newest version of a paper in force, the paper's row locked, for whoever may."""
    if not by.may(permission, section(paper) or "-"):
        raise Refused(what, obj=paper, subject=paper.party_id)
    held = Paper.objects.select_for_update(no_key=True).get(id=paper.id)
    if held.revoked_at:
        raise NotNow(_("この書面は、すでに%(how)sされています。") % {"how": held.get_revoked_as_display()})
    return held.newest


def _reason(typed: str) -> str:
    reason = typed.strip()
    if not reason:
        raise Invalid({"reason": _("理由を書いてください。")})
    if len(reason) > rules.LONGEST_REASON:
        raise Invalid({"reason": _("%(most)s文字までで書いてください。") % {"most": rules.LONGEST_REASON}})
    return reason


def printable(title: str, content: dict) -> None:
    """Raises Unprintable where a paper of this title and content has a character that can't be printed."""
    if lacking := pdf.missing({"title": title, **content}):
        raise pdf.Unprintable(lacking)


def _name(by: Actor) -> str:
    return " ".join(part for part in (by.department, by.post, by.name) if part)[:120]


def _print(paper: Paper, kind: str, content: dict, *, by: Actor, now: datetime, reason: str = "") -> Version:
    """The next version of a paper, with a check code of its own, and the task that makes its PDF."""
    printable(paper.title, content)
    code = check_code()
    content = {**content, "check_code": code, "signed": signing.shown_name()}
    made = Version.objects.create(
        paper=paper, version=paper.versions.count() + 1, kind=kind, content=content, check_code=code, issued_at=now,
        issued_by=_name(by), reason=reason,
    )  # fmt: skip
    if kind != "issued":
        _log(by, kind, paper, now, version=made.version)
    arrivals.announce(made, now)
    enqueue(MAKE_PDF, str(made.id), {"version": str(made.id)}, now=now)
    happened(f"papers.{kind}", paper, {"version": made.version}, now=now)
    return made


def _log(by: Actor, what: str, paper: Paper, now: datetime, **detail) -> None:
    detail = {"number": paper.number, **detail}
    audit.log(
        by, "change", f"papers.{what}", subject=paper.party_id, obj=paper, purpose=PURPOSE, now=now, detail=detail
    )


def make_pdf(task: Task, now: datetime) -> None:
    """Make, sign and keep a version's PDF (task `papers.make_pdf`). Done twice, one is kept."""
    if "paper" in task.payload:  # issued before there were versions
        version = Version.objects.get(paper=task.payload["paper"], version=1)
    else:
        version = Version.objects.get(id=task.payload["version"])
    if version.pdf_id:
        return
    try:
        content = pdf.render(version.paper.layout, version.content, issued_at=version.issued_at)
    except pdf.Unprintable as error:
        version.problem = str(error)[:200]
        with transaction.atomic():
            Version.objects.filter(id=version.id).update(problem=version.problem)
            arrivals.announce(version, now)
        return
    signer, signature = version.content.get("signed", ""), None
    name = (
        f"{version.paper.number}.pdf"
        if version.version == 1
        else f"{version.paper.number}（第{version.version}版）.pdf"
    )
    if signer:
        signed = signing.signer(signer).sign(content)
        signature = keep_made(signed, f"{name}.p7s", "application/pkcs7-signature", now=now)
    made = keep_made(content, name, "application/pdf", now=now)
    with transaction.atomic():
        if Version.objects.filter(id=version.id, pdf=None).update(pdf=made, signature=signature, problem=""):
            version.pdf, version.problem = made, ""
            arrivals.announce(version, now)
