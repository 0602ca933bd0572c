"""What comes from the portal: applications, corrections, withdrawals. Each may arrive more than once."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from kusei.base.ask.handover import Handed
from kusei.base.decide import rules
from kusei.base.decide.models import Approval, Case, CheckItem, Definition
from kusei.base.decide.moves import enter, move
from kusei.base.kernel import rows
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.offers import registry
from kusei.base.parties.models import Party
from kusei.base.staff.models import Department


@action(purpose="受付")
def receive(handed: Handed, *, by: Actor, now) -> Case:
    """Open the case of an application, in its department's queue and with its deadline (標準処理期間, 行政手続法6条).

    The same application again gives the case it already has. Raises Refused for anybody but the system.
    """
    _portal_only(by, "decide.receive")
    decide = handed.definition["decide"]
    department = _department(handed)
    if not department.defined:
        Definition.objects.bulk_create(
            [Definition(id=handed.snapshot_id, content=handed.definition)], ignore_conflicts=True
        )
    case = Case(id=handed.application_id, **_columns(handed, department, decide["within"]))
    words = rules.words_of(case.number, case.applicant_name, case.applicant_kana)
    # The words are whole already: a parser would cut Japanese names at places of its own.
    if not rows.insert(case, unless="(id)", words=("array_to_tsvector(%s::text[])", words)):
        return Case.objects.get(id=handed.application_id)
    items = enumerate(decide.get("checks", []), start=1)
    CheckItem.objects.bulk_create(
        CheckItem(case=case, key=item["key"], label=item["label"], order=order) for order, item in items
    )
    more = _signed(handed.signed) | _agent(handed.agent_id)
    enter(case, "received", None, by=by, now=now, purpose="受付", **more)
    _tell_module(case, "received", by, now)
    return case


def _tell_module(case: Case, event: str, by: Actor, now) -> None:
    """Let the module that offers the procedure hear of it, in the same transaction."""
    module = registry.module_of(case.procedure)
    if module and (hears := getattr(module, event)):
        hears(case, by=by, now=now)


def _signed(signed: dict | None) -> dict:
    """What the course of the case keeps of a signature by the card."""
    return {"signed": signed} if signed else {}


KANA = "(SELECT kana FROM parties_party WHERE id = %s) AS kana"
DEFINED = "EXISTS (SELECT FROM decide_definition WHERE id = %s) AS defined"


def _department(handed: Handed) -> Department:
    """The department, and in the same breath the applicant's `kana` and whether the procedure's definition is `defined` here."""
    values = [handed.party_id, handed.snapshot_id, handed.department_code]
    found = rows.one(Department, "WHERE code = %s", values, (KANA, DEFINED))
    if found is None:
        raise Department.DoesNotExist(handed.department_code)
    return found


def _agent(agent_id: UUID | None) -> dict:
    """What the course of the case keeps of who applied for the applicant."""
    return {"agent": Party.objects.values_list("name", flat=True).get(id=agent_id)} if agent_id else {}


def _columns(handed: Handed, department: Department, within: int) -> dict:
    return {
        "number": handed.receipt_number,
        "procedure": handed.procedure,
        "title": handed.title,
        "snapshot_id": handed.snapshot_id,
        "department": department,
        "party_id": handed.party_id,
        "account_id": handed.account_id,
        "applicant_name": handed.applicant_name,
        "applicant_kana": department.kana or "",
        "answers": handed.answers,
        "files": handed.files,
        "language": handed.language,
        "received_at": handed.submitted_at,
        "due_on": rules.due_on(local_date(handed.submitted_at), within),
        "working_days": within,
    }


@action(purpose="受付")
def receive_correction(
    case_id: UUID,
    answers: dict,
    changed: Sequence[str],
    files: list[dict],
    *,
    signed: dict | None = None,
    by: Actor,
    now,
) -> Case:
    """Take in the corrected answers (補正), keep what they were before, and let the deadline run on, later by the working days it
    stood still. `answers` are all answers, `changed` the questions answered anew. Raises NotNow where no correction is awaited."""
    _portal_only(by, "decide.receive_correction")
    case = Case.objects.select_for_update().get(id=case_id)
    before = {key: case.answers.get(key) for key in changed}
    due = case.paused_on and rules.due_after_pause(case.due_on, case.paused_on, local_date(now))
    move(case, "receive_correction", answers=answers, files=files, due_on=due or case.due_on, paused_on=None)
    enter(
        case,
        "correction_received",
        None,
        by=by,
        now=now,
        purpose="受付",
        changed=list(changed),
        before=before,
        **_signed(signed),
    )
    _tell_module(case, "corrected", by, now)
    return case


@action(purpose="受付")
def receive_late_correction(
    case_id: UUID, answers: dict, changed: Sequence[str], files: list[dict], *, by: Actor, now
) -> Case:
    """Take in a correction that crossed on its way with the end of waiting for it. As long as the case is examined its answers count; once a
    decision is drafted they are filed with the case, whose answers stay as they were decided upon."""
    _portal_only(by, "decide.receive_late_correction")
    case = Case.objects.select_for_update().get(id=case_id)
    if case.state in ("received", "checking"):
        before = {key: case.answers.get(key) for key in changed}
        Case.objects.filter(id=case.id).update(answers=answers, files=files, version=F("version") + 1)
        enter(case, "correction_received", None, by=by, now=now, purpose="受付", changed=list(changed), before=before)
        case.refresh_from_db(fields=["answers", "files", "version"])
        _tell_module(case, "corrected", by, now)
        return case
    late = {key: answers.get(key) for key in changed}
    enter(case, "correction_late", None, by=by, now=now, purpose="受付", changed=list(changed), late=late, files=files)
    return case


@action(purpose="受付")
def receive_withdrawal(case_id: UUID, *, by: Actor, now) -> Case:
    """Close the case because the applicant took the application back (取下げ); an approval under way ends with it. A second
    withdrawal changes nothing. Raises NotNow when the case is decided."""
    _portal_only(by, "decide.receive_withdrawal")
    case = Case.objects.select_for_update(no_key=True).get(id=case_id)
    if case.state == "withdrawn":
        return case
    move(case, "withdraw", paused_on=None)
    Approval.objects.filter(case=case, state="running").update(state="withdrawn", ended_at=now)
    enter(case, "withdrawn", None, by=by, now=now, purpose="受付")
    _tell_module(case, "withdrawn", by, now)
    return case


def _portal_only(by: Actor, what: str) -> None:
    if by.kind != "system":
        raise Refused(what)
