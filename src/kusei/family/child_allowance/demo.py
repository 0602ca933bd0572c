"""Claims for the demonstration, at every stage: made by the same acts as people's, at the times at which people would have done them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions as ask
from kusei.base.ask.models import Application
from kusei.base.decide import actions as office
from kusei.base.decide.models import Approval, Case
from kusei.base.demo.families import demonstration_families
from kusei.base.demo.residents import MADE
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.calendar import is_business_day
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import Membership, Party
from kusei.base.staff.queries import colleagues
from kusei.family.child_allowance import rules
from kusei.family.child_allowance.queries import CLAIM

CLAIMS = 26
SPREAD = timedelta(days=32)
# What happens to a claim and how many working days after the step before. What would lie in the future hasn't happened yet, so the newest
# claims are still waiting and the oldest decided.
COURSE = (("take", 1), ("check", 2), ("draft", 1), ("review", 1), ("decide", 2))
CORRECTED, REFUSED, WITHDRAWN = {4, 11, 19}, {2, 8}, {15}
BANK = {
    "bank_code": "0001",
    "bank_name": "みほん銀行",
    "branch_code": "001",
    "branch_name": "本店",
    "account": "ordinary",
}
REASON = "請求者は公務員であり、児童手当法第17条により勤務先に請求すべきものであるため。"
PLEASE = "通帳の写真が暗く、口座番号が読めません。明るいところで撮り直してください。"


@dataclass(frozen=True)
class Event:
    """Something that somebody does at a moment."""

    at: datetime
    run: Callable[[datetime], object]


def fill(now: datetime) -> int:
    """Make the claims, once, and return how many: an installation that has any claim is left as it is."""
    if Case.objects.filter(procedure=CLAIM).exists():
        return 0
    heads = _heads(local_date(now - SPREAD))
    events = [event for number, head in enumerate(heads) for event in _course(number, head, now)]
    for event in sorted(events, key=lambda event: event.at):
        if event.at < now:
            event.run(event.at)
    return len(heads)


def _heads(day: date) -> list[Party]:
    """Made heads of households with a child of school age or younger, nobody protected, nobody who signs in: always the same ones."""
    young = Membership.objects.filter(relationship="子", person__birth_date__gt=day - timedelta(days=16 * 365))
    heads = Party.objects.filter(
        kind="person",
        source=MADE,
        protections=None,
        partylink=None,
        memberships__relationship="世帯主",
        memberships__household__in=young.values("household"),
    )
    family = [member.name for each in demonstration_families(settings.WARD, day) for member in each.members]
    return list(heads.exclude(name__in=family).order_by("birth_date", "kana")[:CLAIMS])


def _course(number: int, head: Party, now: datetime) -> Iterator[Event]:
    """Everything that happens to one claim."""
    at = _working(now - SPREAD + SPREAD * number / CLAIMS, hour=9 + number % 8)
    claim = _Claim(number, head)
    yield Event(at, claim.submit)
    if number in WITHDRAWN:
        yield Event(at + timedelta(hours=30), claim.withdraw)
        return
    for step, days in COURSE:
        at = _working(at, days=days, hour=9 + (number * 3 + days) % 8)
        if step == "draft" and number in CORRECTED:
            yield Event(at, claim.ask_correction)
            return
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
        self.application: UUID | None = None
        self.outcome = "refused" if number in REFUSED else "granted"

    def submit(self, now: datetime) -> None:
        # No address and no password: nobody signs in, and no mail is sent.
        account = Account.objects.create(
            kind="resident", login=f"made-claim-{self.number + 1:02}", created_at=now, password=make_password(None)
        )
        PartyLink.objects.create(account=account, party=self.head, means="counter", since=now)
        self.me = actor_for(account, now)
        draft = ask.start(CLAIM, by=self.me, now=now, today=local_date(now))
        ask.save(draft, self._answers(draft.given, local_date(now)), by=self.me, now=now)
        photo = ask.attach(draft, "bank_document", _photo(self.number), by=self.me, now=now)
        ask.save(draft, {"bank_document": [photo]}, by=self.me, now=now)
        self.application = ask.submit(draft, by=self.me, now=now).id

    def _answers(self, given: dict, today: date) -> dict:
        """What the head of a household answers."""
        month = today.replace(day=1)
        offspring = given["household.children"]["value"]
        ends = {
            child["party_id"]: rules.last_month(date.fromisoformat(child["birth_date"]), month) for child in offspring
        }
        older = sum(last < month <= rules.add_months(last, 48) for last in ends.values())
        return {
            "claimant": "correct",
            "phone": given["phone"]["value"] or "0300000000",
            "children": [child for child in offspring if ends[child["party_id"]] >= month],
            "living": "together",
            "older": "yes" if older else "no",
            **({"older_count": older} if older else {}),
            "spouse": "claimant_more",
            "pension": "national" if self.number % 3 else "employees",
            "bank": {**BANK, "number": f"{self.number + 1:07}", "holder": self.head.kana.replace("\u3000", " ")},
            "agreement": ["true", "checks"],
        }

    def withdraw(self, now: datetime) -> None:
        ask.withdraw(Application.objects.get(id=self.application), by=self.me, now=now)

    def take(self, now: datetime) -> None:
        office.take(self._case(), by=_staff("clerk", now, self.number), now=now)

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
        approval = Approval.objects.get(case=self.application, state="running")
        office.agree(approval, approval.steps.get(ready=True, result="").id, by=_staff(post, now, 0), now=now)

    def _case(self) -> Case:
        return Case.objects.get(id=self.application)

    def _clerk(self, now: datetime) -> Actor:
        return actor_for(self._case().assignee.account, now)


def _staff(post: str, now: datetime, number: int) -> Actor:
    """Somebody in that post in the section that decides claims; clerks in turn."""
    section = load_ward(settings.WARD).path("kosodate")
    people = [each for each in colleagues(section, "decide.view", now).select_related("account") if each.post == post]
    return actor_for(people[number % len(people)].account, now)


def _photo(number: int) -> SimpleUploadedFile:
    """A picture that stands for a bank book."""
    picture = Image.new("RGB", (640, 400), "#e8eef4")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 40, 600, 360), outline="#1d4e89", width=4)
    pen.text((80, 170), f"SPECIMEN  001-{number + 1:07}", fill="#1d4e89", font_size=32)
    out = BytesIO()
    picture.save(out, "JPEG")
    return SimpleUploadedFile("通帳.jpg", out.getvalue(), "image/jpeg")
