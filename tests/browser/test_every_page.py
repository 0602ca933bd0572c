"""Every page, for everybody who may see it: nothing for axe to find, nothing sticking out, one heading, no complaint of the browser's.

`PAGES` is the table. Two tests keep it whole: one walks the URLconf, the other follows every link that each role is shown.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, get_resolver, resolve
from playwright.sync_api import Browser, Page
from tests.browser import people
from tests.browser.conftest import windows
from tests.browser.demonstration import (
    AUTHOR,
    CLERK,
    DEPARTMENT_CHIEF,
    HANAKO,
    ICT,
    SECTION_CHIEF,
    SUBSECTION_CHIEF,
    Demonstration,
)
from tests.browser.helpers import assert_fits, assert_no_axe_violations, shoot

STAFF = {
    "clerk": CLERK,
    "subsection-chief": SUBSECTION_CHIEF,
    "section-chief": SECTION_CHIEF,
    "department-chief": DEPARTMENT_CHIEF,
    "ict": ICT,
    "author": AUTHOR,
}
RESIDENTS = {
    "hanako": HANAKO,
    "untied": "aya@example.jp",
    "granted": "granted@example.jp",
    "refused": "refused@example.jp",
    "correcting": "correcting@example.jp",
}
DRAFT = "/apply/{draft}/"
QUESTIONS = (
    ("you", "you-differs", "phone", "children", "living", "living-apart", "older", "older-count", "spouse", "pension", "bank", "bank-document", "agreement", "check")
)  # fmt: skip
PAGES = {
    "public": (
        *("/", "/accessibility", "/contact", "/kit?rows=20", "/kit?rows=20&as=console", "/sign-in", "/office/sign-in"),
        *(
            "/procedures",
            people.CLAIM,
            "/search?q=児童手当",
            "/search?q=zzzz",
            "/check",
            "/draws/",
            *("/draws/{published}", "/draws/{committed}"),
            "/open-data/",
            "/places/",
            "/signed-out",
        ),
        "/procedures/ward_tax/return",
        *("/procedures/bicycle_parking/apply", "/open-data/bicycle-lots", "/places/bicycle-lots"),
        *("/procedures/food_business/apply", "/open-data/food-businesses"),
        *("/open-data/child-allowance-claims", "/places/child-allowance-offices", "/demo/mailbox", "/demo/letterbox"),
        *("/demo/card", "/procedures/moving_out/notify", "/procedures/birth", "/procedures/road-occupancy"),
        *(
            "/life",
            "/life/moved-in",
            "/life/moved-in?from=abroad&job=no&age=middle&child=small&care=no&card=yes&dog=yes&happened_on=2026-11-10",
        ),
        *("/demo/mailbox/{mail}", "/demo/letterbox/{letter}", "/no-such-page"),
    ),
    "untied": (
        "/my",
        "/my/facts",
        "/my/who-looked",
        "/my/tie",
        "/my/tie/letter",
        "/my/tie/card",
        "/my/messages",
        people.CLAIM,
        "/account/keys",
    ),
    "hanako": (
        *(
            "/my",
            "/my/facts",
            "/my/who-looked",
            "/my/tie",
            "/my/messages",
            people.CLAIM,
            "/account/keys",
            "/account/programs",
        ),
        *(DRAFT + key for key in QUESTIONS),
    ),
    "granted": (
        *("/my", "/my/applications/{application}", "/apply/{draft}/done", "/my/messages", "/my/messages/{message}"),
        *("/my/who-looked", "/my/papers"),
    ),
    "refused": ("/my/applications/{application}",),
    "correcting": ("/my/applications/{application}", "/my/applications/{application}/correct/bank-document"),
    "clerk": (
        *("/office/", "/office/?tab=unassigned", "/office/?tab=open", "/office/?tab=ended", "/office/?q=zzzz"),
        *("/office/cases/{received}", "/office/cases/{mine}", "/office/cases/{mine}/correct"),
        *("/office/cases/{mine}/draft", "/office/cases/{correcting}", "/office/cases/{approving}"),
        *("/office/cases/{decided}", "/office/approvals", "/office/registers/", "/office/registers/child-allowance/"),
        *(
            "/office/registers/found-items/",
            "/office/registers/tax-documents/",
            "/office/ward-tax",
            "/office/registers/found-items/enter",
            "/office/people/?q=桜木",
            "/office/people/{person}",
        ),
        *(
            "/office/registers/draws/",
            "/office/draws/new",
            *("/office/draws/{open}", "/office/draws/{committed}", "/office/draws/{published}"),
            "/office/documents",
            "/office/documents?tab=department",
            "/office/documents?tab=received",
            "/office/documents/new",
        ),
        *("/office/documents/paper", "/office/documents/{drafting}", "/office/documents/{drafting}/edit"),
        *("/office/documents/{issued}", "/office/registers/documents/", "/office/absences"),
        *("/office/printing", "/office/registers/papers/", "/office/papers/new"),
        *("/office/papers/{paper}/record", "/office/papers/{paper}/correct"),
        *("/office/emergency", "/account/keys", "/office/no-such-page"),
    ),
    "subsection-chief": ("/office/", "/office/cases/{mine}", "/office/approvals"),
    "section-chief": (
        "/office/papers/{paper}/record",
        "/office/roles",
        "/office/emergency/uses",
        "/office/approvals",
        "/office/approvals/{running}",
        "/office/overview",
        "/office/cases/{mine}",
        "/office/approvals/{consulted}",
        "/office/approvals/{deputised}",
        "/office/workload",
        "/office/documents/share",
        "/office/approvals/together?group=spending.decide.section_chief.kodomo/kosodate",
        "/office/absences/deputies",
    ),
    "department-chief": ("/office/", "/office/overview", "/office/approvals"),
    "ict": (
        *(
            "/office/audit",
            "/office/operations",
            "/office/operations/events",
            "/office/identities",
            "/office/roles",
            "/office/emergency/uses",
        ),
        *("/office/texts", "/office/texts?language=ne"),
    ),
    "author": (
        *("/office/procedures", "/office/procedures/new", "/office/procedures/import"),
        "/office/procedures/versions/child_allowance/claim",
    ),
}
TABLE = [(role, path) for role, paths in PAGES.items() for path in paths]
NO_PAGES = {
    **dict.fromkeys(
        tuple(
            f"builder:{name}"
            for name in ("manuscript", "part", "condition", "checks", "differences", "preview", "frame", "publish")
        ),
        "a manuscript that nobody began yet: see test_builder",
    ),
    **dict.fromkeys(("builder:begin", "builder:act", "builder:roll_back"), "POST"),
    **dict.fromkeys(("builder:export", "builder:yaml"), "a file"),
    "healthz": "a line for machines",
    "book:choose": "is there while an inspection is to be booked: see test_food_business",
    "metrics": "lines for machines",
    "web:ward_css": "a style sheet",
    "web:console": "leads to the first page one may see",
    "accounts:sign_in_code": "leads elsewhere until a code is sent: see test_keyboard",
    "accounts:resume": "leads elsewhere until a form is carried: see test_interruptions",
    "accounts:sign_out": "POST",
    **dict.fromkeys(("accounts:service", "accounts:staff_service", "accounts:add_service"), "leads to another site"),
    **dict.fromkeys(("accounts:service_back", "accounts:staff_service_back"), "comes back from another site"),
    "accounts:service_new": "comes back from another site",
    **dict.fromkeys(("accounts:passkey_options", "accounts:passkey_creation"), "for scripts"),
    **dict.fromkeys(("accounts:passkey_sign_in", "accounts:passkey_register"), "for scripts"),
    **dict.fromkeys(
        ("api:description", "api:procedures", "api:procedure", "api:drafts", "api:draft", "api:files"), "for programs"
    ),
    **dict.fromkeys(("api:submission", "api:applications", "api:application", "api:nothing"), "for programs"),
    "api:revoke": "POST",
    "record:row": "see test_lost_property",
    **dict.fromkeys(("emergency:subject", "emergency:use", "staff:role"), "see test_power"),
    "emergency:end": "POST",
    **dict.fromkeys(("ask:sign", "ask:correct_sign"), "see test_power"),
    **dict.fromkeys(("ask:sign_text", "ask:correct_sign_text", "accounts:tie_card_text"), "a file"),
    "record:import": "a run of a file that nobody has sent yet",
    "record:upload": "for registrars, of whom the demonstration has none: see base/record/tests/test_feeding",
    **dict.fromkeys(("parties:act", "parties:newcomer"), "for registrars: see base/parties/tests/test_act_pages"),
    "parties:organisation": "for registrars: see base/parties/tests/test_organisations",
    "record:feed": "a file",
    "ask:start": "POST",
    "ask:estimate": "POST; see test_ward_tax",
    "ask:submit": "POST",
    "ask:discard": "POST",
    "ask:withdraw": "POST",
    "ask:correct_start": "leads to the first page to correct",
    "ask:correct_check": "leads to the page that lacks its answer",
    "ask:correct_send": "POST",
    "ask:attachment": "a file",
    "decide:file": "a file",
    **dict.fromkeys(
        (
            "decide:notices",
            "decide:take",
            "decide:release",
            "decide:assign",
            "decide:check",
            "decide:note",
            "decide:resume",
        ),
        "POST",
    ),
    "decide:act": "POST",
    "decide:withdraw_draft": "POST",
    **dict.fromkeys(("decide:take_back", "decide:seen", "decide:end_absence", "decide:document_act"), "POST"),
    "decide:document_file": "a file",
    "decide:share_csv": "a file",
    "record:export": "a file",
    "jobs:try_again": "POST",
    "papers:paper": "a file",
    **dict.fromkeys(("papers:office_paper", "papers:version", "papers:signature", "printing:pdf"), "a file"),
    **dict.fromkeys(("draw:json", "draw:checker"), "a file"),
    **dict.fromkeys(("draw:enter", "draw:commit", "draw:hold", "draw:publish", "events:skip"), "POST"),
    **dict.fromkeys(("papers:reissue", "papers:revoke", "printing:start", "printing:printed"), "POST"),
    "printing:run": "there is none before somebody makes one: see base/printing/tests",
    "publish:csv": "a file",
    "publish:json": "a file",
    "map:geojson": "a file",
}


# ---- who looks, and at what -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What the browser complained of since the last page."""
    return []


@pytest.fixture(scope="module")
def role(browser: Browser, demo: Demonstration, complaints: list[str]) -> Iterator[Callable[[str], Page]]:
    """The window in which somebody is signed in."""
    known: dict[str, Page] = {}
    lend_addresses(demo)

    with windows(browser, demo.address, complaints) as open_page:

        def window(name: str) -> Page:
            if name not in known:
                known[name] = open_page()
                if name in STAFF:
                    people.sign_in_staff(known[name], demo, STAFF[name])
                elif name in RESIDENTS:
                    people.sign_in(known[name], RESIDENTS[name])
            return known[name]

        yield window


def lend_addresses(demo: Demonstration) -> None:
    """Let three of the made claimants sign in, who have no address."""
    for name, condition in {
        "granted": "state = 'decided' AND id IN (SELECT id FROM decide_case WHERE outcome = 'granted')",
        "refused": "state = 'decided' AND id IN (SELECT id FROM decide_case WHERE outcome = 'refused')",
        "correcting": "state = 'correcting'",
    }.items():
        demo.sql(
            "UPDATE accounts_account SET login = %s, email = %s WHERE id = (SELECT account_id FROM ask_application "
            f"WHERE {condition} ORDER BY submitted_at LIMIT 1)",
            RESIDENTS[name],
            RESIDENTS[name],
        )


@pytest.fixture(scope="module")
def places(demo: Demonstration, role: Callable[[str], Page]) -> Callable[[str], dict[str, str]]:
    """What stands for the names in a path, for a role."""
    known: dict[str, str] = {}

    def one(statement: str, *values: str) -> str:
        return str(demo.sql(statement, *values)[0][0])

    def of_office(name: str) -> str:
        assignee = (
            "(SELECT s.id FROM staff_staffmember s JOIN accounts_account a ON a.id = s.account_id WHERE login = %s)"
        )
        if name == "person":
            return one("SELECT party_id FROM decide_case WHERE state = 'checking' LIMIT 1")
        if name == "paper":
            return one(
                "SELECT id FROM papers_paper WHERE department_id LIKE 'kodomo/%%' AND revoked_at IS NULL LIMIT 1"
            )
        if name == "running":
            return one("SELECT id FROM decide_approval WHERE state = 'running' AND case_id IS NOT NULL LIMIT 1")
        if name in ("drafting", "issued"):
            mine = f"drafted_by_id = {assignee}"
            return one(f"SELECT id FROM decide_document WHERE {mine} AND state = '{name}' ORDER BY id LIMIT 1", CLERK)
        if name == "consulted":
            asked = "SELECT approval_id FROM decide_approvalstep WHERE kind = 'consult' AND result = 'opinion'"
            return one(f"SELECT id FROM decide_approval WHERE id IN ({asked})")
        if name == "deputised":
            return one("SELECT approval_id FROM decide_approvalstep WHERE mode = 'deputy'")
        if name == "mine":
            return one(f"SELECT id FROM decide_case WHERE state = 'checking' AND assignee_id = {assignee}", CLERK)
        return one("SELECT id FROM decide_case WHERE state = %s AND department_id LIKE 'kodomo/%%' LIMIT 1", name)

    def of_resident(name: str, who: str) -> str:
        account = one("SELECT id FROM accounts_account WHERE login = %s", RESIDENTS[who])
        table = {"draft": "ask_draft", "application": "ask_application", "message": "tell_message"}[name]
        return one(f"SELECT id FROM {table} WHERE account_id = %s ORDER BY id DESC LIMIT 1", account)

    def find(name: str, who: str) -> str:
        if name in ("open", "committed", "published"):
            return one("SELECT id FROM draw_draw WHERE state = %s LIMIT 1", name)
        if name in ("mail", "letter"):
            return one("SELECT id FROM tell_mailboxitem WHERE channel = %s ORDER BY id DESC LIMIT 1", name)
        if who in RESIDENTS:
            return of_resident(name, who)
        return of_office(name)

    def stand_ins(path: str, who: str) -> dict[str, str]:
        for name in re.findall(r"{(\w+)}", path):
            if f"{name} {who}" not in known:
                prepare(name, who, role, demo)
                known[f"{name} {who}"] = find(name, who)
        return {name: known[f"{name} {who}"] for name in re.findall(r"{(\w+)}", path)}

    return stand_ins


def prepare(name: str, who: str, role: Callable[[str], Page], demo: Demonstration) -> None:
    """Make what the demonstration does not have yet: a draft with every answer, a letter, a mail."""
    if (name, who) == ("draft", "hanako"):
        page = role("hanako")
        people.start(page)
        people.fill_in(page, HANAKO, differing=True)
    elif name == "letter":
        ask_for_letter(role("untied"), demo)
    elif name == "mail":
        role("hanako")


def ask_for_letter(page: Page, demo: Demonstration) -> None:
    """Ask for the letter of somebody whom no account is tied to, and wait until it is there."""
    found = """SELECT p.name, p.birth_date, t.name, r.block FROM parties_party p JOIN parties_residence r ON r.party_id = p.id
        JOIN parties_town t ON t.id = r.town_id WHERE p.kind = 'person' AND p.is_resident AND r.until IS NULL
        AND NOT EXISTS (SELECT FROM accounts_partylink WHERE party_id = p.id)
        AND NOT EXISTS (SELECT FROM parties_protection WHERE party_id = p.id) ORDER BY p.id DESC LIMIT 1"""
    name, born, town, block = demo.sql(found)[0]
    letterbox = people.Post(page, town, "letterbox")
    page.goto("/my/tie/letter")
    typed = {"name": name, "town": town, "block": block}
    typed |= {f"birth_date_{part}": str(getattr(born, part)) for part in ("year", "month", "day")}
    for field, value in typed.items():
        page.locator(f"[name={field}]").fill(value)
    people.go_on(page)
    letterbox.find(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


# ---- the pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "path"), TABLE, ids=[f"{who} {path}" for who, path in TABLE])
def test_page_is_sound_at_every_width(who, path, role, places, complaints):
    page, address = role(who), path.format(**places(path, who))
    complaints.clear()
    page.set_viewport_size({"width": 1280, "height": 800})
    answer = page.goto(address)
    assert answer.status == (404 if "no-such" in path else 200)
    assert urlsplit(page.url).path == urlsplit(address).path, f"led to {page.url}"
    assert_headings(page)
    picture = re.sub(r"[^\w.-]+", "-", f"{who}{path}").strip("-")
    for width in (1280, 375):
        assert_fits(page, width)
        assert_no_axe_violations(page)
        shoot(page, f"page-{picture}-{width}")
    assert_fits(page, 320)
    said, complaints[:] = list(complaints), []
    assert not said, "\n".join(said)


def assert_headings(page: Page) -> None:
    """A title, a language, one first heading, and no level left out. (An error summary comes before them all.)"""
    assert page.title().strip()
    assert page.locator("html").get_attribute("lang") == "ja"
    shown = "all => all.filter(e => e.checkVisibility() && !e.closest('[role=alert]')).map(e => Number(e.tagName[1]))"
    levels = page.locator("h1,h2,h3,h4,h5,h6").evaluate_all(shown)
    assert levels.count(1) == 1, levels
    assert levels[0] == 1, levels
    leaps = [(a, b) for a, b in itertools.pairwise(levels) if b > a + 1]
    assert not leaps, levels


# ---- the table is whole ---------------------------------------------------------------------------------------------------


def routes(resolver, space: str = "") -> Iterator[str]:
    """The names of all routes, as `namespace:name`."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, pattern.namespace or space)
        else:
            yield f"{space}:{pattern.name}" if space else pattern.name or str(pattern.pattern)


def route_of(path: str) -> str:
    """The name of the route that a path of the table leads to, "" for none."""
    try:
        return resolve(
            re.sub(r"{(mail|letter)}", "1", re.sub(r"{\w+(?<!mail)(?<!letter)}", EXAMPLE, urlsplit(path).path))
        ).view_name
    except Resolver404:
        return ""


EXAMPLE = "01a1fbe8-2de5-7b0c-aa4e-e8ce3311b107"


def test_every_route_is_in_the_table():
    looked_at = {route_of(path) for _, path in TABLE}
    assert set(routes(get_resolver())) - looked_at - set(NO_PAGES) == set()


def test_the_table_names_nothing_that_is_not_there():
    there = set(routes(get_resolver()))
    assert {path for _, path in TABLE if "no-such" not in path and route_of(path) not in there} == set()
    assert set(NO_PAGES) - there == set()


@pytest.mark.parametrize("who", PAGES)
def test_every_link_leads_to_a_page_of_the_table(who, role, demo):
    looked_at, page = {route_of(path) for _, path in TABLE} | set(NO_PAGES), role(who)
    start = "/office/start" if who in STAFF else "/" if who == "public" else "/my"
    seen, todo, dead, unknown = {start}, [start], [], []
    per_route: dict[str, int] = {}
    while todo:
        address = todo.pop()
        answer = page.context.request.get(address)
        if not answer.ok:
            dead.append(f"{address}: {answer.status}")
        if route_of(address) not in looked_at:
            unknown.append(address)
        if not answer.ok or not answer.headers["content-type"].startswith("text/html"):
            continue
        for link in re.findall(r'<a\s[^>]*href="([^"#]+)', answer.text()):
            target = urlsplit(urljoin(answer.url, link.replace("&amp;", "&")))
            route = route_of(target.path)
            found = f"{target.path}?{target.query}" if target.query else target.path
            if target.netloc == urlsplit(demo.address).netloc and found not in seen and per_route.get(route, 0) < 12:
                per_route[route] = per_route.get(route, 0) + 1
                seen.add(found)
                todo.append(found)
    assert (dead, unknown) == ([], [])
