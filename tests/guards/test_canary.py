"""The canary: a protected person (支援措置) whose address and telephone stand nowhere else. Where they are found is where they leak.

Everybody walks through everything there is, once, in Japanese; with `--whole` through each form of each case and in all languages: `./kusei manage canary`
"""

import logging
import re
import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve
from tests.guards.crawl import CAN_READ_PDF, Told, crawl, text_of
from tests.guards.routes import routes
from tests.guards.scene import (
    COURSE,
    STAFF,
    Scene,
    account,
    claim,
    feed_register,
    house,
    move_out,
    person,
    settle,
    work,
)
from tests.guards.test_matrix import ITS_SECTION

from kusei.base.accounts import actions as accounts
from kusei.base.ask import actions as ask
from kusei.base.ask.models import Attachment, Draft
from kusei.base.audit import queries
from kusei.base.audit.models import AuditEntry
from kusei.base.decide.models import Approval
from kusei.base.kernel import clock
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import LANGUAGES, WRITTEN
from kusei.base.papers.models import Paper
from kusei.base.parties.models import Party, Residence, Town
from kusei.base.parties.queries import protected_kin
from kusei.base.tell.models import Message
from kusei.site.cluster import Layout
from kusei.site.config import CONFIG
from kusei.site.logs import JsonLines

TOWN, BLOCK, BUILDING, POSTAL, PHONE = "隠里九丁目", "987番65号", "カナリア荘404", "130-9876", "090-8765-4321"
CANARY = re.compile(r"987番65号|987-65|カナリア荘|1309876|09087654321")
"""What the canary's address and telephone look like once hyphens in numbers are gone."""
RESIDENTS = ("protected", "husband", "neighbour", "untied")
LOOKERS = ("public", *RESIDENTS, *STAFF)
# Where the address or telephone of a protected person may stand: in her own pages, and for her section on the pages of her own case.
HER_PAGES = {"accounts:facts", "papers:paper", *(route.name for route in routes() if route.name.startswith("ask:"))}
CASE_PAGES = {
    f"decide:{name}"
    for name in (
        "case",
        "take",
        "release",
        "assign",
        "check",
        "note",
        "resume",
        "correct",
        "draft",
        "approval",
        "act",
        "withdraw_draft",
    )
}
CASE_PAGES |= {"papers:office_paper", "papers:version", "papers:correct"}
# And for who works on the protection itself, for that purpose alone.
PROTECTION = re.compile(r"/office/people/[0-9a-f-]+\?purpose=(支援措置|%E6%94%AF%E6%8F%B4%E6%8E%AA%E7%BD%AE)")
KEPT_IN = {
    "parties_residence", "parties_party",  # the register
    "ask_draft", "ask_answerset", "decide_case",  # what she told the ward
    "papers_version", "printing_item", "tell_delivery", "tell_mailboxitem", "record_importrow",  # what the ward sent to her
}  # fmt: skip


def found_in(text: str) -> list[str]:
    """The parts of the canary in a text, however it is written."""
    plain = re.sub(r"(?<=\d)[-‐－ー ](?=\d)", "", unicodedata.normalize("NFKC", text))
    return CANARY.findall(plain) + CANARY.findall(unicodedata.normalize("NFKC", text))


def hidden_away() -> Scene:
    """A protected mother who moved away with her child, her husband who still stands in her household, and what both of them applied for."""
    now = clock.now()
    scene = settle(now)
    Town.objects.create(id=f"13107/{TOWN}", ward_code="13107", name=TOWN, lat=35.71, lng=139.81, source="made")
    away = {"town_id": f"13107/{TOWN}", "block": BLOCK, "building": BUILDING, "postal_code": POSTAL}
    husband = person(now, "鏑木　太郎", "カブラギ　タロウ", date(1988, 4, 1))
    household = husband.memberships.get().household
    more = {"household": household, "protected": True, **away}
    mother = person(now, "鏑木　花子", "カブラギ　ハナコ", date(1990, 4, 1), relationship="妻", phone=PHONE, **more)
    person(now, "鏑木　空", "カブラギ　ソラ", date(2020, 9, 1), relationship="子", phone="", **more)
    person(now, "鏑木　陸", "カブラギ　リク", date(2018, 9, 1), household=household, relationship="子", phone="")
    neighbour = person(now, "両国　三郎", "リョウゴク　サブロウ", date(1985, 1, 1), block="1番1号")
    scene.people = {"protected": mother, "husband": husband, "neighbour": neighbour}
    for role, party in {**scene.people, "untied": None}.items():
        scene.accounts[role] = account(now, f"{role}@example.jp", party)
    for role in ("protected", "husband"):
        for stage in ("received", "correcting", "drafted", "decided"):
            scene.applications[f"{role} {stage}"] = application = claim(scene.actor(role), now)
            for act in COURSE[stage]:
                act(scene, application)
        draft = ask.start("child_allowance/claim", by=scene.actor(role), now=now, today=local_date(now))
        ask.save(
            draft,
            {"phone": "0312345678" if role == "husband" else PHONE.replace("-", "")},
            by=scene.actor(role),
            now=now,
        )
    scene.applications["protected moving"] = move_out(scene, "protected", f"東京都墨田区{TOWN}{BLOCK} {BUILDING}")
    claimed = accounts.Claimed("鏑木花子", date(1990, 4, 1), TOWN, BLOCK)
    untied = scene.accounts["untied"]
    scene.people["child"] = Party.objects.get(name="鏑木　空")
    feed_register(scene)
    accounts.request_letter(untied, claimed, by=scene.actor("untied"), now=now)
    work()
    return scene


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Scene]:
    with django_db_blocker.unblock(), house(tmp_path_factory.mktemp("files")):
        yield hidden_away()


@pytest.fixture
def scene(made: Scene, db) -> Scene:
    return made


def records(scene: Scene, role: str) -> dict[str, list[str]]:
    """The ids of everything that is about a person's applications, by kind."""
    mine = scene.accounts[role]
    applications = [
        str(application.id) for key, application in scene.applications.items() if key.startswith(f"{role} ")
    ]
    rows = {
        "draft": Draft.objects.filter(account=mine),
        "approval": Approval.objects.filter(case__in=applications),
        "paper": Paper.objects.filter(about__in=applications),
        "file": Attachment.objects.filter(draft__account=mine),
        "message": Message.objects.filter(account=mine),
    }
    return {
        "case": applications,
        "person": [str(scene.people[each].id) for each in {"protected": ("protected", "child")}.get(role, (role,))],
    } | {kind: [str(row.id) for row in found] for kind, found in rows.items()}


def ids(scene: Scene, role: str) -> set[str]:
    return {id_ for found in records(scene, role).values() for id_ in found}


PAGES = [
    "/",
    "/my",
    "/my/facts",
    "/my/who-looked",
    "/my/tie",
    "/my/messages",
    "/office/",
    "/office/overview",
    "/office/approvals",
    "/office/registers/",
    "/search?q=鏑木",
    "/office/audit",
    "/office/roles",
    "/office/emergency",
    "/office/emergency/uses",
    "/office/identities",
    "/account/keys",
    "/office/operations",
    "/office/registers/child-allowance/",
    "/places/",
    "/open-data/",
    "/search?q=手当",
    "/nothing-here",
    "/contact",
    "/demo/mailbox",
    "/demo/letterbox",
    "/demo/card",
    "/my/tie/card",
    "/my/tie/card/text",
    "/check",
    "/office/?q=鏑木",
    "/office/?tab=ended",
    "/office/registers/child-allowance/?q=鏑木",
    "/procedures",
    "/procedures/child_allowance/claim",
    "/sign-in",
    "/office/sign-in",
    "/office/people/",
    "/office/registers/residents/",
    "/office/registers/residents/?q=鏑木",
    "/office/registers/residents/import",
]
GUESSED = {
    "case": [
        "/my/applications/{}",
        "/my/applications/{}/correct/phone",
        "/office/cases/{}",
        "/office/cases/{}/correct",
        "/office/cases/{}/draft",
    ],
    "draft": ["/apply/{}/check", "/apply/{}/done", "/apply/{}/you", "/apply/{}/phone"],
    "approval": ["/office/approvals/{}"],
    "paper": ["/my/papers/{}", "/office/papers/{}"],
    "file": ["/my/files/{}"],
    "message": ["/my/messages/{}"],
    "person": ["/office/people/{}", "/office/people/{}?purpose=住民異動", "/office/people/{}?purpose=支援措置"],
}


def starts(scene: Scene) -> list[str]:
    """Where a walk begins: every page that needs no id, and everything of both persons by its address, known or guessed."""
    known = [(kind, found) for role in ("protected", "husband") for kind, found in records(scene, role).items()]
    return [*PAGES, *(page.format(id_) for kind, found in known for id_ in found for page in GUESSED[kind])]


def allowed(role: str, told: Told, her_ids: set[str]) -> bool:
    """Whether the canary may be seen there, by the lists above."""
    try:
        name = resolve(told.url.partition("?")[0]).view_name
    except Resolver404:
        return False
    about_her = any(id_ in told.url for id_ in her_ids)
    if role == "protected":
        return name in HER_PAGES and (about_her or name in ("accounts:facts", "ask:start"))
    if role == "registrar":
        return about_her and bool(PROTECTION.fullmatch(told.url))
    return role in ITS_SECTION and name in CASE_PAGES and about_her


def test_the_canary_is_known_by_any_of_its_feathers():
    for text in (
        BLOCK,
        BUILDING,
        POSTAL,
        PHONE,
        "０９０－８７６５－４３２１",
        "09087654321",
        "987-65",
        "９８７番６５号",
        "090 8765 4321",
    ):
        assert found_in(f"x{text}y"), text
    assert not found_in("130-0001 吾妻橋一丁目23番20号 03-5608-0000 987番66号")


@pytest.fixture(scope="module")
def whole(request) -> bool:
    """Whether to look at everything: every form of every case, in every language."""
    return request.config.getoption("--whole", default=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "language" in metafunc.fixturenames:
        everything = metafunc.config.getoption("--whole", default=False)
        metafunc.parametrize("language", LANGUAGES if everything else ["ja"])


@pytest.mark.skipif(not CAN_READ_PDF, reason="pdftotext (poppler-utils) is not installed")
@pytest.mark.parametrize("role", LOOKERS)
def test_nobody_finds_a_protected_persons_whereabouts_where_they_do_not_belong(role, scene, language, whole, caplog):
    if role in STAFF and language not in WRITTEN:
        pytest.skip("the console has no such language")
    caplog.set_level(logging.DEBUG)
    browser, her_ids, pages, seen = scene.client(role), ids(scene, "protected"), 0, set()
    browser.cookies["kusei_language"] = language

    def same(url: str) -> tuple:
        return resolve(url.partition("?")[0]).view_name, any(id_ in url for id_ in her_ids)

    for told in crawl(browser, starts(scene), (lambda url: url) if whole else same):
        pages += told.status == 200
        assert told.status < 500, told
        if found := found_in(told.text):
            assert allowed(role, told, her_ids), (str(told), found)
            seen.add(resolve(told.url.partition("?")[0]).view_name)
    assert pages > 20
    if role in ITS_SECTION:
        assert {"decide:case", "decide:approval", "papers:office_paper"} <= seen, (
            "the section can't do its work, or the walk saw nothing"
        )
    if role == "registrar":
        assert seen == {"parties:person"}
    if role == "protected":
        assert {"accounts:facts", "ask:page", "ask:application", "papers:paper"} <= seen
    assert not found_in(caplog.text)


@pytest.mark.parametrize("role", LOOKERS)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_error_pages_say_nothing_and_neither_does_the_log(role, accept, scene, monkeypatch, caplog):
    """What goes wrong goes wrong with her address at hand: in the error's message, in what was sent, in the address that was asked for."""

    def broken(*args, **kwargs):
        raise ValueError(f"{TOWN}{BLOCK} {BUILDING} {POSTAL} {PHONE}")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("kusei.base.ask.queries.in_force", broken)
    browser = scene.client(role)
    browser.raise_request_exception = False
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(browser.cookies)
    sent = {"block": BLOCK, "building": BUILDING, "phone": PHONE}
    more = {"headers": {"accept": accept}}
    answers = {
        500: browser.get("/procedures", **more),
        403: strict.post("/sign-in", sent, **more),
        400: browser.post("/sign-in", sent | {"email": f"{BLOCK}\0"}, **more),
        404: browser.post(f"/nothing/{BLOCK}/{BUILDING}", sent, **more),
    }
    for status, answer in answers.items():
        assert answer.status_code == status, (status, answer.content.decode())
        assert not found_in(text_of(answer)), status
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any('"status": 500' in line for line in lines), (
        "the error isn't in the log: the test looks at the wrong place"
    )
    assert not [line for line in lines if found_in(line)]


def test_tables_that_hold_the_canary_are_those_declared(scene):
    with connection.cursor() as cursor:
        held = set()
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            if any(found_in(row) for (row,) in cursor.fetchall()):
                held.add(table)
    assert held <= KEPT_IN
    assert {"parties_residence", "parties_party", "tell_delivery"} <= held, "the walk through the tables saw nothing"


def test_what_is_told_to_others_says_nothing_of_her(scene):
    """Mails and letters go to her alone where they say where she lives: nothing to the husband or to who asked for her letter."""
    for message in Message.objects.all():
        assert not found_in(f"{message.subject} {message.body} {message.link}"), message.template
        for delivery in message.deliveries.all():
            assert not found_in(delivery.address) or (delivery.channel == "letter" and "鏑木　花子" in delivery.address)


def test_the_databases_own_log_keeps_no_rows(scene):
    """A refused row would stand in the server's log with everything in it."""
    if not CONFIG.embedded:
        pytest.skip("the log of a server elsewhere is its operator's")
    log = Layout.of(CONFIG.home).log
    size = log.stat().st_size
    home = Residence.objects.get(party=scene.people["protected"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Residence.objects.create(party=home.party, town=home.town, block=BLOCK, building=BUILDING, since=home.since)
    written = log.read_bytes()[size:].decode()
    assert "lives_at_one_place_at_a_time" in written, (
        "the refusal itself isn't in the log: the test looks at the wrong place"
    )
    assert not found_in(written)


def test_who_looked_at_the_husband_does_not_say_that_she_applied(scene):
    """Her case asks the register for her household, in which he still stands: that is a look at him too, but hers to know of."""
    him, her, clerk = scene.people["husband"], scene.people["protected"], scene.client("clerk")
    of_her = AuditEntry.objects.filter(subject=str(him.id), act="read", detail__contains=f'"of":"{her.id}"')
    silent = {"silent_about": protected_kin(him.id), "size": 500}
    known = queries.who_looked(him, clock.now(), **silent)
    assert clerk.get(f"/office/cases/{scene.case('protected received').id}").status_code == 200
    assert of_her.exists(), "his name was not read with hers: this proves nothing"
    assert len(queries.who_looked(him, clock.now(), size=500)) > len(known)
    assert queries.who_looked(him, clock.now(), **silent) == known
    assert clerk.get(f"/office/cases/{scene.case('husband received').id}").status_code == 200
    told = queries.who_looked(him, clock.now(), **silent)
    assert len(told) > len(known)
    shown = scene.client("husband").get("/my/who-looked").context["entries"]
    of_staff = [look for look in told if look.actor_kind != "resident"]
    assert len(shown) == len({(local_date(look.at), look.purpose, look.department, look.post) for look in of_staff})
