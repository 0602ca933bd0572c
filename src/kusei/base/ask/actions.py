"""What people do when they apply: begin, save a page, submit once, correct, take back. And staff: publish a procedure."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import F, Func, JSONField, Value
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.ask import assurance, catalogue, handover, rules
from kusei.base.ask.applicant_kind import principal
from kusei.base.ask.concern import concerns, told
from kusei.base.ask.models import AnswerSet, Application, Attachment, Correction, Draft, Snapshot, Step
from kusei.base.ask.schema import Procedure
from kusei.base.ask.signing import text_to_sign
from kusei.base.files import actions as files
from kusei.base.kernel import parts, rows
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.ids import receipt_number
from kusei.base.line import actions as line
from kusei.base.parties.facts import facts
from kusei.base.parties.queries import Represented, represented
from kusei.base.secrets.fields import SealedAnswers, opened_answers, sealed_answers
from kusei.base.signing import actions as signing
from kusei.base.signing.models import Signature
from kusei.base.tell.actions import tell

MOST_ATTACHMENTS = 60
Change = Callable[[list[dict]], list[dict]]
"""What becomes of a group's items."""


class Merge(Func):
    """PostgreSQL's `||` on two jsonb objects: pages saved at the same moment in two windows both stay."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = JSONField()


@action(purpose="手続の公開", may="ask.publish", side="office")
def publish(slug: str, procedure: Procedure, *, valid_from: date, by, now) -> Snapshot:
    """Publish a procedure as a new immutable snapshot, in force from a day; the same text again is the same snapshot."""
    catalogue.publishing(slug)
    definition = procedure.stored()
    digest = catalogue.digest(definition)
    newest = Snapshot.objects.filter(procedure=slug).order_by("-number").first()
    if newest and newest.digest == digest:
        return newest
    snapshot = Snapshot.objects.create(
        procedure=slug,
        number=newest.number + 1 if newest else 1,
        digest=digest,
        definition=definition,
        valid_from=valid_from,
        published_at=now,
    )
    audit.log(
        by, "change", "ask.publish", obj=snapshot, purpose="手続の公開", now=now, detail={"number": snapshot.number}
    )
    if parts.split():
        handover.announce(snapshot, now=now)
    return snapshot


OPEN_DRAFT = "WHERE account_id = %s AND procedure = %s AND submitted_at IS NULL"


@action(purpose="申請", frequent=True)
def start(slug: str, *, by, now, today: date) -> Draft:
    """Open the account's draft of a procedure, or begin one on the version in force, prefilled with what the register knows.
    Raises NotNow where the procedure isn't open or the account isn't tied to a person though it must be."""
    if by.account_id is None:
        raise NotNow(_("先にログインしてください。"))
    if draft := rows.one(Draft, OPEN_DRAFT, [by.account_id, slug]):
        return draft
    snapshot = catalogue.current(slug, today)
    if snapshot is None:
        raise NotNow(_("この手続きは、いまオンラインで受け付けていません。"))
    procedure = catalogue.procedure_of(snapshot.id)
    assurance.require(procedure, by)
    draft = Draft(
        account_id=by.account_id,
        snapshot=snapshot,
        procedure=slug,
        party_id=by.party_id,
        created_at=now,
        updated_at=now,
    )
    draft.given = known(by, procedure, now) if by.party_id else {}
    if rows.insert(draft, unless="(account_id, procedure) WHERE submitted_at IS NULL"):
        return draft
    return rows.one(Draft, OPEN_DRAFT, [by.account_id, slug])  # another window was first


def known(by, procedure: Procedure, now) -> dict[str, dict]:
    """What the register knows for this procedure: fact → {value, source, as_of}. The reading is in the audit log."""
    wanted = ["name", *procedure.facts_used()]
    found = facts(by.party_id, wanted, procedure.purpose, by=by, now=now)
    given = {what: {"value": f.value, "source": f.source, "as_of": str(f.as_of)} for what, f in found.items()}
    return json.loads(json.dumps(given, cls=DjangoJSONEncoder))  # as the draft will have it when it is read again


MERGE = """
    UPDATE ask_draft SET answers = answers || %s::jsonb, updated_at = %s WHERE id = %s AND submitted_at IS NULL RETURNING answers
"""


@action(purpose="申請", own=concerns, statement=True)
def save(draft: Draft, answers: Mapping[str, Any], *, by, now) -> None:
    """Put a page's answers into the draft: pages saved at the same moment in two windows both stay. Raises NotNow when it was submitted
    meanwhile. One statement written by hand, since every page of everybody comes through here."""
    with connection.prepared() as cursor:
        cursor.execute(MERGE, [json.dumps(sealed_answers(dict(answers)), cls=DjangoJSONEncoder), now, draft.id])
        merged = cursor.fetchone()
    if merged is None:
        raise NotNow(_("この申請はもう提出されています。マイページで内容を確認できます。"))
    draft.answers = opened_answers(json.loads(merged[0]))


@action(purpose="申請", own=concerns)
def save_items(draft: Draft, question: str, change: Change, *, by, now) -> None:
    """Change the list of items that answers a question, as it is now: what two windows add at the same moment both stays. Raises NotNow
    when it was submitted meanwhile, and what `change` raises."""
    held = Draft.objects.select_for_update().filter(id=draft.id, submitted_at=None).first()
    if held is None:
        raise NotNow(_("この申請はもう提出されています。マイページで内容を確認できます。"))
    held.answers = {**held.answers, question: change(held.answers.get(question) or [])}
    held.updated_at = now
    held.save(update_fields=["answers", "updated_at"])
    draft.answers = held.answers


@action(purpose="申請", own=concerns, frequent=True)
def attach(draft: Draft, question: str, upload, *, by, now) -> dict:
    """Keep an uploaded file with the draft. Returns the entry that the answer lists. Raises Invalid with what is wrong with the file."""
    if draft.attachments.count() >= MOST_ATTACHMENTS:
        raise Invalid({question: _("ファイルが多すぎます。担当課へご相談ください。")})
    try:
        stored = files.keep(upload, by=by, now=now)
    except Invalid as invalid:
        raise Invalid({question: " ".join(invalid.problems.values())}) from invalid
    kept = Attachment(draft=draft, question=question, file=stored)
    rows.insert(kept)
    return kept.listed()


@action(purpose="申請", own=concerns)
def discard(draft: Draft, *, by, now) -> None:
    """Throw a draft away (下書きの削除). Its files are swept later. Raises NotNow when it was submitted."""
    # Locked before it is judged: deleting looks for the row first, and a submission may come in between.
    found = Draft.objects.select_for_update().filter(id=draft.id, submitted_at=None).first()
    if found is None:
        raise NotNow(_("この申請はもう提出されています。取り下げるときは、マイページから取り下げてください。"))
    found.delete()


CLOSE = "UPDATE ask_draft SET submitted_at = %s WHERE id = %s AND submitted_at IS NULL RETURNING answers, given"


def _close(draft: Draft, now) -> bool:
    """Lock the draft and mark it as submitted, with what it says now; False where somebody was first. What raises afterwards undoes it."""
    with connection.prepared() as cursor:
        cursor.execute(CLOSE, [now, draft.id])
        closed = cursor.fetchone()
    if closed:
        draft.answers, draft.given, draft.submitted_at = (
            opened_answers(json.loads(closed[0])),
            json.loads(closed[1]),
            now,
        )
    return closed is not None


@action(purpose="申請", own=concerns, frequent=True)
def submit(draft: Draft, *, by, now) -> Application:
    """Submit a draft: one application however often this is called. Raises Invalid naming the page that still lacks an answer."""
    if not _close(draft, now):
        return Application.objects.get(draft=draft)
    procedure = catalogue.procedure_of(draft.snapshot_id)
    if page := rules.first_open(procedure, draft.answers):
        raise Invalid({page.key: _("まだ答えていない質問があります。")})
    assurance.require(procedure, by)
    answers = rules.relevant(procedure, draft.answers)
    organisation = _organisation(procedure, answers, by, now)
    signature = _signature(procedure, draft, answers, about=draft.id, number=1)
    application = _new_application(draft, organisation and organisation.party_id, procedure, by, now)
    first = AnswerSet(
        application=application, number=1, answers=answers, submitted_at=now, submitted_by_id=by.account_id
    )
    rows.insert(first)
    signed = signing.bind(signature, first.id) if signature else None
    rows.insert(Step(application=application, at=now, event="received"))
    given_name = (draft.given.get("name") or {}).get("value") or answers.get(procedure.applicant) or by.name
    name = organisation.name if organisation else given_name
    language = get_language() or "ja"
    handover.hand_over(
        application,
        answers,
        catalogue.definition_of(draft.snapshot_id),
        name=name,
        language=language,
        signed=signed,
        now=now,
    )
    audit.log(
        by, "change", "ask.submit", subject=application.party_id, obj=application, purpose=procedure.purpose, now=now
    )
    _tell(application, procedure, "received", now=now)
    return application


@action(purpose="申請", own=lambda filling, by, now: concerns(filling.draft, by, now))
def sign(filling, cms: bytes, *, by, now) -> Signature:
    """Take in a signature by the card over what is being filled in (a `Filling`). Raises Invalid and NotNow as `signing.receive` does."""
    content = filling.text_to_sign()
    return signing.receive(
        content, cms, about=filling.about, number=filling.number, party_id=filling.draft.party_id, by=by, now=now
    )


def _signature(procedure: Procedure, draft: Draft, answers: dict, *, about, number: int) -> Signature | None:
    """The accepted signature over exactly these answers, None where none is wanted. Raises NotNow where there is none yet."""
    if procedure.signature != "card":
        return None
    content = text_to_sign(draft.snapshot, procedure, answers, draft.given, about=about, number=number)
    if found := signing.good(about, number, content):
        return found
    newest = signing.newest(about, number, content)
    if newest and newest.state == "waiting":
        raise NotNow(_("署名の確認が終わっていません。終わったらお知らせします。"))
    raise NotNow(_("この内容への、マイナンバーカードの署名が必要です。"))


def _organisation(procedure: Procedure, answers: Mapping[str, Any], by, now) -> Represented | None:
    """The organisation that applies, None where somebody applies for themselves. Raises NotNow where the mandate has ended."""
    if procedure.for_whom is None or (chosen := principal(answers.get(procedure.for_whom))) is None:
        return None
    for each in represented(by, procedure.purpose, now):
        if each.party_id == chosen:
            return each
    raise NotNow(_("この法人・団体のための代理権が、いまはありません。だれのための申請かを選びなおしてください。"))


def _new_application(draft: Draft, organisation: UUID | None, procedure: Procedure, by, now) -> Application:
    """The application with a fresh receipt number; a number already taken (one in 10^10) is drawn again."""
    behalf = {"party_id": organisation, "agent_id": by.party_id, "purpose": procedure.purpose} if organisation else {}
    application = Application(
        draft=draft,
        account_id=by.account_id,
        **({"party_id": draft.party_id} | behalf),
        snapshot_id=draft.snapshot_id,
        procedure=draft.procedure,
        receipt_number=receipt_number(now),
        submitted_at=now,
    )
    while not rows.insert(application, unless="(receipt_number)"):
        application.receipt_number = receipt_number(now)
    return application


@action(purpose="補正", own=concerns)
def save_correction(correction: Correction, answers: Mapping[str, Any], *, by, now) -> None:
    """Keep corrected answers of one page until they are all sent."""
    patch = Value(dict(answers), output_field=SealedAnswers())
    if not Correction.objects.filter(id=correction.id, answered_at=None).update(answers=Merge(F("answers"), patch)):
        raise NotNow(_("この補正はもう提出されています。"))
    correction.answers = {**correction.answers, **answers}


@action(purpose="補正", own=concerns)
def save_corrected_items(correction: Correction, question: str, change: Change, before: list[dict], *, by, now) -> None:
    """Change the list of items in a correction, as it is now; `before` is what was submitted."""
    held = Correction.objects.select_for_update().filter(id=correction.id, answered_at=None).first()
    if held is None:
        raise NotNow(_("この補正はもう提出されています。"))
    held.answers = {**held.answers, question: change(held.answers.get(question, before))}
    held.save(update_fields=["answers"])
    correction.answers = held.answers


@action(purpose="補正", own=concerns)
def send_correction(correction: Correction, *, by, now) -> AnswerSet:
    """Send the corrected answers (補正の提出), once. Raises Invalid naming the page that still lacks an answer."""
    handover.hold(correction.application_id)
    correction = Correction.objects.select_for_update().select_related("application").get(id=correction.id)
    application = correction.application
    newest = application.answer_sets.order_by("-number").first()
    if correction.answered_at:
        if newest.submitted_at < correction.asked_at:  # the office stopped waiting
            raise NotNow(_("補正の受付は終わりました。担当課へご相談ください。"))
        return newest
    procedure = catalogue.procedure_of(application.snapshot_id)
    merged = {**newest.answers, **correction.answers}
    lacking = next((key for key in correction.questions if key not in correction.answers), None)
    if lacking:
        page = next(p.key for p in procedure.pages if lacking in p.ask)
        raise Invalid({page: _("まだ答えていない質問があります。")})
    if page := rules.first_open(procedure, merged):
        raise Invalid({page.key: _("まだ答えていない質問があります。")})
    assurance.require(procedure, by)
    number, relevant = newest.number + 1, rules.relevant(procedure, merged)
    signature = _signature(procedure, application.draft, relevant, about=correction.id, number=number)
    correction.answered_at = now
    correction.save(update_fields=["answered_at"])
    answers = AnswerSet.objects.create(
        application=application, number=number, answers=relevant, submitted_at=now, submitted_by_id=by.account_id
    )
    signed = signing.bind(signature, answers.id) if signature else None
    changed = sorted(k for k in correction.answers if newest.answers.get(k) != correction.answers[k])
    Step.objects.create(application=application, at=now, event="correction_received")
    Application.objects.filter(id=application.id).update(state="checking")
    handover.hand_over_correction(
        application, answers, changed, catalogue.definition_of(application.snapshot_id), signed=signed, now=now
    )
    audit.log(
        by, "change", "ask.correct", subject=application.party_id, obj=application, purpose=procedure.purpose, now=now
    )
    _tell(application, procedure, "correction_received", now=now)
    return answers


@action(purpose="取下げ", own=concerns)
def withdraw(application: Application, *, by, now) -> None:
    """Take an application back (取下げ) before it is decided. Raises NotNow afterwards. Where the office is another installation, it says
    whether that was in time; until then the application is `withdrawing`."""
    # The case first, then the application: the order in which staff's acts lock the two, so that neither waits for the other in a circle.
    under_way = handover.hand_over_withdrawal(application, now=now) is line.UNDER_WAY
    open_states = ("received", "checking", "correcting")
    state = "withdrawing" if under_way else "withdrawn"
    if not Application.objects.filter(id=application.id, state__in=open_states).update(state=state):
        raise NotNow(_("決定した申請は取り下げられません。担当課へご相談ください。"))
    Correction.objects.filter(application=application, answered_at=None).update(answered_at=now)
    Step.objects.create(application=application, at=now, event="withdrawal_sent" if under_way else "withdrawn")
    procedure = catalogue.procedure_of(application.snapshot_id)
    audit.log(
        by, "change", "ask.withdraw", subject=application.party_id, obj=application, purpose=procedure.purpose, now=now
    )
    if not under_way:
        _tell(application, procedure, "withdrawn", now=now)


def _tell(application: Application, procedure: Procedure, event: str, *, now, **more) -> None:
    """Send the message a procedure names for an event."""
    context = {"procedure": procedure.title.mapping(), "number": application.receipt_number, **more}
    for account in told(application, now):
        tell(
            account,
            procedure.messages[event],
            context,
            now=now,
            link=f"/my/applications/{application.id}",
            about=str(application.id),
        )
