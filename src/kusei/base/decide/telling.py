"""Telling whoever applied how their case goes on."""

from datetime import datetime

from kusei.base.ask.applicant_kind import principal
from kusei.base.ask.progress import listeners
from kusei.base.decide.models import Case
from kusei.base.tell.actions import tell


def tell_applicant(case: Case, template: str, *, now: datetime, **more) -> None:
    """Send the applicant a message about their case (お知らせ): it may name procedure, number, department and phone, and what `more` gives. Who
    applied without an account is not told; for an organisation, those are who hold its mandate now. Raises `WordingError`."""
    if not case.account_id:
        return
    context = {
        "procedure": case.title,
        "number": case.number,
        "department": case.department.name,
        "phone": case.department.phone,
        **more,
    }
    of_organisation = any(principal(answer) for answer in case.answers.values())
    accounts = listeners(case.id, case.account_id, now) if of_organisation else [case.account_id]
    for account in accounts:
        tell(account, template, context, now=now, link=f"/my/applications/{case.id}", about=str(case.id))
