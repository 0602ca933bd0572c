"""What the office does with what the portal hands over. Between two installations the portal is believed in nothing that the office can know
itself: the procedure is its own copy, and a person of the register must be tied to the account that applies."""

from collections.abc import Mapping
from datetime import datetime

from kusei.base.accounts.models import PartyLink
from kusei.base.ask import catalogue, progress, shapes
from kusei.base.ask.applicant_kind import principal
from kusei.base.ask.handover import Handed
from kusei.base.ask.messages import Applied, Corrected, Withdrawn
from kusei.base.ask.models import Snapshot
from kusei.base.decide import actions as office
from kusei.base.decide.models import Case
from kusei.base.files import crossing
from kusei.base.kernel import parts
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.kernel.offers import registry
from kusei.base.parties.queries import may_represent

TOLD = {"approving": "checking"}
"""States of a case that the applicant sees under another name."""


def applied(body: Applied, now: datetime) -> Case:
    """Open the case of an application. Raises Refused for a procedure we did not publish, answers it can't have, or a person who isn't tied."""
    if parts.split():
        _check_applied(body, now)
    definition = catalogue.definition_of(body.snapshot_id)
    files = [each.model_dump(mode="json") for each in body.files]
    handed = Handed(
        application_id=body.application_id,
        receipt_number=body.receipt_number,
        procedure=body.procedure,
        snapshot_id=body.snapshot_id,
        definition=definition,
        title=definition["title"],
        department_code=definition["department"],
        party_id=body.party_id,
        agent_id=body.agent_id,
        account_id=body.account_id,
        applicant_name=body.applicant_name,
        answers=body.answers,
        submitted_at=body.submitted_at,
        language=body.language,
        files=files,
        signed=body.signed and body.signed.model_dump(mode="json"),
    )
    case = office.receive(handed, by=SYSTEM, now=now)
    if parts.split():
        crossing.expect(files, now)
        progress.note(case.id, "arrived", now=now)
    return case


def _check_applied(body: Applied, now: datetime) -> None:
    if not Snapshot.objects.filter(id=body.snapshot_id, procedure=body.procedure).exists():
        raise Refused("decide.unknown_procedure", obj=("ask.application", body.application_id))
    person = body.agent_id or body.party_id
    if person and not PartyLink.objects.filter(account=body.account_id, party=person, until=None).exists():
        raise Refused("decide.not_tied", obj=("ask.application", body.application_id), subject=None)
    procedure = catalogue.procedure_of(body.snapshot_id)
    chosen = principal(body.answers.get(procedure.for_whom)) if procedure.for_whom else None
    if body.agent_id is None and chosen is None:
        return _check_answers(catalogue.definition_of(body.snapshot_id), body)
    if chosen != body.party_id or not may_represent(body.agent_id, body.party_id, procedure.purpose, now):
        raise Refused("decide.no_mandate", obj=("ask.application", body.application_id), subject=None)
    return _check_answers(catalogue.definition_of(body.snapshot_id), body)


def _check_answers(definition: Mapping, body: Applied | Corrected) -> None:
    """Raise Refused for answers that the procedure can't have, and for files that no answer names."""
    files = [each.model_dump(mode="json") for each in body.files]
    fault = shapes.fault(definition, body.answers, files, lambda name: {o.key for o in registry.options(name, None)})
    if fault:
        raise Refused(f"decide.unfit_answer.{fault}", obj=("ask.application", body.application_id))


def corrected(body: Corrected, now: datetime) -> Case:
    """Take in corrected answers. One that crossed with the office's own act is not lost: while the case is examined it counts, later it is filed."""
    files = [each.model_dump(mode="json") for each in body.files]
    signed = body.signed and body.signed.model_dump(mode="json")
    given = (body.application_id, body.answers, body.changed, files)
    if not parts.split():
        return office.receive_correction(*given, signed=signed, by=SYSTEM, now=now)
    case = Case.objects.select_for_update().get(id=body.application_id)
    _check_answers(case.snapshot.content, body)
    crossing.expect(files, now)
    if case.state == "correcting":
        return office.receive_correction(*given, signed=signed, by=SYSTEM, now=now)
    case = office.receive_late_correction(*given, by=SYSTEM, now=now)
    if case.state not in ("received", "checking"):
        progress.note(case.id, "correction_late", now=now, state=TOLD.get(case.state, case.state))
    return case


def withdrawn(body: Withdrawn, now: datetime) -> Case:
    """Close the case. Raises NotNow when it is decided; between two installations the portal is told so instead."""
    if not parts.split():
        return office.receive_withdrawal(body.application_id, by=SYSTEM, now=now)
    try:
        case = office.receive_withdrawal(body.application_id, by=SYSTEM, now=now)
    except NotNow:
        case = Case.objects.get(id=body.application_id)
        progress.note(case.id, "withdrawal_late", now=now, state=TOLD.get(case.state, case.state))
        return case
    progress.note(case.id, "withdrawn", now=now, state="withdrawn")
    return case
