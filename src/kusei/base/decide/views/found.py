"""What a request is about, where it may be seen; and whether it still is as the page showed it."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide import compare, queries
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.moves import PURPOSE
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused


def case_in(request: HttpRequest, case_id: UUID) -> Case:
    """The case, if the actor may see it. Raises Refused."""
    cases = queries.visible(request.actor, PURPOSE, request.now).select_related("department", "assignee", "snapshot")
    found = cases.defer("words").filter(id=case_id).first()
    if not found:
        raise Refused("case.view", obj=("case", case_id))
    return found


def approval_in(request: HttpRequest, approval_id: UUID) -> Approval:
    """The approval, if the actor may see its case. Raises Refused."""
    approvals = queries.visible_approvals(request.actor, "決裁", request.now)
    approvals = approvals.select_related("case__department", "case__assignee", "case__snapshot", "drafted_by")
    found = approvals.defer("case__words").filter(id=approval_id).first()
    if not found:
        raise Refused("approval.view", obj=("approval", approval_id))
    return found


def log_read(request: HttpRequest, case: Case, what: str, purpose: str) -> None:
    """Log that the case was looked at: a row for the applicant, and for each person of the register in the answers."""
    people = dict.fromkeys([str(case.party_id) if case.party_id else None, *compare.people_in(case.answers)])
    audit.log(request.actor, "read", what, subjects=list(people), obj=case, purpose=purpose, now=request.now)


def log_listed(request: HttpRequest, cases: Iterable[Case], what: str, purpose: str) -> None:
    """Log that a list named the applicants of these cases: a row for each of them."""
    people = dict.fromkeys(case.party_id for case in cases)
    audit.log(request.actor, "read", what, subjects=list(people), purpose=purpose, now=request.now)


def as_shown(request: HttpRequest, case: Case) -> Case:
    """The case, if it still is as the page with the form showed it. Raises NotNow."""
    if request.POST.get("version", "") != str(case.version):
        raise NotNow(_("この案件は、画面を開いたあとに変わりました。いまの内容を確かめて、もう一度操作してください。"))
    return case


def day_in(request: HttpRequest, name: str) -> date | None:
    """The date posted by a date field, None where it was left empty. Raises Invalid."""
    year, month, day = (request.POST.get(f"{name}_{part}", "").strip()[:12] for part in ("year", "month", "day"))
    if not (year or month or day):
        return None
    try:
        return read_date(f"{year}年{month}月{day}日")
    except NoSuchDate as error:
        raise Invalid({name: str(error)}) from None


def uuid_in(text: str) -> UUID | None:
    """The id in a text that came from outside, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
