"""What applicants look at: their own drafts and applications, nobody else's."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from kusei.base.ask import catalogue
from kusei.base.ask.concern import NOBODY, applications_of, concerns
from kusei.base.ask.models import AnswerSet, Application, Attachment, Correction, Draft, Snapshot
from kusei.base.kernel import rows
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.i18n import text


def visible(user: Actor, purpose: str, now) -> Q:
    """Which drafts somebody may see on the portal: those of their own account."""
    return Q(account_id=user.account_id) if user.account_id else NOBODY


def drafts(user: Actor, purpose: str, now) -> QuerySet[Draft]:
    """Open and submitted drafts the user may see."""
    return Draft.objects.filter(visible(user, purpose, now))


def applications(user: Actor, purpose: str, now) -> QuerySet[Application]:
    """Applications the user may see, newest first: their own, and those of the organisations for which they hold a mandate."""
    return Application.objects.filter(applications_of(user, now)).order_by("-submitted_at")


def draft(user: Actor, id: UUID, now) -> Draft:
    """One draft. Raises Refused where there is none the user may see."""
    found = user.account_id and rows.one(
        Draft, "WHERE id = %s AND account_id = %s", [id, user.account_id]
    )  # as `visible` says
    if not found:
        raise Refused("ask.draft", obj=("ask.draft", str(id)))
    return found


def application(user: Actor, id: UUID, now) -> Application:
    """One application. Raises Refused where there is none the user may see."""
    found = applications(user, "申請状況の確認", now).filter(id=id).first()
    if found is None:
        raise Refused("ask.application", obj=("ask.application", str(id)))
    return found


def attachment(user: Actor, id: UUID, now) -> Attachment:
    """One file of one's own drafts and applications, with its stored file. Raises Refused."""
    rows = Attachment.objects.select_related("file", "draft__application").filter(removed_at=None)
    found = rows.filter(id=id).first() if user.account_id else None
    if found is None or not concerns(found.draft, user, now):
        raise Refused("ask.attachment", obj=("ask.attachment", str(id)))
    return found


def attached(draft: Draft, question: str, id) -> dict | None:
    """A file that was given to a question of the draft, as answers list it; None where there is none."""
    found = Attachment.objects.select_related("file").filter(draft=draft, question=question, id=id).first()
    return found.listed() if found else None


def attachments(draft: Draft) -> list[Attachment]:
    """The files that were given with the draft, in the order in which they came."""
    return list(Attachment.objects.select_related("file").filter(draft=draft, removed_at=None).order_by("id"))


def correction(user: Actor, application_id: UUID, now) -> Correction | None:
    """The open request to correct an application, if there is one. Raises Refused for somebody else's application."""
    mine = application(user, application_id, now)
    found = Correction.objects.filter(application=mine, answered_at=None).first()
    if found:
        found.application = mine
    return found


def answers_of(application: Application) -> AnswerSet:
    """The answers as they stand now."""
    return application.answer_sets.order_by("-number")[:1].get()


@dataclass(frozen=True)
class Mine:
    """What My page shows of one's applying: drafts and applications, each with the procedure's title in the active language."""

    drafts: list[dict]
    applications: list[dict]


def for_account(user: Actor, now, most: int = 50) -> Mine:
    """Open drafts and the newest applications of an account, in two queries."""
    open_drafts = drafts(user, "マイページ", now).filter(submitted_at=None).order_by("-updated_at")[:most]
    submitted = applications(user, "マイページ", now)[:most]
    return Mine(
        [{"draft": d, "title": title(d.snapshot_id)} for d in open_drafts.defer("given")],
        [{"application": a, "title": title(a.snapshot_id)} for a in submitted],
    )


def title(snapshot_id: UUID) -> str:
    """A procedure's title in the active language."""
    return text(catalogue.procedure_of(snapshot_id).title.mapping())


def in_force(today) -> list[tuple[Snapshot, object]]:
    """Every procedure in force on a day with its newest snapshot, in one query and in the order of their names."""
    newest = (
        Snapshot.objects.filter(valid_from__lte=today)
        .order_by("procedure", "-valid_from", "-number")
        .distinct("procedure")
        .defer("definition")
    )
    return [(snapshot, catalogue.procedure_of(snapshot.id)) for snapshot in newest]
