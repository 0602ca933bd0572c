"""Every route × every role × somebody's record: who may gets it; for everybody else it does not exist, changes nothing and is in the log.

A route whose address holds an id must be in `RECORDS`; all else follows from what its `@page` declares. A new route fails here first.
"""

import base64
from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.guards.routes import Route, routes
from tests.guards.scene import CLAIM, ROLES, SECTION, Scene, fingerprints, signature_of, to_sign, undone

from kusei.base.api.models import AppToken
from kusei.base.ask.models import Draft
from kusei.base.audit.models import AuditEntry
from kusei.base.book.models import Slot
from kusei.base.builder.models import Manuscript
from kusei.base.draw.models import Draw
from kusei.base.emergency.models import EmergencyAccess
from kusei.base.papers.models import Paper
from kusei.base.printing.models import Run
from kusei.base.record.models import Import
from kusei.base.staff.models import Absence, Role
from kusei.base.tell.models import Message
from kusei.counter.food_business.models import Site
from kusei.office.lost_property.models import FoundItem

# The API answers otherwise (401, problem details): base/api/tests has its own table.
ROUTES = [route for route in routes() if not hasattr(route.view, "api")]
NAMES = {route.name: route for route in ROUTES}
OWNER = "鏑木　花子"
ITS_SECTION = {"clerk", "colleague", "reviewer", "section chief", "department chief"}
"""Who is concerned with the owner's cases, besides the owner."""


def at(stage: str) -> Callable[[Scene], dict]:
    return lambda scene: {"id": scene.applications[stage].id}


def case_at(stage: str) -> Callable[[Scene], dict]:
    return lambda scene: {"case_id": scene.applications[stage].id}


def approval(scene: Scene) -> dict:
    return {"approval_id": scene.case("drafted").approvals.get().id}


def run_of(which: str) -> Callable[[Scene], dict]:
    return lambda scene: {"approval_id": scene.runs[which].id}


def document(scene: Scene) -> dict:
    return {"document_id": scene.documents["written"].id}


def draft(scene: Scene) -> dict:
    return {"id": Draft.objects.get(account=scene.accounts["owner"], submitted_at=None, procedure=CLAIM).id}


def signature(scene: Scene, *, correcting: bool = False) -> dict:
    """A good signature over what wants one, as the demonstration's card sends it."""
    made = signature_of(scene, "owner")(to_sign(scene, correcting=correcting).text_to_sign())
    return {"signature_text": base64.b64encode(made).decode()}


def emergency(scene: Scene) -> dict:
    return {"access_id": EmergencyAccess.objects.get().id}


def paper(scene: Scene) -> dict:
    return {"paper": Paper.objects.get().id}


def manuscript(scene: Scene) -> dict:
    return {"id": Manuscript.objects.get().id}


def draw(state: str) -> Callable[[Scene], dict]:
    return lambda scene: {"draw": Draw.objects.get(state=state).id}


# Whose record the address names: route → the part of the address, in the state in which the act can be done.
RECORDS: dict[str, Callable[[Scene], dict]] = {
    "ask:page": lambda scene: draft(scene) | {"key": "phone"},
    "ask:estimate": lambda scene: draft(scene) | {"key": "phone"},
    "ask:check": draft,
    "ask:submit": draft,
    "ask:done": lambda scene: {"id": scene.applications["received"].draft_id},
    "ask:discard": draft,
    **dict.fromkeys(("ask:sign", "ask:sign_text"), lambda scene: {"id": to_sign(scene).draft.id}),
    **dict.fromkeys(("ask:correct_sign", "ask:correct_sign_text"), at("signed")),
    "ask:application": at("received"),
    "ask:withdraw": at("received"),
    "ask:correct_start": at("correcting"),
    "ask:correct_check": at("correcting"),
    "ask:correct_send": at("correcting"),
    "ask:correct": lambda scene: at("correcting")(scene) | {"key": "phone"},
    "api:revoke": lambda scene: {"id": AppToken.objects.get().id},
    "ask:attachment": lambda scene: {"id": scene.applications["held"].draft.attachments.get().id},
    "tell:message": lambda scene: {"message_id": Message.objects.filter(account=scene.accounts["owner"]).first().id},
    "papers:paper": paper,
    "papers:signature": paper,
    **dict.fromkeys(("printing:run", "printing:pdf", "printing:printed"), lambda scene: {"run": Run.objects.get().id}),
    **dict.fromkeys(("draw:draw", "draw:publish"), draw("drawn")),
    **dict.fromkeys(("draw:enter", "draw:commit"), draw("open")),
    "draw:hold": draw("committed"),
    **dict.fromkeys(("draw:one", "draw:json"), draw("committed")),
    "papers:office_paper": paper,
    "papers:record": paper,
    "papers:version": lambda scene: paper(scene) | {"version": 1},
    "papers:reissue": paper,
    "papers:correct": paper,
    "papers:revoke": paper,
    "parties:person": lambda scene: {"person_id": scene.people["owner"].id},
    "parties:act": lambda scene: {"person_id": scene.people["owner"].id, "name": "move_out"},
    "record:import": lambda scene: {"run_id": Import.objects.get().id},
    "decide:case": case_at("checked"),
    "decide:file": lambda scene: case_at("held")(scene) | {"file_id": UUID(scene.case("held").files[0]["file_id"])},
    "decide:take": case_at("received"),
    "decide:release": case_at("held"),
    "decide:assign": case_at("held"),
    "decide:check": case_at("held"),
    "decide:note": case_at("decided"),
    "decide:correct": case_at("checked"),
    "decide:resume": case_at("correcting"),
    "decide:draft": case_at("checked"),
    "decide:approval": approval,
    "decide:act": approval,
    "decide:withdraw_draft": approval,
    "staff:role": lambda scene: {"role_id": Role.objects.get(staff__account=scene.accounts["clerk"]).id},
    "emergency:subject": emergency,
    "emergency:end": emergency,
    "emergency:use": emergency,
    "decide:take_back": run_of("reviewed"),
    "decide:seen": run_of("deputised"),
    "decide:end_absence": lambda scene: {"absence_id": Absence.objects.get().id},
    "decide:document": document,
    "decide:document_edit": document,
    "decide:document_act": document,
    "decide:document_file": lambda scene: document(scene) | {"file_id": scene.documents["written"].files.get().id},
    "book:choose": lambda scene: {"id": Site.objects.get().case_id, "about": Site.objects.get().id},
    **dict.fromkeys(
        tuple(
            f"builder:{name}"
            for name in ("manuscript", "act", "checks", "differences", "preview", "frame", "yaml", "publish")
        ),
        manuscript,
    ),
    "builder:part": lambda scene: manuscript(scene) | {"at": "questions/phone"},
    "builder:condition": lambda scene: manuscript(scene) | {"place": 1},
    "record:row": lambda scene: {"name": "found-items", "id": FoundItem.objects.get().id},
}
# What is sent, such that it succeeds for whoever may.
FORMS: dict[str, Callable[[Scene], dict]] = {
    "ask:page": lambda scene: {"phone": "03-9999-8888"},
    "ask:correct": lambda scene: {"phone": "03-9999-8888"},
    "ask:sign": signature,
    "ask:correct_sign": partial(signature, correcting=True),
    "decide:take": lambda scene: {"version": scene.case("received").version},
    "decide:release": lambda scene: {"version": scene.case("held").version},
    "decide:assign": lambda scene: {"version": scene.case("held").version, "to": scene.accounts["colleague"].staff.id},
    "decide:check": lambda scene: {"version": scene.case("held").version, "check-resident": "ok"},
    "decide:note": lambda scene: {"note": "電話で確認した。"},
    "decide:correct": lambda scene: {
        "version": scene.case("checked").version,
        "questions": ["phone"],
        "message": "お願いします。",
    },
    "decide:resume": lambda scene: {"version": scene.case("correcting").version},
    "decide:draft": lambda scene: {
        "version": scene.case("checked").version,
        "outcome": "refused",
        "reason": "要件を満たしません。",
    },
    "decide:take_back": lambda scene: {"step": scene.runs["reviewed"].steps.exclude(result="").get().id},
    "decide:seen": lambda scene: {"step": scene.runs["deputised"].steps.get(mode="deputy").id},
    "decide:document_act": lambda scene: {"version": version_of(scene), "do": "send"},
    "decide:document_edit": lambda scene: {
        "version": version_of(scene),
        "kind": "notice",
        "title": "直した件名",
        "body": "本文",
        "gravity": "minor",
        "doc_class": "A1",
        "retention": "3",
    },
    "draw:enter": lambda scene: {"entries": "P-9,1"},
    "draw:commit": lambda scene: {
        "source": "あとから発表される作った値",
        "known_from_year": "2099",
        "known_from_month": "1",
        "known_from_day": "5",
        "known_at": "15:00",
    },
    "draw:hold": lambda scene: {"value": "38,915.87"},
    "papers:reissue": lambda scene: {"reissue-reason": "紛失"},
    "papers:correct": lambda scene: {"reason": "誤記", "addressee/name": "鏑木　華子"},
    "papers:revoke": lambda scene: {"revoke-kind": "lapsed", "revoke-reason": "転出"},
    "builder:act": lambda scene: {"version": 1, "do": "page"},
    "builder:part": lambda scene: {"version": 1, "kind": "phone", "label.ja": "電話", "required": "on"},
    "builder:condition": lambda scene: {"version": 1},
    "builder:publish": lambda scene: {"version": 1, "do": "drop"},
    "decide:act": lambda scene: {"step": scene.case("drafted").approvals.get().steps.get(ready=True).id, "do": "agree"},
    "staff:role": lambda scene: {"do": "renew"},
    "book:choose": lambda scene: {"do": "hold", "slot": Slot.objects.first().id},
}


def version_of(scene: Scene) -> int:
    return type(scene.documents["written"]).objects.get(id=scene.documents["written"].id).version


# Who may, where that is fewer than hold the permission of the page for the owner's section.
ONLY: dict[str, set[str]] = {
    "record:import": {"registrar"},
    "parties:person": {
        "clerk",
        "colleague",
        "clerk elsewhere",
        "registrar",
    },  # any counter of the ward may look up any resident
    "parties:act": {"registrar"},
    "staff:role": {"section chief", "department chief", "ICT office"},
    "emergency:subject": {"clerk elsewhere"},
    "emergency:end": {"clerk elsewhere"},
    "emergency:use": {"chief elsewhere", "ICT office"},
    "decide:take": {"clerk", "colleague", "reviewer"},
    "decide:release": {"clerk", "reviewer", "section chief"},
    "decide:assign": {"clerk", "reviewer", "section chief"},
    "decide:check": {"clerk", "colleague", "reviewer"},
    "decide:resume": {"clerk", "colleague", "reviewer"},
    "decide:act": {"reviewer", "section chief"},
    "decide:withdraw_draft": {"clerk"},
    "decide:take_back": {"reviewer"},
    "decide:seen": {"section chief"},
    "decide:end_absence": {"section chief"},
    "decide:document_edit": {"clerk"},
    "decide:document_act": {"clerk"},
}
# Who reads the owner's name besides: the spouse in the household, and whoever looks her up.
NEVERTHELESS = {
    ("spouse", "accounts:facts"),
    ("clerk elsewhere", "parties:person"),
    ("registrar", "parties:person"),
    ("registrar", "parties:act"),
    ("registrar", "record:import"),
    ("registrar", "record:feed"),
}
# Of those who may, who can now: theirs must change something, or the refusals above would prove nothing.
SUCCEEDS = {
    **dict.fromkeys(("builder:act", "builder:part", "builder:condition", "builder:publish"), "author"),
    "decide:take_back": "reviewer",
    "decide:seen": "section chief",
    "decide:end_absence": "section chief",
    "decide:act": "reviewer",
    "decide:assign": "clerk",
    "papers:revoke": "section chief",
    "staff:role": "section chief",
    "emergency:end": "clerk elsewhere",
}
ONLY_IN_DEMONSTRATIONS = {"tell:mailbox", "tell:mailbox_item", "tell:letterbox", "tell:letter", "web:kit", "demo:card"}
NAMES_A_REGISTER = {"record:enter"}
"""In `RECORDS` though no id stands in the address: the name of a register does, of which each has its own."""
NAMED = {
    "slug": {
        "record": "child-allowance",
        "life_events": "moved-in",
        "publish": "child-allowance-claims",
        "map": "child-allowance-offices",
        "record:enter": "found-items",
        "record:upload": "residents",
        "record:feed": "residents",
    },
    "path": "child_allowance/claim",
}
"""Names in addresses: they lead to a kind of thing, not to somebody's."""


def name_in(route: Route) -> str:
    return NAMED["slug"].get(route.name) or NAMED["slug"][route.name.partition(":")[0]]


def key_of(route: Route, scene: Scene) -> dict:
    if route.name in RECORDS:
        return RECORDS[route.name](scene)
    return {
        key: NAMED["path"] if kind == "path" else name_in(route) if kind == "slug" else 1
        for key, kind in route.parameters
    }


def address(route: Route, scene: Scene) -> str:
    filled = route.pattern
    for (key, kind), value in zip(route.parameters, map(key_of(route, scene).get, dict(route.parameters)), strict=True):
        filled = filled.replace(f"<{kind}:{key}>", str(value))
    return f"/{filled}"


def may_see(route: Route, role: str, scene: Scene) -> bool:
    """Whether the page is there for the role, by the table above and by what `@page` declares."""
    who, may = route.page["who"], route.page["may"]
    if who == "public":
        return True
    if role == "public":
        return False
    if route.name in ONLY:
        return role in ONLY[route.name]
    actor = scene.actor(role)
    if who == "resident":
        return actor.kind == "resident" and (role == "owner" or route.name not in RECORDS)
    return actor.may(may, SECTION) if route.name in RECORDS else actor.may(may)


def visitor(route: Route, scene: Scene) -> str:
    """Somebody for whom the page is there."""
    wanted = {
        "public": ["owner"],
        "resident": ["owner"],
        "staff": ["clerk", "reviewer", "clerk elsewhere", "section chief", "registrar", "ICT office", "author"],
    }[route.page["who"]]
    return next(role for role in wanted if may_see(route, role, scene))


def methods(route: Route) -> list[str]:
    return sorted((route.methods or {"GET", "POST"}) - {"HEAD"})


def test_every_route_with_an_id_is_in_the_table_and_no_other():
    with_ids = {route.name for route in ROUTES if {"uuid", "int"} & set(dict(route.parameters).values())}
    assert with_ids - ONLY_IN_DEMONSTRATIONS == set(RECORDS) - NAMES_A_REGISTER
    assert set(FORMS) | set(ONLY) <= set(RECORDS)


def newest() -> int:
    return AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def visit(browser: Client, method: str, url: str, form: dict) -> tuple[HttpResponse, str]:
    """The answer, and in words what was done and what came of it."""
    answer = browser.get(url) if method == "GET" else browser.post(url, form)
    return answer, f"{method} {url}: {answer.status_code}"


def text_of(answer: HttpResponse) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8", "replace")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_it_is_there_for_those_who_may_and_for_nobody_else(route, scene):
    url, form = address(route, scene), FORMS.get(route.name, lambda scene: {})(scene)
    browsers = {role: scene.client(role) for role in ROLES}
    before = fingerprints()
    for role, browser in browsers.items():
        with undone():
            if may_see(route, role, scene):
                welcome(route, role, browser, url, form)
            else:
                turned_away(route, role, browser, url, form, scene)
                assert fingerprints() == before, f"{role} changed something"


def welcome(route: Route, role: str, browser: Client, url: str, form: dict) -> None:
    """The page answers, and names the owner to nobody who isn't concerned with her."""
    for method in methods(route):
        with undone():
            answer, what = visit(browser, method, url, form)
            if route.name in ONLY_IN_DEMONSTRATIONS:
                assert answer.status_code == 404, (role, what)
                continue
            assert answer.status_code in (200, 302, 400, 409), (role, what)
            if role not in ITS_SECTION | {"owner"} and (role, route.name) not in NEVERTHELESS:
                assert OWNER not in text_of(answer), (role, what)


def turned_away(route: Route, role: str, browser: Client, url: str, form: dict, scene: Scene) -> None:
    """The page answers as if it weren't there, and the log has one row that says who wanted what."""
    for method in methods(route):
        last = newest()
        answer, what = visit(browser, method, url, form)
        refused = list(AuditEntry.objects.filter(seq__gt=last, act="refuse"))
        assert role == "owner" or OWNER not in text_of(answer), (role, what)
        if role == "public":
            assert (answer.status_code, refused) == (302 if method == "GET" else 401, []), (role, what)
            continue
        if method == "GET" and route.page["otherwise"] and scene.actor(role).kind == "staff":
            assert (answer.status_code, answer["Location"], refused) == (302, reverse(route.page["otherwise"]), []), (
                role
            )
            continue
        assert answer.status_code == 404, (role, what)
        assert [row.account_id for row in refused] == [str(scene.accounts[role].id)], (role, what)
        if route.name in RECORDS and not refused[0].what.startswith("page."):
            assert refused[0].object_id in {str(value) for value in key_of(route, scene).values()}, (role, what)


SHOWS = {"ask:estimate"}
"""Posted to, but only to be answered: nothing is kept."""
POSTED = [
    route
    for route in ROUTES
    if route.name in RECORDS and route.name not in SHOWS and (route.methods == {"POST"} or route.name in FORMS)
]


@pytest.mark.parametrize("route", POSTED, ids=lambda route: route.name)
def test_what_is_refused_to_others_succeeds_for_the_one_who_may(route, scene):
    role = SUCCEEDS.get(route.name, "owner" if route.page["who"] == "resident" else "clerk")
    if route.name == "ask:submit":
        complete_draft(scene)
    browser, before = scene.client(role), fingerprints()
    answer = browser.post(address(route, scene), FORMS.get(route.name, lambda scene: {})(scene))
    assert answer.status_code == 302, answer.content.decode()
    assert fingerprints() != before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.name in SHOWS], ids=lambda route: route.name)
def test_what_is_only_shown_changes_nothing(route, scene):
    browser, before = scene.client("owner"), fingerprints()
    assert browser.post(address(route, scene), {"phone": "03-9999-9999"}).status_code == 200
    assert fingerprints() == before


def complete_draft(scene: Scene) -> None:
    """Everything answered but not sent."""
    done = scene.applications["received"].draft
    Draft.objects.filter(**draft(scene)).update(answers=done.answers)


def test_an_account_that_is_closed_is_signed_out_at_once(scene):
    browser = scene.client("clerk")
    url = f"/office/cases/{scene.applications['held'].id}"
    assert browser.get(url).status_code == 200
    account = scene.accounts["clerk"]
    type(account).objects.filter(id=account.id).update(closed_at=scene.now)
    assert browser.get(url).status_code == 302


def test_a_case_that_moves_to_another_department_is_gone_for_the_first(scene):
    type(scene.case("held")).objects.filter(id=scene.case("held").id).update(department_id="kumin/zeimu")
    url = f"/office/cases/{scene.applications['held'].id}"
    assert scene.client("clerk").get(url).status_code == 404
    assert scene.client("clerk elsewhere").get(url).status_code == 200


def test_somebody_elses_record_below_ones_own_address_is_not_there(scene):
    """A file of another case below a case that one may see; a step of another approval in one's own form."""
    other = scene.case("decided").files[0]["file_id"]
    assert scene.client("clerk").get(f"/office/cases/{scene.applications['held'].id}/files/{other}").status_code == 404
    approval = scene.case("drafted").approvals.get()
    step = scene.case("decided").approvals.get().steps.order_by("order").first()
    browser, before = scene.client("reviewer"), fingerprints()
    assert browser.post(f"/office/approvals/{approval.id}/act", {"step": step.id, "do": "agree"}).status_code == 404
    assert fingerprints() == before
