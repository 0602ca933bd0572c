"""Whose a draft, an application or a correction is: their account's; or, where somebody applied for an organisation, whoever holds a
mandate (代理権) for it today. With the mandate's end the application vanishes for them, also for who submitted it."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from kusei.base.accounts.models import PartyLink
from kusei.base.ask.models import Application, Correction, Draft
from kusei.base.kernel.actors import Actor
from kusei.base.parties.queries import agents_of, powers

NOBODY = Q(pk__in=[])


def applications_of(by: Actor, now: datetime) -> Q:
    """The applications that are the actor's to see and act on."""
    if not by.account_id:
        return NOBODY
    mine = Q(account_id=by.account_id, agent=None)
    for party, purposes in powers(by, now):
        mine |= Q(agent__isnull=False, party=party, **({"purpose__in": purposes} if purposes else {}))
    return mine


def concerns(thing: Draft | Application | Correction, by: Actor, now: datetime) -> bool:
    """Whether the thing is the actor's to act on. No query for what somebody does for themselves."""
    if isinstance(thing, Draft) and thing.submitted_at is None:
        return thing.account_id == by.account_id
    application = thing if isinstance(thing, Application) else thing.application
    if application.agent_id is None:
        return application.account_id == by.account_id
    return any(
        party == application.party_id and (not purposes or application.purpose in purposes)
        for party, purposes in powers(by, now)
    )


def told(application: Application, now: datetime) -> list[UUID]:
    """The accounts that hear how an application goes on: whoever submitted it; of an organisation's those who hold its mandate now. A portal apart
    from the office can't look mandates up, and tells who submitted it."""
    if application.agent_id is None or settings.PART == "portal":
        return [application.account_id]
    agents = agents_of(application.party_id, application.purpose, now)
    return list(
        PartyLink.objects.filter(party__in=agents, until=None).order_by("id").values_list("account_id", flat=True)
    )
