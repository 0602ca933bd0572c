"""Claims for the demonstration, at every stage: made by the same acts as people's, at the times at which people would have done them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask.models import Application, Draft
from kusei.base.decide import actions as office
from kusei.base.decide.models import Approval, Case
from kusei.base.demo import applying
from kusei.base.demo.residents import MADE
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.calendar import add_months, is_business_day
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.parties.models import Party
from kusei.family.child_allowance import rules
from kusei.family.child_allowance.law import month_of
from kusei.family.child_allowance.queries import CLAIM

CLAIMS = 26
SPREAD = timedelta(days=32)
OLDEST_CHILD = 15
# What happens to a claim and how many working days after the step before. What would lie in the future hasn't happened yet, so the newest
# claims are still waiting and the oldest decided.
COURSE = (("take", 1), ("check", 2), ("draft", 1), ("review", 1), ("decide", 2))
CORRECTING = (("take", 1), ("ask_correction", 1))
COURSES = {
    4: (*CORRECTING, ("correct", 2), *COURSE[1:]),
    5: (),  # nobody took it: overdue
    11: CORRECTING,
    15: (("withdraw", 1),),
    19: CORRECTING,
}
REFUSED = {2, 8}
REASON = "審査の結果、請求者が公務員であることを確認しました。児童手当法第17条により、勤務先に請求してください。"
PLEASE = "通帳の写真が暗く、口座番号が読めません。明るいところで撮り直してください。"


@dataclass(frozen=True)
class Event:
    """Something that somebody does at a moment."""

    at: datetime
    run: Callable[[datetime], object]


@transaction.atomic
def fill(now: datetime) -> int:
    """Make the claims, all or none, and return how many: an installation that has any claim is left as it is."""
    if Case.objects.filter(procedure=CLAIM).exists():
        return 0
    heads = applying.parents(CLAIMS, local_date(now), OLDEST_CHILD, source=MADE)
    events = [event for number, head in enumerate(heads) for event in _course(number, head, now)]
    for event in sorted(events, key=lambda event: event.at):
        if event.at < now:
            event.run(event.at)
    return len(heads)


def _course(number: int, head: Party, now: datetime) -> Iterator[Event]:
    """Everything that happens to one claim."""
    at = _working(now - SPREAD + SPREAD * number / CLAIMS, hour=9 + number % 8)
    claim = _Claim(number, head)
    yield Event(at, claim.submit)
    for step, days in COURSES.get(number, COURSE):
        at = _working(at, days=days, hour=9 + (number * 3 + days) % 8)
        yield Event(at, getattr(claim, step))


def _working(at: datetime, *, days: int = 0, hour: int) -> datetime:
    """So many working days later (the same or the next working day for 0), at an hour in Japan."""
    at = at.astimezone(JAPAN).replace(hour=hour, minute=(at.minute * 7) % 60)
    while days or not is_business_day(at.date()):
        at += timedelta(days=1)
        days -= bool(days and is_business_day(at.date()))
    return at


class _Claim:
    """One claim and what people do with it."""

    def __init__(self, number: int, head: Party) -> None:
        self.number, self.head = number, head
        self.outcome = "refused" if number in REFUSED else "granted"

    def submit(self, now: datetime) -> None:
        self.me = applying.resident(self.head, f"made-claim-{self.number + 1:02}", now)
        self.application: Application = applying.apply(CLAIM, self._typed, by=self.me, now=now)

    def _typed(self, draft: Draft) -> dict[str, str | list[str]]:
        """What the head of a household types and chooses."""
        month = month_of(local_date(draft.created_at))
        given = {what: fact["value"] for what, fact in draft.given.items()}
        births = {child["party_id"]: date.fromisoformat(child["birth_date"]) for child in given["household.children"]}
        ends = {child: rules.last_month(birth, month) for child, birth in births.items()}
        older = sum(last < month <= add_months(last, 48) for last in ends.values())
        return {
            "claimant": "correct",
            "phone": given["phone"] or "03-0000-0000",
            "children": [child for child, last in ends.items() if month <= last],
            "living": "together",
            "older": "yes" if older else "no",
            "older_count": str(older),
            "spouse": "claimant_more",
            "pension": "employees" if self.number % 3 else "national",
            "bank_bank_code": "0000",
            "bank_bank_name": "見本銀行",
            "bank_branch_code": "001",
            "bank_branch_name": "本店",
            "bank_account": "ordinary",
            "bank_number": f"{self.number + 1:07}",
            "bank_holder": given["kana"],
            "agreement": ["true", "checks"],
        }

    def withdraw(self, now: datetime) -> None:
        ask.withdraw(self.application, by=self.me, now=now)

    def correct(self, now: datetime) -> None:
        applying.correct(self.application, by=self.me, now=now)

    def take(self, now: datetime) -> None:
        office.take(self._case(), by=applying.clerk_of("kosodate", now, number=self.number), now=now)

    def check(self, now: datetime) -> None:
        case = self._case()
        office.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=self._clerk(now), now=now)

    def ask_correction(self, now: datetime) -> None:
        answer_by = local_date(now) + timedelta(days=14)
        office.ask_correction(self._case(), ["bank_document"], PLEASE, answer_by, by=self._clerk(now), now=now)

    def draft(self, now: datetime) -> None:
        office.draft(self._case(), self.outcome, REASON if self.number in REFUSED else "", by=self._clerk(now), now=now)

    def review(self, now: datetime) -> None:
        self._agree("subsection_chief", now)

    def decide(self, now: datetime) -> None:
        self._agree("section_chief", now)

    def _agree(self, post: str, now: datetime) -> None:
        approval = Approval.objects.get(case=self.application.id, state="running")
        office.agree(
            approval, approval.steps.get(ready=True, result="").id, by=applying.clerk_of("kosodate", now, post), now=now
        )

    def _case(self) -> Case:
        return Case.objects.get(id=self.application.id)

    def _clerk(self, now: datetime) -> Actor:
        return actor_for(self._case().assignee.account, now)
