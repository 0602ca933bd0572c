"""What a request is about, where it may be seen; and whether it still is as the page showed it."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.decide import compare, inbox, queries
from kusei.base.decide.models import Approval, Case, Document
from kusei.base.decide.moves import DECISION, DOCUMENTS, PURPOSE
from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused

Shown = TypeVar("Shown", Case, Document)


def case_in(request: HttpRequest, case_id: UUID) -> Case:
    """The case, if the actor may see it. Raises Refused."""
    cases = queries.visible(request.actor, PURPOSE, request.now).select_related("department", "assignee", "snapshot")
    found = cases.defer("words").filter(id=case_id).first()
    if not found:
        raise Refused("case.view", obj=("case", case_id))
    return found


def approval_in(request: HttpRequest, approval_id: UUID) -> Approval:
    """The approval, if the actor may see it. Raises Refused."""
    approvals = inbox.visible_approvals(request.actor, DECISION, request.now)
    related = ("case__department", "case__assignee", "case__snapshot", "document__department", "document__drafted_by")
    found = approvals.select_related(*related, "drafted_by").defer("case__words").filter(id=approval_id).first()
    if not found:
        raise Refused("approval.view", obj=("approval", approval_id))
    return found


def document_in(request: HttpRequest, document_id: UUID) -> Document:
    """The document, if the actor may see it. Raises Refused."""
    documents = inbox.visible_documents(request.actor, DOCUMENTS, request.now)
    found = documents.select_related("department", "drafted_by").filter(id=document_id).first()
    if not found:
        raise Refused("document.view", obj=("document", document_id))
    return found


def log_read(request: HttpRequest, case: Case, what: str, purpose: str) -> None:
    """Log that the case was looked at: a row for the applicant, and for each person of the register in the answers."""
    people = dict.fromkeys([str(case.party_id) if case.party_id else None, *compare.people_in(case.answers)])
    audit.log(request.actor, "read", what, subjects=list(people), obj=case, purpose=purpose, now=request.now)


def log_document(request: HttpRequest, document: Document, what: str, purpose: str) -> None:
    """Log that a document was looked at: it may tell of people, though it is about none in the register."""
    audit.log(request.actor, "read", what, obj=document, purpose=purpose, now=request.now)


def log_listed(request: HttpRequest, cases: Iterable[Case], what: str, purpose: str) -> None:
    """Log that a list named the applicants of these cases: a row for each of them."""
    people = dict.fromkeys(case.party_id for case in cases)
    audit.log(request.actor, "read", what, subjects=list(people), purpose=purpose, now=request.now)


def as_shown(request: HttpRequest, thing: Shown) -> Shown:
    """The case or document, if it still is as the page with the form showed it. Raises NotNow."""
    if request.POST.get("version", "") != str(thing.version):
        if isinstance(thing, Document):
            raise NotNow(
                _("この文書は、画面を開いたあとに変わりました。いまの内容を確かめて、もう一度操作してください。")
            )
        raise NotNow(_("この案件は、画面を開いたあとに変わりました。いまの内容を確かめて、もう一度操作してください。"))
    return thing


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
