"""A small ward with people who work in it, and applications that arrive in it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

import pytest

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import catalogue
from kusei.base.ask.handover import Handed, files_in
from kusei.base.ask.models import AnswerSet, Application, Draft, Snapshot
from kusei.base.decide import actions, inbox
from kusei.base.decide.actions import documents
from kusei.base.decide.actions.documents import Sheet
from kusei.base.decide.models import Approval, Case, Document
from kusei.base.files.models import StoredFile
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.ids import receipt_number
from kusei.base.parties.models import Membership, Party, Residence
from kusei.base.staff.models import Department, Role, StaffMember

# A Monday with no holiday near: 24 days later the rainy season, and every count below is plain.
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
CLAIM = "child_allowance/claim"
ROLES = {"clerk": "clerk", "subsection_chief": "reviewer", "section_chief": "decider", "department_chief": "overseer"}
BANK = {
    "bank_code": "0001", "bank_name": "みずほ銀行", "branch_code": "001", "branch_name": "東京営業部", "account": "ordinary",
    "number": "1234567", "holder": "ｽﾐﾀﾞ ﾊﾅｺ",
}  # fmt: skip


@pytest.fixture
def now() -> datetime:
    return NOW


@dataclass
class Person:
    """A member of staff with what a test needs of them; `actor` is read anew, as each request does."""

    account: Account
    staff: StaffMember

    @property
    def actor(self) -> Actor:
        return actor_for(self.account, NOW)


@dataclass
class Office:
    """A department with a section of clerk and chiefs, and a neighbouring one."""

    section: Department
    other: Department
    counter: count = field(default_factory=lambda: count(1))

    def hire(
        self,
        post: str,
        *,
        at: Department | None = None,
        role: str = "",
        until: date = date(2027, 3, 31),
        name: str = "",
    ) -> Person:
        number = next(self.counter)
        account = Account.objects.create(kind="staff", login=f"staff{number}", created_at=NOW)
        place = at or self.section
        staff = StaffMember.objects.create(
            account=account, department=place, name=name or f"{post}{number}", kana=f"ショクイン{number:02}", post=post
        )
        Role.objects.create(
            staff=staff, department=place, role=role or ROLES[post], since=date(2026, 4, 1), until=until
        )
        return Person(account, staff)


@pytest.fixture
def office(db) -> Office:
    Department.objects.create(path="kodomo", code="kodomo", kind="department", name={"ja": "子ども部"})
    section = Department.objects.create(
        path="kodomo/kosodate", code="kosodate", kind="section", name={"ja": "子育て支援課"}
    )
    other = Department.objects.create(path="kumin/zeimu", code="zeimu", kind="section", name={"ja": "税務課"})
    return Office(section, other)


@pytest.fixture
def clerk(office):
    return office.hire("clerk", name="相川みどり")


@pytest.fixture
def colleague(office):
    return office.hire("clerk", name="岸千夏")


@pytest.fixture
def subchief(office):
    return office.hire("subsection_chief", name="宇野健吾")


@pytest.fixture
def chief(office):
    return office.hire("section_chief", name="江川玲子")


@pytest.fixture
def stranger(office):
    """A clerk of another department."""
    return office.hire("clerk", at=office.other, name="他課太郎")


@pytest.fixture
def family(db) -> dict[str, Party]:
    """A parent with one child in one household."""
    parent = Party.objects.create(
        kind="person",
        name="墨田　花子",
        kana="スミダ　ハナコ",
        birth_date=date(1990, 5, 5),
        phone="03-1234-5678",
        as_of=date(2026, 6, 1),
    )
    child = Party.objects.create(
        kind="person", name="墨田　一郎", kana="スミダ　イチロウ", birth_date=date(2020, 7, 7), as_of=date(2026, 6, 1)
    )
    home = Party.objects.create(kind="household", name="墨田　花子", as_of=date(2026, 6, 1))
    for person, relationship in ((parent, "世帯主"), (child, "子")):
        Membership.objects.create(household=home, person=person, relationship=relationship, since=date(2020, 1, 1))
        Residence.objects.create(
            party=person, block="23番20号", elsewhere="墨田区吾妻橋一丁目23番20号", since=date(2020, 1, 1)
        )
    return {"parent": parent, "child": child}


@pytest.fixture
def resident(family) -> Actor:
    account = Account.objects.create(
        kind="resident", login="hanako@example.jp", email="hanako@example.jp", created_at=NOW
    )
    return Actor(kind="resident", account_id=account.id, party_id=family["parent"].id, name=family["parent"].name)


@pytest.fixture
def photo(db) -> StoredFile:
    """A photo of a bank book, still to be made safe."""
    return StoredFile.objects.create(sha256="0" * 64, size=1, media_type="image/jpeg", name="通帳.jpg", created_at=NOW)


@pytest.fixture
def apply(office, family, resident, photo):
    """Make an application as the portal keeps it; returns what it hands over."""
    definition = catalogue.written(CLAIM).stored()
    snapshot = Snapshot.objects.create(
        procedure=CLAIM, number=1, digest=catalogue.digest(definition), definition=definition,
        valid_from=date(2026, 4, 1), published_at=NOW,
    )  # fmt: skip
    child = family["child"]
    answers = {
        "claimant": "correct", "phone": "0312345678", "living": "together", "older": "no", "spouse": "none",
        "pension": "national", "bank": BANK, "agreement": ["true", "checks"],
        "bank_document": [{
            "attachment": str(photo.id), "file": str(photo.id), "name": photo.name, "media_type": photo.media_type, "size": 1,
        }],
        "children": [{
            "party_id": str(child.id), "name": child.name, "kana": child.kana,
            "birth_date": child.birth_date.isoformat(), "relationship": "子",
        }],
    }  # fmt: skip

    def make(at: datetime = NOW, name: str = "", **more) -> Handed:
        draft = Draft.objects.create(
            account_id=resident.account_id, snapshot=snapshot, procedure=CLAIM, party=family["parent"],
            created_at=at, updated_at=at, submitted_at=at,
        )  # fmt: skip
        application = Application.objects.create(
            draft=draft, account_id=resident.account_id, party=family["parent"], snapshot=snapshot, procedure=CLAIM,
            receipt_number=receipt_number(at), submitted_at=at,
        )  # fmt: skip
        given = {**answers, **more}
        AnswerSet.objects.create(
            application=application, number=1, answers=given, submitted_at=at, submitted_by_id=resident.account_id
        )
        return Handed(
            application_id=application.id, receipt_number=application.receipt_number, procedure=CLAIM,
            snapshot_id=snapshot.id, definition=definition, title=definition["title"], department_code="kosodate",
            party_id=family["parent"].id, account_id=resident.account_id, applicant_name=name or family["parent"].name,
            answers=given, submitted_at=at, language="ja", files=files_in(definition, given),
        )  # fmt: skip

    return make


@pytest.fixture
def case(apply) -> Case:
    """A case that nobody has taken."""
    return actions.receive(apply(), by=SYSTEM, now=NOW)


@pytest.fixture
def taken(case, clerk) -> Case:
    """A case that the clerk has."""
    actions.take(case, by=clerk.actor, now=NOW)
    return case


@pytest.fixture
def checked(taken, clerk) -> Case:
    """A case of the clerk's with everything checked."""
    results = {item.key: ("ok", "") for item in taken.checks.all()}
    actions.check(taken, results, by=clerk.actor, now=NOW)
    return taken


@pytest.fixture
def drafted(checked, clerk):
    """A grant that the clerk drafted."""
    return actions.draft(checked, "granted", "", by=clerk.actor, now=NOW)


@pytest.fixture
def step():
    """The id of the step that is open in an approval."""
    return lambda approval: approval.steps.get(ready=True, result="").id


@pytest.fixture
def offices(office) -> dict[str, Department]:
    """Departments that are asked about other departments' documents (合議)."""
    made = {}
    for path, name in (("somu-bu/somu", "総務課"), ("kikaku/seisaku", "政策課"), ("kaikei", "会計課")):
        code = path.rpartition("/")[2]
        made[code] = Department.objects.create(path=path, code=code, kind="section", name={"ja": name})
    return made


@pytest.fixture
def sheet():
    """A sheet of a document, as typed."""

    def make(**given) -> Sheet:
        usual = {
            "kind": "notice", "title": "備品の点検について（通知）", "body": "下記のとおり点検します。", "doc_class": "A1", "retention": 3,
        }  # fmt: skip
        return Sheet(**{**usual, **given})

    return make


@pytest.fixture
def write(office, clerk, sheet):
    """Write a document as the clerk."""

    def make(**given) -> Document:
        return documents.write(office.section, sheet(**given), by=clerk.actor, now=NOW)

    return make


@pytest.fixture
def in_turn():
    """Each agrees to the step that is theirs, in the order given; returns whether the last one decided."""

    def run(approval, *people, now=NOW) -> bool:
        decided = False
        for person in people:
            (waiting,) = [w for w in inbox.waiting_for(person.actor, person.staff, now) if w.approval.id == approval.id]
            fresh = Approval.objects.get(id=approval.id)
            decided = actions.agree(fresh, waiting.step.id, by=person.actor, now=now)
        return decided

    return run


@pytest.fixture
def seen_by(client):
    """A client signed in as somebody."""

    def sign_in(person):
        client.force_login(getattr(person, "account", person))
        return client

    return sign_in
