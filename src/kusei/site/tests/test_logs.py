"""Logs: lines of JSON that say what happened, and never what was typed."""

import io
import json
import logging

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test import Client
from django.urls import path

from kusei.base.kernel.pages import page
from kusei.site.logs import CONFIGURATION, JsonLines
from kusei.site.urls import urlpatterns as site

CANARY = "墨田区向島9-9-9"


@page(who="public", purpose="試験")
def breaks(request, number):
    """Fails as code fails that holds what somebody typed."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO accounts_account (login) VALUES (%s)", [request.POST.get("address", "")])
    except IntegrityError as error:
        raise ValueError(f"cannot keep {CANARY}") from error


@page(who="public", purpose="試験")
def missing(request, number):
    raise Http404(CANARY)


urlpatterns = [*site, path("breaks/<str:number>", breaks, name="breaks"), path("missing/<str:number>", missing)]


@pytest.fixture
def lines():
    """What the log holds, each line parsed; the root logger is put back as it was."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_failure_is_told_by_route_type_and_place_without_a_word_of_what_was_typed(lines):
    client = Client(raise_request_exception=False, headers={"user-agent": CANARY.encode().decode("latin-1")})
    answer = client.post(f"/breaks/{CANARY}?name={CANARY}", {"address": CANARY})
    assert answer.status_code == 500
    (line,) = lines()
    assert (line["level"], line["route"], line["status"], line["event"]) == (
        "error",
        "breaks",
        500,
        "the request failed",
    )
    assert line["error"]["type"] == "builtins.ValueError"
    assert "test_logs.py" in line["error"]["where"][-1]
    assert line["error"]["cause"]["type"] == "django.db.utils.IntegrityError"
    assert line["error"]["cause"]["cause"]["sqlstate"] == "23502"
    assert CANARY not in json.dumps(line, ensure_ascii=False)
    assert "9-9-9" not in json.dumps(line)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_addresses_that_are_not_there_leave_no_line(lines):
    assert Client().get(f"/missing/{CANARY}?q={CANARY}").status_code == 404
    assert Client(headers={"host": "made-up.example"}).get("/").status_code == 400
    assert lines() == []


@pytest.mark.django_db
def test_a_request_at_fault_itself_is_no_error_of_ours(lines):
    too_many = {f"field{number}": "x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert Client().post("/sign-in", too_many).status_code == 400
    assert [(line["level"], line["status"], line["event"]) for line in lines()] == [
        ("warning", 400, "the request was refused")
    ]


def test_a_foreign_librarys_line_is_its_template_and_ours_is_whole(lines):
    logging.getLogger("PIL.Image").warning("cannot read %s", CANARY)
    logging.getLogger("kusei.worker").warning("%s %s failed, attempt %d", "tasks", 7, 2)
    assert [line["event"] for line in lines()] == ["cannot read %s", "tasks 7 failed, attempt 2"]


def test_an_error_logged_with_its_traceback_keeps_its_message_to_itself(lines):
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        logging.getLogger("kusei.worker").exception("a queue broke down")
    (line,) = lines()
    assert line["error"]["type"] == "builtins.RuntimeError"
    assert CANARY not in json.dumps(line, ensure_ascii=False)


def test_a_line_break_in_a_message_does_not_make_a_second_line(lines):
    logging.getLogger("kusei.worker").warning('one\n{"event": "forged"}')
    assert [line["event"] for line in lines()] == ['one\n{"event": "forged"}']


def test_every_process_logs_in_this_form():
    assert CONFIGURATION["formatters"] == {"lines": {"()": "kusei.site.logs.JsonLines"}}
    assert CONFIGURATION["root"]["handlers"] == ["lines"]
    assert not any(each.get("handlers") for each in CONFIGURATION["loggers"].values())
