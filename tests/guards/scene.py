"""A ward with one family's applications at every stage and everybody who might look at them, made by the acts that people use."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings

from kusei.base.accounts.models import Account, PartyLink
from kusei.base.accounts.queries import actor_for
from kusei.base.api import actions as programs
from kusei.base.ask import actions as ask
from kusei.base.ask import catalogue, engine
from kusei.base.ask.filling import Correcting, Filling
from kusei.base.ask.models import Application, Draft
from kusei.base.ask.schema import Procedure
from kusei.base.book import actions as bookings
from kusei.base.builder import actions as builder
from kusei.base.charge import actions as charges
from kusei.base.charge.models import Charge
from kusei.base.decide import actions as office
from kusei.base.decide.actions import documents
from kusei.base.decide.models import Approval, Case, Document
from kusei.base.demo import applying, cards
from kusei.base.draw import actions as draws
from kusei.base.emergency import actions as emergency
from kusei.base.jobs.handlers import handlers
from kusei.base.jobs.worker import Bench
from kusei.base.kernel import clock
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.clock import local_date
from kusei.base.parties.feeds import REGISTER
from kusei.base.parties.models import Membership, Party, Protection, Residence, Town
from kusei.base.printing import actions as printing
from kusei.base.record import actions as records
from kusei.base.record import feeding
from kusei.base.record.sheets import csv_bytes
from kusei.base.signing import lists
from kusei.base.staff import actions as people
from kusei.base.staff.models import Department, Role, StaffMember
from kusei.office.lost_property import actions as lost_property

CLAIM, MOVE = "child_allowance/claim", "moving_out/notify"
SECTION = "kodomo/kosodate"
MONTH = timedelta(days=30)
# role in the matrix → department, post, role held, days until it ends
STAFF = {
    "clerk": (SECTION, "clerk", "clerk", 200),
    "colleague": (SECTION, "clerk", "clerk", 200),
    "clerk elsewhere": ("kumin/zeimu", "clerk", "clerk", 200),
    "chief elsewhere": ("kumin/zeimu", "section_chief", "decider", 200),
    "reviewer": (SECTION, "subsection_chief", "reviewer", 200),
    "section chief": (SECTION, "section_chief", "decider", 200),
    "department chief": ("kodomo", "department_chief", "overseer", 200),
    "registrar": ("kumin/toroku", "clerk", "registrar", 200),
    "ICT office": ("somu/joho", "subsection_chief", "ict", 200),
    "expired": (SECTION, "clerk", "clerk", -1),
    "author": (SECTION, "clerk", "author", 200),
}
RESIDENTS = ("owner", "spouse", "neighbour", "untied")
ROLES = ("public", *RESIDENTS, *STAFF)


@dataclass
class Scene:
    """Who there is, by role; and the owner's applications, by the stage they are at."""

    now: datetime
    people: dict[str, Party] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    runs: dict[str, Approval] = field(default_factory=dict)

    def actor(self, role: str) -> Actor:
        return actor_for(self.accounts[role], self.now)

    def client(self, role: str) -> Client:
        """A browser in which the role has signed in."""
        browser = Client()
        if role != "public":
            browser.force_login(self.accounts[role])
        return browser

    def case(self, stage: str) -> Case:
        return Case.objects.get(id=self.applications[stage].id)


@contextmanager
def house(folder: Path, **more) -> Iterator[None]:
    """Settings under which files of a test stay in its own folder; everything is undone in the end."""
    catalogue._procedure.cache_clear()
    anchor, revoked = cards.prepare(folder / "cards", clock.now())
    more = {"CARD_ANCHORS": anchor, "CARD_CRLS": [str(revoked)]} | more
    storages = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": folder}}}
    with override_settings(STORAGES=storages, **more), transaction.atomic():
        yield
        transaction.set_rollback(True)
    catalogue._procedure.cache_clear()


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# ---- people ----------------------------------------------------------------------------------------------------------------


def settle(now: datetime) -> Scene:
    """Departments, the people who work in them, and the procedure."""
    scene = Scene(now)
    day = local_date(now)
    for path, kind, name in (
        ("kodomo", "department", "子ども部"),
        (SECTION, "section", "子育て支援課"),
        ("kumin/zeimu", "section", "税務課"),
        ("kumin/toroku", "section", "戸籍住民課"),
        ("somu/joho", "section", "情報政策課"),
    ):
        Department.objects.create(
            path=path, code=path.split("/")[-1], kind=kind, name={"ja": name}, phone="03-5608-0000"
        )
    for number, (title, (path, post, role, days)) in enumerate(STAFF.items(), start=1):
        account = Account(kind="staff", login=f"S{number:04}", created_at=now - 12 * MONTH)
        account.set_unusable_password()
        account.save()
        member = StaffMember.objects.create(
            account=account, department_id=path, name=f"職員{number}", kana=f"ショクイン{number:02}", post=post
        )
        Role.objects.create(
            staff=member, department_id=path, role=role, since=day - MONTH, until=day + timedelta(days=days)
        )
        scene.accounts[title] = account
    Town.objects.create(
        id="13107/吾妻橋一丁目", ward_code="13107", name="吾妻橋一丁目", lat=35.7, lng=139.8, source="made"
    )
    claim = ask.publish(CLAIM, catalogue.written(CLAIM), valid_from=date(2026, 4, 1), by=SYSTEM, now=now - 2 * MONTH)
    section = Department.objects.get(path=SECTION)
    builder.begin(section, CLAIM, claim.definition, claim, by=scene.actor("author"), now=now - MONTH)
    move = Procedure.model_validate(catalogue.written(MOVE).stored() | {"department": "kosodate"})
    ask.publish(MOVE, move, valid_from=date(2026, 4, 1), by=SYSTEM, now=now - 2 * MONTH)
    lists.fetch(now)
    return scene


def person(
    now: datetime,
    name: str,
    kana: str,
    born: date,
    *,
    household: Party | None = None,
    relationship: str = "世帯主",
    **home,
) -> Party:
    """A resident of the register; `home` may give town, block, building, phone, protected."""
    since, protected, phone = (
        local_date(now) - 36 * MONTH,
        home.pop("protected", False),
        home.pop("phone", "03-1234-5678"),
    )
    made = Party.objects.create(
        kind="person",
        number=str(1001 + Party.objects.count()),
        name=name,
        kana=kana,
        birth_date=born,
        sex="f",
        nationality="JPN",
        phone=phone,
        as_of=local_date(now),
    )
    household = household or Party.objects.create(kind="household", name=name, as_of=local_date(now))
    Membership.objects.create(household=household, person=made, relationship=relationship, since=max(since, born))
    home = {"town_id": "13107/吾妻橋一丁目", "block": "23番20号", "postal_code": "130-0001"} | home
    Residence.objects.create(party=made, since=max(since, born), **home)
    if protected:
        Protection.objects.create(party=made, since=since, ground="配偶者からの暴力")
    return made


def account(now: datetime, email: str, party: Party | None = None) -> Account:
    """A resident's account, tied to a person where one is given."""
    made = Account(kind="resident", login=email, email=email, language="ja", created_at=now - 6 * MONTH)
    made.set_unusable_password()
    made.save()
    if party:
        PartyLink.objects.create(account=made, party=party, means="letter", since=now - 6 * MONTH)
    return made


# ---- what they do ----------------------------------------------------------------------------------------------------------


def claim(by: Actor, now: datetime) -> Application:
    """Fill in the claim page by page and submit it."""
    return applying.apply(CLAIM, typed, by=by, now=now)


def typed(draft: Draft) -> dict[str, str | list[str]]:
    """What a claimant types and chooses."""
    given = {what: fact["value"] for what, fact in draft.given.items()}
    return {
        "claimant": "correct", "phone": given["phone"], "children": [child["party_id"] for child in given["household.children"]],
        "living": "together", "older": "no", "spouse": "claimant_more", "pension": "national",
        "bank_bank_code": "0001", "bank_bank_name": "見本銀行", "bank_branch_code": "001", "bank_branch_name": "本店",
        "bank_account": "ordinary", "bank_number": "1234567", "bank_holder": given["kana"], "agreement": ["true", "checks"],
    }  # fmt: skip


def signature_of(scene: Scene, role: str) -> Callable[[bytes], bytes]:
    """What signs with the card of the person behind an account."""
    person, home = scene.people[role], Residence.objects.select_related("town").get(party=scene.people[role])
    born, address = f"{person.birth_date:%Y%m%d}", f"東京都墨田区{home.town.name}{home.block}"
    folder = settings.CARD_ANCHORS.parent
    return cards.card(folder, person.name, born, person.sex, address, now=scene.now).signature


def moving(address: str) -> Callable[[Draft], dict[str, str | list[str]]]:
    """What somebody types who moves there with the whole household."""

    def typed(draft: Draft) -> dict[str, str | list[str]]:
        given = {what: fact["value"] for what, fact in draft.given.items()}
        return {
            "registered": "correct", "who": "some" if given["household.members"] else "me",
            "movers": [member["party_id"] for member in given["household.members"]],
            "moving_on_year": "2026", "moving_on_month": "12", "moving_on_day": "1", "new_address": address,
            "new_head": given["name"], "phone": "03-0000-0000", "agreement": ["true"],
        }  # fmt: skip

    return typed


def move_out(scene: Scene, role: str, address: str = "神奈川県横浜市西区九丁目9番9号") -> Application:
    """Notify that one moves out, signed with one's card."""
    typed, by = moving(address), scene.actor(role)
    return applying.apply(MOVE, typed, by=by, now=scene.now, sign=signature_of(scene, role))


def sign_things(scene: Scene) -> None:
    """The owner has a signed application that is to be corrected, and a draft that wants a signature."""
    scene.applications["signed"] = application = move_out(scene, "owner")
    for act in COURSE["correcting"]:
        act(scene, application)
    applying.fill_in(MOVE, moving("東京都墨田区九丁目9番9号"), by=scene.actor("owner"), now=scene.now)


def to_sign(scene: Scene, *, correcting: bool = False) -> Filling:
    """What of the owner's wants a signature."""
    by = scene.actor("owner")
    if correcting:
        return Correcting(scene.applications["signed"].corrections.get(answered_at=None), by, scene.now)
    return Filling(Draft.objects.get(account=scene.accounts["owner"], submitted_at=None, procedure=MOVE), by, scene.now)


def take(scene: Scene, application: Application) -> None:
    office.take(Case.objects.get(id=application.id), by=scene.actor("clerk"), now=scene.now)


def check(scene: Scene, application: Application) -> None:
    case = Case.objects.get(id=application.id)
    office.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=scene.actor("clerk"), now=scene.now)


def ask_correction(scene: Scene, application: Application) -> None:
    case = Case.objects.get(id=application.id)
    office.ask_correction(case, ["phone"], "電話番号をご確認ください。", None, by=scene.actor("clerk"), now=scene.now)
    correction = application.corrections.get(answered_at=None)
    ask.save_correction(
        correction, {"phone": "0312345679"}, by=actor_for(application.account, scene.now), now=scene.now
    )


def draft(scene: Scene, application: Application) -> None:
    office.draft(Case.objects.get(id=application.id), "granted", "", by=scene.actor("clerk"), now=scene.now)


def decide(scene: Scene, application: Application) -> None:
    for role in ("reviewer", "section chief"):
        approval = Approval.objects.get(case=application.id, state="running")
        office.agree(approval, approval.steps.get(ready=True, result="").id, by=scene.actor(role), now=scene.now)


COURSE = {
    "received": (),
    "held": (take,),
    "checked": (take, check),
    "correcting": (take, check, ask_correction),
    "drafted": (take, check, draft),
    "decided": (take, check, draft, decide),
}


def find_something(scene: Scene) -> None:
    """The owner's section keeps a thing that was found."""
    section = Department.objects.get(path=SECTION)
    given = {
        "kind": "key",
        "description": "鍵",
        "found_on": local_date(scene.now),
        "found_at_id": SECTION,
        "shelf": "A-1",
        "cheap": False,
    }
    lost_property.enter(section, given, by=scene.actor("clerk"), now=scene.now)


def open_a_shop(scene: Scene) -> None:
    """The owner applies for a food business permit, has paid, and may choose among the times for its inspection."""
    slug, now, by = "food_business/apply", scene.now, scene.actor("owner")
    clerk, today = scene.actor("clerk"), local_date(scene.now)
    place = Department.objects.create(
        path=f"{SECTION}/eisei", code="kenko", kind="subsection", name={"ja": "生活衛生係"}
    )
    ask.publish(slug, catalogue.written(slug), valid_from=date(2026, 4, 1), by=SYSTEM, now=now - 2 * MONTH)
    filling = Filling(ask.start(slug, by=by, now=now, today=today), by, now)
    file = ask.attach(filling.draft, "sites", applying.picture("drawings"), by=by, now=now)["attachment"]
    site = {
        "name": "両国食堂", "address": "吾妻橋一丁目1番1号", "kinds": ["restaurant"], "matter": "new", "manager": "鏑木　花子",
        "qualification": "cook", "drawings": [file],
    }  # fmt: skip
    answers = {"whom": "self", "name": "鏑木　花子", "phone": "03-1234-5678", "sites": [site], "agreement": ["true"]}
    filling.save(engine.read_json(filling.procedure, answers, filling.setting()))
    application = ask.submit(filling.draft, by=by, now=now)
    charges.pay(Charge.objects.get(case=application.id), {}, by=clerk, now=now)
    given = {
        "resource": "food_inspection",
        "day": today + 2 * MONTH,
        "first": "10:00",
        "count": 2,
        "minutes": 30,
        "capacity": 1,
    }
    bookings.make_slots(place, given, by=clerk, now=now)


def hold_draws(scene: Scene) -> None:
    """The section has a draw at each stage: open, committed to, drawn."""
    section, by, begun = Department.objects.get(path=SECTION), scene.actor("clerk"), scene.now - timedelta(days=9)
    for stage in ("open", "committed", "drawn"):
        made = draws.begin(section, f"抽選 {stage}", 1, by=by, now=begun)
        draws.enter(made, [draws.Entering(f"P-{n}") for n in (1, 2, 3)], by=by, now=begun)
        if stage != "open":
            draws.commit(made, "あとから発表される作った値", begun + timedelta(days=1), by=by, now=begun)
        if stage == "drawn":
            draws.draw(made, "38,915.87", by=by, now=scene.now)


def work() -> None:
    """Do what waits, as the worker does: files, papers, mail and letters."""
    for queue in handlers.queues():
        while Bench(queue, "guards", threading.Event()).turn():
            pass
        assert not queue.model.objects.exclude(state="done").exists(), [
            row.last_error for row in queue.model.objects.exclude(state="done")
        ]


def look_in_an_emergency(scene: Scene) -> None:
    """A clerk of another department looks at the neighbour, and may for an hour."""
    emergency.begin(
        scene.people["neighbour"],
        "life",
        "連絡がとれず、命に関わる。",
        by=scene.actor("clerk elsewhere"),
        now=scene.now,
    )


def one_family() -> Scene:
    """A mother with two children and claims of hers at every stage; her husband, a neighbour with a child, an account without a person."""
    now = clock.now()
    scene = settle(now)
    mother = person(now, "鏑木　花子", "カブラギ　ハナコ", date(1990, 4, 1))
    household = mother.memberships.get().household
    father = person(now, "鏑木　太郎", "カブラギ　タロウ", date(1988, 4, 1), household=household, relationship="夫")
    person(now, "鏑木　空", "カブラギ　ソラ", date(2020, 9, 1), household=household, relationship="子")
    neighbour = person(now, "両国　三郎", "リョウゴク　サブロウ", date(1985, 1, 1), block="1番1号")
    person(
        now,
        "両国　海",
        "リョウゴク　ウミ",
        date(2019, 1, 1),
        household=neighbour.memberships.get().household,
        relationship="子",
    )
    scene.people |= {"owner": mother, "spouse": father, "neighbour": neighbour}
    for role, party in {**scene.people, "untied": None}.items():
        scene.accounts[role] = account(now, f"{role}@example.jp", party)
    for stage, course in COURSE.items():
        scene.applications[stage] = application = claim(scene.actor("owner"), now)
        for act in course:
            act(scene, application)
    ask.start(CLAIM, by=scene.actor("owner"), now=now, today=local_date(now))
    sign_things(scene)
    programs.give("会計ソフト", ["read"], 30, by=scene.actor("owner"), now=now)
    find_something(scene)
    keep_documents(scene)
    feed_register(scene)
    hold_draws(scene)
    open_a_shop(scene)
    look_in_an_emergency(scene)
    work()
    printing.start(SECTION, by=scene.actor("clerk"), now=scene.now)
    work()
    return scene


def keep_documents(scene: Scene) -> None:
    """Documents of the owner's section: one being written, with a file; one that a deputy decided for the section chief, who is away; one
    that its reviewer has passed on."""
    section = Department.objects.get(path=SECTION)
    clerk, reviewer, today = scene.actor("clerk"), scene.actor("reviewer"), local_date(scene.now)

    def write(title: str) -> Document:
        sheet = documents.Sheet(kind="notice", title=title, body="本文", doc_class="A1", retention=3)
        return documents.write(section, sheet, by=clerk, now=scene.now)

    def send_round(title: str) -> Approval:
        approval = documents.send_round(write(title), by=clerk, now=scene.now)
        office.agree(approval, approval.steps.get(ready=True).id, by=reviewer, now=scene.now)
        return approval

    scene.documents["written"] = written = write("点検のお知らせ")
    documents.attach(written, applying.picture("plan"), by=clerk, now=scene.now)
    chief, colleague = (scene.accounts[role].staff for role in ("section chief", "colleague"))
    people.name_deputies(section, "section_chief", [colleague], by=scene.actor("section chief"), now=scene.now)
    people.enter_absence(chief, today, today, "leave", by=scene.actor("section chief"), now=scene.now)
    scene.runs["deputised"] = run = send_round("代決された通知")
    office.agree(run, run.steps.get(ready=True).id, by=scene.actor("colleague"), now=scene.now)
    scene.runs["reviewed"] = send_round("確認の済んだ通知")


def feed_register(scene: Scene) -> None:
    """The registrar has had the register of residents compared with a file, and confirmed nothing yet."""
    by = scene.actor("registrar")
    content = csv_bytes(
        [column.label for column in REGISTER.importer.columns], feeding.written(REGISTER, by, scene.now)
    )
    records.receive(REGISTER, content, "residents.csv", local_date(scene.now), by=by, now=scene.now)
    work()


# ---- the database as a whole -----------------------------------------------------------------------------------------------

# What a visit alone may write: the log, and the session's own last use.
WRITTEN_BY_VISITS = {"audit_entry", "audit_anchor", "accounts_session", "django_migrations"}


def fingerprints() -> dict[str, str]:
    """For every table how many rows it has, and a digest of their content."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - WRITTEN_BY_VISITS)
        each = " UNION ALL ".join(
            f"SELECT '{table}', count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM \"{table}\" t"
            for table in tables
        )
        cursor.execute(each)
        return dict(cursor.fetchall())
