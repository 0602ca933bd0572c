"""Who may see which paper. Everything starts from `visible`."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from kusei.base.ask.models import Application
from kusei.base.decide.queries import visible as visible_cases
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.ids import read_check_code
from kusei.base.papers.models import Paper

PURPOSE = "通知書の閲覧"


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Paper]:
    """The papers `by` may see: a resident those addressed to the person they are tied to (or, where a paper names nobody of the register,
    about their account's application); staff those about cases they may see; the system all."""
    if by.kind == "system":
        return Paper.objects.all()
    if by.kind == "staff":
        return Paper.objects.filter(about__in=visible_cases(by, purpose, now).values("id"))
    if by.kind != "resident":
        return Paper.objects.none()
    own = Q(party=None, about__in=Application.objects.filter(account_id=by.account_id).values("id"))
    return Paper.objects.filter(own | Q(party_id=by.party_id) if by.party_id else own)


def about(case_id: UUID, by: Actor, now: datetime) -> list[Paper]:
    """The papers about a case that `by` may see, oldest first, without their content."""
    rows = visible(by, PURPOSE, now).filter(about=case_id)
    return list(rows.defer("content").order_by("issued_at", "id"))


def genuine(typed: str) -> Paper | None:
    """The paper with that check code (確認コード), without its content or recipient; None where there is none."""
    code = read_check_code(typed)
    return code and Paper.objects.filter(check_code=code).only("title", "number", "issued_at").first()
