"""Programs fill in and submit what the pages do, with the same rules; and no more than they may."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from kusei.base.accounts import throttle
from kusei.base.accounts.queries import actor_for
from kusei.base.api import actions, schemas
from kusei.base.api.models import Answered, AppToken
from kusei.base.api.tests.conftest import MINE, Program
from kusei.base.ask import catalogue
from kusei.base.ask.models import Application, Draft
from kusei.base.audit.models import AuditEntry
from kusei.base.decide.models import Case
from kusei.base.demo.applying import picture
from kusei.base.kernel import clock
from kusei.base.kernel.errors import Invalid, Refused

pytestmark = pytest.mark.django_db
LOST = "/api/procedures/lost_property/claim"


def test_the_description_is_openapi_3_1_of_every_procedure_in_force(program):
    said = program("GET", "/api/openapi.json").json()
    validate(said)
    assert said["openapi"].startswith("3.1")
    assert {f"{LOST}/drafts", "/api/procedures/child_allowance/claim/drafts"} < set(said["paths"])


@pytest.mark.parametrize(("language", "title"), [("ja", "忘れ物の返還の申出"), ("en", "Claim lost property")])
def test_procedures_speak_the_language_asked_for(language, title, opened):
    shown = Program(language=language)("GET", LOST).json()
    assert shown["title"] == title
    Draft202012Validator.check_schema(shown["schema"])
    assert title in [
        each["title"] for each in Program(language=language)("GET", "/api/procedures").json()["procedures"]
    ]


@pytest.mark.parametrize(
    ("change", "holds"),
    [({}, True), ({"item_kind": "car"}, False), ({"name": None}, False), ({"phone": ""}, False), ({"other": 1}, False)],
)
def test_the_schema_of_a_procedure_is_that_of_its_answers(change, holds):
    answers = {key: value for key, value in {**MINE, **change}.items() if value is not None}
    assert Draft202012Validator(schemas.whole(catalogue.written("lost_property/claim"))).is_valid(answers) is holds


def test_the_schema_knows_conditions_and_stops():
    schema = Draft202012Validator(schemas.whole(catalogue.written("child_allowance/claim")))

    def faults(**answers):
        return " ".join(fault.message for fault in schema.iter_errors(answers))

    assert "'older_count' is a required property" in faults(older="yes")
    assert "'older_count' is a required property" not in faults(older="no")
    assert "should not be valid" in faults(pension="public_servant")


def test_a_program_applies_and_the_office_has_the_case(program):
    begun = program("POST", f"{LOST}/drafts", {"answers": {"item_kind": "umbrella"}})
    assert begun.status_code == 201
    draft = begun.json()
    assert draft["answers"] == {"item_kind": "umbrella"}
    assert "name" in draft["lacking"]
    assert program("POST", f"{LOST}/drafts", {}).status_code == 200  # the draft there is
    assert program("POST", f"{draft['url']}/submission").status_code == 422
    whole = program("PATCH", draft["url"], {"answers": MINE})
    assert (whole.status_code, whole.json()["lacking"]) == (200, [])
    sent = program("POST", f"{draft['url']}/submission")
    assert sent.status_code == 201
    assert Case.objects.get().number == sent.json()["receipt_number"]
    assert Case.objects.get().applicant_name == "荒川　桃"
    again = program("POST", f"{draft['url']}/submission")
    assert (again.status_code, again.json()["id"]) == (200, sent.json()["id"])
    assert program("GET", "/api/applications").json()["applications"][0]["state"] == "received"
    shown = program("GET", sent.json()["url"]).json()
    assert shown["answers"]["description"] == "紺色の長傘"
    assert program("PATCH", draft["url"], {"answers": MINE}).status_code == 409
    assert program("DELETE", draft["url"]).status_code == 409


def test_files_are_checked_and_counted_as_on_the_page(program):
    draft = program("POST", f"{LOST}/drafts", {"answers": {**MINE, "item_kind": "bag"}}).json()
    there = f"{draft['url']}/files/photo"
    sent = program.browser.post(there, {"file": picture("photo")})
    assert sent.status_code == 201
    assert sent.json()["answers"]["photo"][0]["name"] == "photo.jpg"
    assert program.browser.post(there, {"file": picture("photo")}).status_code == 422
    assert program.browser.post(f"{draft['url']}/files/name", {"file": picture("photo")}).status_code == 404
    assert program("POST", there, {"file": "x"}).status_code == 415
    assert program("POST", f"{draft['url']}/submission").status_code == 201
    assert len(Case.objects.get().files) == 1


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"item_kind": "car"}, "/answers/item_kind"),
        ({"lost_on": "2026-02-30"}, "/answers/lost_on"),
        ({"lost_on": "2999-01-01"}, "/answers/lost_on"),
        ({"phone": "12"}, "/answers/phone"),
        ({"name": "\u0000"}, "/answers/name"),
        ({"name": "x" * 101}, "/answers/name"),
        ({"photo": []}, "/answers"),
        ({"item_kind": ["bag"]}, "/answers/item_kind"),
    ],
)
def test_what_does_not_hold_is_told_at_its_place(answers, pointer, program):
    draft = program("POST", f"{LOST}/drafts", {}).json()
    told = program("PATCH", draft["url"], {"answers": answers})
    assert (told.status_code, told["Content-Type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in told.json()["errors"]] == [pointer]
    assert Draft.objects.get().answers == {}


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"{", 400), (b"\xff", 400), (b"[" * 100_000, 400), (b'{"answers": NaN}', 400), (b"[]", 422), (b'{"more": 1}', 422), (b"x" * 3_000_000, 413)],
)  # fmt: skip
def test_nonsense_is_a_problem_and_no_fault(sent, status, program):
    told = program("POST", f"{LOST}/drafts", sent)
    assert (told.status_code, told.json()["status"]) == (status, status)


def test_the_bank_account_is_told_of_as_one_answer(program):
    from kusei.base.ask import engine
    from kusei.base.ask.kinds import Setting

    procedure = catalogue.written("child_allowance/claim")
    account = {
        "bank_code": "1",
        "bank_name": "見本",
        "branch_code": "001",
        "branch_name": "本店",
        "account": "ordinary",
        "number": "1",
        "holder": "ア",
    }
    with pytest.raises(Invalid) as wrong:
        engine.read_json(procedure, {"bank": account}, Setting())
    assert list(wrong.value.problems) == ["bank"]


# ---- who -------------------------------------------------------------------------------------------------------------------


def test_without_a_token_or_session_nothing_is_begun(opened):
    nobody = Program()
    for method, path in (("POST", f"{LOST}/drafts"), ("GET", "/api/applications")):
        told = nobody(method, path, {} if method == "POST" else None)
        assert told.status_code == 401
        assert told["WWW-Authenticate"].startswith("Bearer")


def test_a_token_opens_what_it_was_given_for_and_until_when(token, opened, momo, monkeypatch):
    reader = Program(token("read"))
    assert reader("GET", "/api/applications").status_code == 200
    assert reader("POST", f"{LOST}/drafts", {}).status_code == 403
    assert Program("kusei_" + "x" * 43)("GET", "/api/applications").status_code == 401
    short = token("read", days=1)
    now = clock.now()
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: now + timedelta(days=2))
    assert Program(short)("GET", "/api/applications").status_code == 401


def test_a_token_taken_back_opens_nothing_any_more(token, opened, momo):
    program, now = Program(token("read")), clock.now()
    kept = AppToken.objects.get()
    with pytest.raises(Refused):
        actions.revoke(
            kept, by=actor_for(type(momo).objects.create(kind="resident", login="b", created_at=now), now), now=now
        )
    actions.revoke(kept, by=actor_for(momo, now), now=now)
    assert program("GET", "/api/applications").status_code == 401
    assert {"api.give", "api.revoke"} <= set(AuditEntry.objects.values_list("what", flat=True))


def test_somebody_elses_draft_is_not_there_and_that_is_in_the_log(program, token):
    from kusei.base.accounts.models import Account

    other = Account.objects.create(kind="resident", login="b@example.jp", created_at=clock.now())
    draft = Program(token(account=other))("POST", f"{LOST}/drafts", {}).json()
    for method, path, body in (
        ("GET", draft["url"], None),
        ("PATCH", draft["url"], {"answers": {}}),
        ("DELETE", draft["url"], None),
        ("POST", f"{draft['url']}/submission", None),
    ):
        assert program(method, path, body).status_code == 404
    assert AuditEntry.objects.filter(act="refuse", what="ask.draft").count() == 4
    assert Draft.objects.filter(account=other).exists()


def test_a_procedure_for_tied_people_is_not_opened_for_others(program):
    told = program("POST", "/api/procedures/child_allowance/claim/drafts", {})
    assert told.status_code == 409
    assert "detail" in told.json()


def test_a_session_needs_the_token_of_its_pages(momo, opened):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(momo)
    assert browser.get("/api/applications").status_code == 200
    refused = browser.post(f"{LOST}/drafts", {}, content_type="application/json")
    assert (refused.status_code, Draft.objects.count()) == (403, 0)
    browser.get("/account/programs")
    sent = browser.post(
        f"{LOST}/drafts",
        {},
        content_type="application/json",
        headers={"X-CSRFToken": browser.cookies["csrftoken"].value},
    )
    assert sent.status_code == 201


def test_staff_have_no_drafts(clerk, opened):
    browser = Client()
    browser.force_login(clerk.account)
    assert browser.get("/api/applications").status_code == 401


def test_too_many_calls_are_told_when_to_come_again(program, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS["api"], "account", (throttle.Limit(2, timedelta(minutes=15)),))
    answers = [program("GET", "/api/applications") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 901


# ---- once ------------------------------------------------------------------------------------------------------------------


def test_a_key_used_again_gives_the_same_answer(program):
    key = {"Idempotency-Key": "a-1"}
    first = program("POST", f"{LOST}/drafts", {"answers": MINE}, **key)
    draft = first.json()
    assert program("POST", f"{draft['url']}/submission").status_code == 201
    again = program("POST", f"{LOST}/drafts", {"answers": MINE}, **key)
    assert (again.status_code, again.json()) == (201, draft)
    assert Draft.objects.count() == 1
    assert program("POST", f"{LOST}/drafts", {}, **key).status_code == 422


def test_a_request_that_failed_may_be_sent_again_under_its_key(program):
    key = {"Idempotency-Key": "a-2"}
    draft = program("POST", f"{LOST}/drafts", {}).json()
    assert program("POST", f"{draft['url']}/submission", **key).status_code == 422
    assert not Answered.objects.exists()
    program("PATCH", draft["url"], {"answers": MINE})
    assert program("POST", f"{draft['url']}/submission", **key).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_the_same_submission_sent_ten_times_at_once_is_one_application(program, token):
    url = program("POST", f"{LOST}/drafts", {"answers": MINE}).json()["url"]
    statuses, start, bearer = [], threading.Barrier(6), token()

    def send():
        start.wait()
        statuses.append(Program(bearer)("POST", f"{url}/submission", **{"Idempotency-Key": "once"}).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Application.objects.count() == Case.objects.count() == 1
    assert set(statuses) <= {200, 201, 409}
    assert statuses.count(201) >= 1
    assert len(statuses) == 6


# ---- the page --------------------------------------------------------------------------------------------------------------


def test_a_token_is_given_shown_once_and_taken_back_on_the_page(momo):
    browser = Client()
    browser.force_login(momo)
    assert browser.post("/account/programs", {"name": "", "days": "x"}).status_code == 400
    shown = browser.post("/account/programs", {"name": "台所の箱", "scopes": ["read"], "days": "30"}).content.decode()
    token = AppToken.objects.get()
    assert "kusei_" in shown
    later = browser.get("/account/programs").content.decode()
    assert "台所の箱" in later
    assert "kusei_" not in later
    browser.post(f"/account/programs/{token.id}/revoke")
    assert "台所の箱" not in browser.get("/account/programs").content.decode()
