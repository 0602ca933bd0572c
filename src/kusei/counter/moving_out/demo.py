"""Notifications for the demonstration, signed with cards of its own authority: one waits, one was accepted."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from kusei.base.ask.models import Application, Draft
from kusei.base.decide import actions as office
from kusei.base.decide.models import Approval, Case
from kusei.base.demo import applying, cards
from kusei.base.demo.families import demonstration_families
from kusei.base.demo.holders import card_of
from kusei.base.demo.residents import MADE
from kusei.base.kernel.clock import local_date
from kusei.base.parties.models import Party
from kusei.base.signing import lists, trust

NOTIFY = "moving_out/notify"
AGO = (6, 1)
"""Days ago on which they came; all but the last are decided."""


@transaction.atomic
def fill(now: datetime) -> int:
    """The notifications, once; none where this installation trusts no cards of the demonstration's. Returns how many are new."""
    ours = settings.KUSEI_HOME / cards.FOLDER / cards.ANCHOR
    if Application.objects.filter(procedure=NOTIFY).exists() or not trust.accepted() or ours != settings.CARD_ANCHORS:
        return 0
    lists.fetch(now)
    for number, person in enumerate(_people(now)):
        at = now - timedelta(days=AGO[number])
        me = applying.resident(person, f"made-moving-{number + 1:02}", at)
        card = card_of(person, at)
        application = applying.apply(NOTIFY, _typed, by=me, now=at, sign=card.signature)
        if number < len(AGO) - 1:
            _accept(application.id, at + timedelta(hours=3))
    return len(AGO)


def _people(now: datetime) -> list[Party]:
    """Made people, grown up, not protected and none of those who sign in."""
    logins = [
        member.name for family in demonstration_families(settings.WARD, local_date(now)) for member in family.members
    ]
    people = Party.objects.filter(kind="person", source=MADE, partylink=None, protections=None, nationality="JPN")
    people = people.filter(birth_date__lt=local_date(now) - timedelta(days=25 * 366)).exclude(name__in=logins)
    living = people.filter(residences__until=None, residences__town__isnull=False)
    return list(living.order_by("kana", "id")[: len(AGO)])


def _typed(draft: Draft) -> dict[str, str | list[str]]:
    """What is typed and chosen by somebody who moves alone."""
    day = local_date(draft.created_at) + timedelta(days=10)
    return {
        "registered": "correct", "who": "me", "moving_on_year": str(day.year), "moving_on_month": str(day.month),
        "moving_on_day": str(day.day), "new_address": "神奈川県横浜市西区みなとみらい九丁目99番1号", "new_head": draft.given["name"]["value"],
        "phone": "03-0000-0000", "agreement": ["true"],
    }  # fmt: skip


def _accept(case_id, at: datetime) -> None:
    case, clerk = Case.objects.get(id=case_id), applying.clerk_of("juki", at)
    office.take(case, by=clerk, now=at)
    office.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk, now=at)
    office.draft(case, "accepted", "", by=clerk, now=at)
    approval = Approval.objects.get(case=case, state="running")
    chief = applying.clerk_of("juki", at, "subsection_chief")
    office.agree(approval, approval.steps.get(ready=True).id, by=chief, now=at)
