"""What is typed, sent and uploaded to hurt: nothing breaks, nothing is taken for markup, a formula or an instruction, nothing leads elsewhere."""

import re
from datetime import date
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.guards.crawl import crawl
from tests.guards.scene import Scene
from tests.guards.test_matrix import ONLY_IN_DEMONSTRATIONS, ROUTES, address, methods, visitor

from kusei.base.ask import actions
from kusei.base.ask.models import Draft
from kusei.base.demo import applying
from kusei.base.parties.models import Party
from kusei.base.record.sheets import cell

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{% now 'Y' %}${7*7}"
HOSTILE = [
    SCRIPT,
    "\0",
    "a\0b",
    "'; DROP TABLE audit_entry; --",
    "' OR '1'='1",
    "%' OR 1=1 --",
    "\\",
    "%",
    "_",
    "a:* & !b | <->",
    "²",
    "٣",
    "-1",
    "1" * 40,
    "1e999",
    "9" * 5000,
    "花" * 3000,
    "\u202e\u200b\ufeff\u2066",
    "\ud7ff\ue000\U0010ffff",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "http://evil.example/",
    "//evil.example",
    "a\r\nSet-Cookie: x=1",
    "2026-13-45_018f0000-0000-7000-8000-000000000000",
    "9999-12-31_018f0000-0000-7000-8000-000000000000",
    "0001-01-01T00:00:00+00:00_018f0000-0000-7000-8000-000000000000",
    "018f0000-0000-7000-8000-00000000000g",
]
QUERY = [
    "q",
    "tab",
    "procedure",
    "after",
    "before",
    "address",
    "code",
    "next",
    "lang",
    "rows",
    "as",
    "category",
    "since",
    "until",
    "act",
    "department",
    "what",
    "subject",
    "account",
    "from",
    "page",
    "state",
]
FIELDS = [
    "version",
    "note",
    "message",
    "reason",
    "outcome",
    "comment",
    "step",
    "do",
    "to",
    "questions",
    "answer_by_year",
    "answer_by_month",
    "answer_by_day",
    "check-resident",
    "note-resident",
    "email",
    "code",
    "number",
    "password",
    "name",
    "town",
    "block",
    "birth_date_year",
    "birth_date_month",
    "birth_date_day",
    "queue",
    "id",
    "q",
    "next",
    "carried",
    "remove",
    "phone",
    "claimant",
    "children",
    "living",
    "older",
    "older_count",
    "spouse",
    "pension",
    "bank_bank_code",
    "bank_bank_name",
    "bank_branch_code",
    "bank_account",
    "bank_number",
    "bank_holder",
    "bank_document",
    "agreement",
    "csrfmiddlewaretoken",
    "label",
    "credential",
]


class Injected(HTMLParser):
    """Elements and attributes that only an injection would put there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        ours = "/office/manuscripts/" if tag == "iframe" else "/static/"
        if tag in ("script", "iframe", "object", "embed", "base") and not (given.get("src") or "").startswith(ours):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.found += [
            f"{tag} {name}={value}"
            for name, value in given.items()
            if re.match(r"\s*(javascript|data|vbscript):", value or "", re.I)
        ]


def safe(answer, what: str) -> None:
    """No error of ours, nothing injected, no way out of the site, no header of theirs."""
    assert answer.status_code < 500, what
    assert "x=1" not in str(answer.cookies), what
    if location := answer.headers.get("Location"):
        assert re.match(r"/(?![/\\])", location), (what, location)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert Injected(answer.content.decode()).found == [], what


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if "GET" in methods(r) and r.name not in ONLY_IN_DEMONSTRATIONS], ids=lambda r: r.name
)
def test_whatever_stands_in_the_address_is_only_text(route, scene):
    browser, url = scene.client(visitor(route, scene)), address(route, scene)
    for value in HOSTILE:
        safe(browser.get(url, dict.fromkeys(QUERY, value)), f"{url} {value[:40]!r}")
    for name in QUERY:
        safe(browser.get(f"{url}?{name}=%ff%fe%00&{name}[]=1&{name}=%ed%a0%80"), f"{url} {name} in no encoding")
        safe(browser.get(url, {name: SCRIPT}), f"{url} {name}")


@pytest.mark.parametrize("name", ["tell:mailbox", "tell:letterbox", "web:kit"])
def test_a_demonstrations_own_pages_too(name, scene, settings):
    settings.DEMO = True
    [route] = [route for route in ROUTES if route.name == name]
    for value in HOSTILE:
        safe(Client().get(address(route, scene), dict.fromkeys(QUERY, value)), f"{name} {value[:40]!r}")


@pytest.mark.parametrize(
    "route",
    [
        r
        for r in ROUTES
        if "POST" in methods(r) and r.name not in ONLY_IN_DEMONSTRATIONS and r.name != "accounts:sign_out"
    ],
    ids=lambda r: r.name,
)
def test_whatever_is_posted_is_only_text(route, scene):
    browser, url = scene.client(visitor(route, scene)), address(route, scene)
    for value in HOSTILE:
        safe(browser.post(url, dict.fromkeys(FIELDS, value)), f"{url} {value[:40]!r}")
    file = {
        name: SimpleUploadedFile("x\r\nSet-Cookie: x=1.jpg", b"\xff\xd8\xff")
        for name in [*FIELDS[:5], "bank_document", "file"]
    }
    safe(browser.post(url, file), f"{url} files for texts")
    for body, kind in [
        (b'{"version": 1, "is_staff": true}', "application/json"),
        (b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n', "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
        (b"note=%ff%fe%00", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"&".join(b"a%d=1" % n for n in range(700)), "application/x-www-form-urlencoded"),
        (b"note=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    ]:
        safe(browser.post(url, body, content_type=kind), f"{url} {kind} {body[:20]!r}")


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if {"slug", "path", "int"} & set(dict(r.parameters).values())], ids=lambda r: r.name
)
def test_whatever_stands_in_the_path_is_only_text(route, scene):
    browser = scene.client(visitor(route, scene) if route.name not in ONLY_IN_DEMONSTRATIONS else "owner")
    for value in [*HOSTILE, "x" * 300, "9" * 30]:
        url = re.sub(r"<(slug|path|int):\w+>", lambda _match, value=value: quote(value, safe="/"), f"/{route.pattern}")
        url = re.sub(r"<uuid:\w+>", "018f0000-0000-7000-8000-000000000000", url)
        safe(browser.get(url), url[:120])
        safe(browser.post(url), url[:120])


@pytest.mark.parametrize("role", ["owner", "clerk", "reviewer", "ICT office"])
def test_what_was_kept_is_only_text_wherever_it_is_shown(role, scene):
    """Names, notes, messages and file names that are markup, kept in the database and shown everywhere."""
    plant(scene)
    for told in crawl(
        scene.client(role),
        ["/my", "/my/facts", "/office/", "/office/?tab=ended", "/office/approvals", "/office/audit"],
        lambda url: url,
        most=150,
    ):
        assert told.status < 500, told
        if told.kind == "text/html":
            assert Injected(told.text).found == [], told


def plant(scene: Scene) -> None:
    """Markup in everything that people write."""
    Party.objects.filter(kind="person").update(name=SCRIPT[:90], kana=SCRIPT[:90], former_name=SCRIPT[:60])
    case = scene.case("held")
    type(case).objects.update(applicant_name=SCRIPT[:90], applicant_kana=SCRIPT[:90])
    browser = scene.client("clerk")
    held = f"/office/cases/{case.id}"
    assert browser.post(f"{held}/note", {"note": SCRIPT}).status_code == 302
    assert (
        browser.post(
            f"{held}/correct", {"version": scene.case("held").version, "questions": ["phone"], "message": SCRIPT}
        ).status_code
        == 302
    )
    approval = scene.case("drafted").approvals.get()
    step = approval.steps.get(ready=True).id
    assert (
        scene.client("reviewer")
        .post(f"/office/approvals/{approval.id}/act", {"step": step, "do": "send_back", "comment": SCRIPT})
        .status_code
        == 302
    )
    for draft in Draft.objects.all():
        draft.given = {**draft.given, "name": {"value": SCRIPT, "source": SCRIPT, "as_of": "2026-11-01"}}
        draft.save()


def test_a_file_is_called_what_it_is_and_nothing_else(scene):
    """Markup, folders, direction and line characters in its name; and it comes back as a download under no script's hand."""
    by = scene.actor("owner")
    draft = Draft.objects.get(account=scene.accounts["owner"], procedure="child_allowance/claim", submitted_at=None)
    for name in (
        f"{SCRIPT}.jpg",
        "../../etc/passwd",
        "photo\u202egpj.exe",
        "a\r\nX-Evil: 1.jpg",
        "\0.jpg",
        "ＣＯＮ．jpg",
        "x" * 500,
    ):
        upload = applying.picture("x")
        upload._name = name
        kept = actions.attach(draft, "bank_document", upload, by=by, now=scene.now)["name"]
        assert not re.search(r"[<>\"/\\\r\n\0\u202e]", kept)
        assert kept.endswith(".jpg")
        assert len(kept) <= 100


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        " =1",
        "\u200b=1",
        "\ufeff=1",
        "\u202e=1",
        "\xa0=1",
        "　=1",
    ],
)
def test_no_cell_of_an_export_runs_as_a_formula(text):
    assert cell(text).startswith("'")


def test_cells_that_are_no_formulas_stay_as_they_are():
    assert [cell(each) for each in ("鏑木　花子", "", " a", 5, -5, None, date(2026, 4, 1))] == [
        "鏑木　花子",
        "",
        " a",
        "5",
        "-5",
        "",
        "2026-04-01",
    ]


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/%0d%0aX: y",
        " //evil.example",
        "http:///evil.example",
        "/..//evil.example",
    ],
)
def test_signing_in_leads_to_pages_of_this_site_only(to, scene):
    for role, path in (("owner", "/sign-in"), ("clerk", "/office/sign-in")):
        safe(scene.client(role).get(path, {"next": to}), to)
        page = scene.client("public").get(path, {"next": to}).content.decode()
        kept = re.search(r'name="next" value="([^"]*)"', page)
        assert not kept or re.fullmatch(r"|/(?![/\\\s]).*", kept[1]), page


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/?lang=en",
        "/\\evil.example?lang=en",
        "/%5Cevil.example?lang=en",
        "/%09/evil.example?lang=en",
        "///evil.example?lang=en",
    ],
)
def test_choosing_a_language_stays_on_this_site(path, scene):
    safe(Client().generic("GET", path), path)
