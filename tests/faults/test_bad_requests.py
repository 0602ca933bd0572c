"""What no browser of ours sends: an answer that says so, never a failure of ours, never a hang; nothing changed, everybody still there."""

import re
import socket
import uuid
from contextlib import ExitStack

import psutil
import pytest
from tests.faults import wire
from tests.faults.demonstration import Demonstration
from tests.faults.wire import FORM, MULTIPART, fields, parts, photo, request

from kusei.base.files.tests import make

pytestmark = pytest.mark.faults
UNREADABLE = "送られた内容を読み取れませんでした"
EXPIRED = "画面の有効期限が切れました"
MISSING = "ページが見つかりません"
MEGABYTE = 1024 * 1024
FAILED = "申し訳ありません。うまく動きませんでした"
KEPT = (
    "ask_draft",
    "ask_application",
    "ask_attachment",
    "decide_case",
    "tell_message",
    "jobs_task",
)
GROWTH = 120 * MEGABYTE
"""How much a web process may have grown when all tests are over."""


class Site:
    """The running site as one resident with an open draft reaches it."""

    def __init__(self, demonstration: Demonstration) -> None:
        self.town, self.port = demonstration, demonstration.port
        self.session = demonstration.sessions(1)[0]["session"]
        self.draft = self.post("/procedures/child_allowance/claim/start", fields()).location.split("/")[2]
        self.phone, self.file = f"/apply/{self.draft}/phone", f"/apply/{self.draft}/bank-document"
        for _ in range(40):
            self.get("/procedures")  # so that every thread has its connection and its templates
        self.before = {p.pid: p.memory_info().rss for p in demonstration.web_processes()}

    def get(self, path: str | bytes, **headers) -> wire.Answer:
        return wire.send(self.port, request("GET", path, headers, session=self.session))

    def post(self, path: str, body: bytes, headers: dict | None = None, session: str | None = None) -> wire.Answer:
        session = self.session if session is None else session
        return wire.send(self.port, request("POST", path, FORM | (headers or {}), body, session=session))

    def hand_in(self, content: bytes) -> wire.Answer:
        return self.post(self.file, photo(content), MULTIPART)

    def state(self) -> dict:
        """Everything that a bad request might change: how many rows there are, and the draft."""
        counts = {table: self.town.one(f"SELECT count(*) FROM {table}") for table in KEPT}
        counts["uploads"] = self.town.one("SELECT count(*) FROM files_storedfile WHERE uploaded_by_id IS NOT NULL")
        ((answers, updated),) = self.town.rows("SELECT answers, updated_at FROM ask_draft WHERE id = %s", self.draft)
        return counts | {"answers": answers, "updated": updated}


@pytest.fixture(scope="module")
def site(demonstration) -> Site:
    return Site(demonstration)


@pytest.fixture(autouse=True)
def _nothing_changes(site):
    before = site.state()
    yield
    assert site.state() == before


ADDRESSES = {
    "percent": ("/%zz", 404, MISSING),
    "not UTF-8": ("/procedures/%ff%fe", 404, MISSING),
    "surrogate": ("/procedures/%ed%a0%80", 404, MISSING),
    "raw bytes": (b"/\xe6\x97\xa5", 404, MISSING),
    "NUL": ("/procedures/%00", 400, UNREADABLE),
    "NUL in the middle": ("/procedures/a%00b/start", 400, UNREADABLE),
    "NUL in a query": ("/search?q=%00", 400, UNREADABLE),
    "NUL in the mailbox": ("/demo/mailbox?address=%00", 400, UNREADABLE),
    "up": ("/../../etc/passwd", 404, MISSING),
    "up from the files": ("/static/../../../../etc/passwd", 404, ""),
    "up, quoted": ("/static/%2e%2e/%2e%2e/secrets/django", 404, ""),
    "up, slashes quoted": ("/static/..%2f..%2fsecrets/django", 404, ""),
    "up, backslashes": ("/static/..\\..\\secrets\\django", 404, ""),
    "folder": ("/static/", 404, ""),
    "no uuid": ("/apply/1/phone", 404, MISSING),
    "almost a uuid": ("/apply/00000000-0000-0000-0000-00000000000g/phone", 404, MISSING),
    "nobody's uuid": (f"/apply/{uuid.UUID(int=7)}/phone", 404, MISSING),
    "nobody's file": (f"/my/files/{uuid.UUID(int=7)}", 404, MISSING),
    "long": ("/" + "a" * 20_000, 404, MISSING),
    "very long": ("/" + "a" * 2_000_000, 431, ""),
}


@pytest.mark.parametrize(("path", "status", "heading"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses_that_lead_nowhere(site, path, status, heading):
    answer = site.get(path)
    assert (answer.status, answer.heading) == (status, heading)
    assert "root:" not in answer.page


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%ed%a0%80", "category=%01", "q=" + "%E5%8C%BA" * 5000, "&&==&q"])
def test_strange_queries_find_nothing(site, query):
    assert site.get(f"/search?{query}").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "FOO", "CONNECT", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/procedures", "draft"])
def test_methods_that_nothing_has(site, method, path):
    path = site.phone if path == "draft" else path
    answer = wire.send(site.port, request(method, path, FORM, session=site.session))
    assert answer.status in {403, 405}
    assert site.session not in answer.page + answer.head


HEADERS = {
    "foreign host": ({"Host": "evil.example"}, 400),
    "no host": ({"Host": None}, 400),
    "host that is none": ({"Host": "a b/<script>"}, 400),
    "NUL": ({"X-A": b"a\0b"}, 400),
    "too many": ({f"X-{n}": "a" for n in range(500)}, 431),
    "too long": ({"X-A": "a" * 600_000}, 431),
    "bytes for a language": ({"Accept-Language": b"\xff\xfe\x80"}, 200),
    "no language": ({"Accept-Language": "x;q=nan," + "," * 5000}, 200),
    "no type": ({"Accept": "a/b;q=x,,,///"}, 200),
    "no date": ({"If-Modified-Since": "yesterday"}, 200),
    "no range": ({"Range": "bytes=99999999999999999999-"}, 200),
    "forwarded": ({"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "'; --"}, 200),
}


@pytest.mark.parametrize(("headers", "status"), HEADERS.values(), ids=HEADERS)
def test_headers(site, headers, status):
    answer = wire.send(site.port, request("GET", "/", headers))
    assert answer.status == status
    assert "evil.example" not in answer.page + answer.head


@pytest.mark.parametrize("cookie", [
    b"\xff\x80;;;=;==", b"sessionid=", b"sessionid=" + b"a" * 7000, b'sessionid="a\\000b"', b"sessionid=\xe5\x8c\xba",
    b"messages=abc:def; kusei_device=zzz; kusei_language=\\000",
])  # fmt: skip
def test_cookies_that_are_none_of_ours_sign_nobody_in(site, cookie):
    answer = wire.send(site.port, request("GET", "/my", {"Cookie": cookie}))
    assert answer.status in {302, 400}
    assert answer.status == 400 or answer.location.startswith("/sign-in")


@pytest.mark.parametrize("data", [
    b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00" + b"\0" * 50 + b"\r\n\r\n",
    b"\r\n" * 5 + b"NONSENSE\r\n\r\n",
])  # fmt: skip
def test_what_is_no_http(site, data):
    assert wire.send(site.port, data).status in {0, 400}


def test_http_1_0_is_served(site):
    assert wire.send(site.port, request("GET", "/", version="1.0")).status == 200
    assert wire.send(site.port, request("GET", "/", {"Host": None}, version="1.0")).status == 400


FORMS = {
    "ten megabytes": (fields(phone="1" * 10_000_000), {}, 400, UNREADABLE),
    "five thousand fields": (fields(**{f"a{n}": "1" for n in range(5000)}), {}, 400, UNREADABLE),
    "UTF-16": (fields(phone="1"), {"Content-Type": FORM["Content-Type"] + "; charset=utf-16"}, 400, UNREADABLE),
    "not a form": (b'{"phone": 1}', {"Content-Type": "application/json"}, 403, EXPIRED),
    "untold": (fields(phone="1"), {"Content-Type": None}, 403, EXPIRED),
    "no token": (b"phone=0312345678", {}, 403, EXPIRED),
    "forged token": (fields(csrfmiddlewaretoken="z" * 32, phone="0312345678"), {}, 403, EXPIRED),
    "token of NUL": (fields(csrfmiddlewaretoken="%00", phone="0312345678"), {}, 403, EXPIRED),
    "from elsewhere": (fields(phone="0312345678"), {"Origin": "http://evil.example"}, 403, EXPIRED),
    "from nowhere": (fields(phone="0312345678"), {"Origin": "http://[bad"}, 403, EXPIRED),
    "negative length": (fields(phone="0312345678"), {"Content-Length": "-1"}, 400, ""),
    "length that is none": (fields(phone="0312345678"), {"Content-Length": "abc"}, 400, ""),
    "length beyond all": (fields(phone="0312345678"), {"Content-Length": "9" * 30}, 400, ""),
}


@pytest.mark.parametrize(("body", "headers", "status", "heading"), FORMS.values(), ids=FORMS)
def test_forms_that_cannot_be_read(site, body, headers, status, heading):
    answer = site.post(site.phone, body, headers)
    assert (answer.status, answer.heading) == (status, heading)


@pytest.mark.parametrize("typed", ["%00", "%zz", "%ff%fe", "%ed%a0%80", "1" * 5000, ""])
def test_text_that_cannot_be_kept_is_told_at_the_question(site, typed):
    answer = site.post(site.phone, fields(phone=typed))
    assert answer.status == 400
    assert answer.error


def test_a_forged_session_is_asked_to_sign_in(site):
    answer = site.post(site.phone, fields(phone="0312345678"), session="x" * 32)
    assert (answer.status, answer.heading) == (401, "ログイン")


BODIES = {
    "no boundary": (photo(b"x"), {"Content-Type": "multipart/form-data"}, 400),
    "empty boundary": (photo(b"x"), {"Content-Type": "multipart/form-data; boundary="}, 400),
    "boundless": (photo(b"x"), {"Content-Type": "multipart/form-data; boundary=" + "x" * 500}, 400),
    "another boundary": (photo(b"x"), {"Content-Type": "multipart/form-data; boundary=ZZ"}, 403),
    "truncated": (photo(make.picture())[:-300], {}, 400),
    "shorter than told": (photo(make.picture()), {"Content-Length": "200"}, 400),
    "nested": (parts(wire.part(b'name="bank_document"\r\nContent-Type: multipart/mixed; boundary=CC',
                               b'--CC\r\nContent-Disposition: file; filename="a.jpg"\r\n\r\nabc\r\n--CC--')), {}, 400),
    "nested in itself": (parts(wire.part(b'name="a"\r\nContent-Type: multipart/mixed; boundary=BB', parts())), {}, 400),
    "no field": (parts(wire.part(b'filename="a.jpg"', make.picture())), {}, 400),
    "no base64": (parts(wire.part(b'name="bank_document"; filename="a"\r\nContent-Transfer-Encoding: base64', b"!")), {}, 400),
    "endless name": (photo(make.picture(), b"a" * 500_000), {}, 400),
    "two hundred files": (parts(*[wire.part(b'name="f"; filename="a.jpg"', b"x")] * 200), {}, 400),
    "two thousand parts": (parts(*[wire.part(b'name="a"', b"1")] * 2000), {}, 400),
    "ten megabytes of text": (parts(wire.part(b'name="a"', b"1" * 10_000_000)), {}, 400),
}  # fmt: skip


@pytest.mark.parametrize(("body", "headers", "status"), BODIES.values(), ids=BODIES)
def test_uploads_that_cannot_be_read(site, body, headers, status):
    answer = site.post(site.file, body, MULTIPART | headers)
    assert answer.status == status
    assert answer.heading or answer.error


def test_a_slow_client_is_waited_for(site):
    whole = request("GET", "/", session=site.session)
    step = len(whole) // 8 + 1
    answer = wire.send(site.port, *(whole[i : i + step] for i in range(0, len(whole), step)), pause=0.4)
    assert answer.status == 200


@pytest.mark.parametrize("begun", [
    b"GET / HTTP/1.1\r\nHost: localh",
    request("POST", "/sign-in", FORM | {"Content-Length": "5000"}, b"csrfmiddlewaretoken="),
    request("POST", "/sign-in", MULTIPART | {"Content-Length": "5000000"}, b"--BB\r\nContent-Disposition: form-data; name="),
], ids=["headers", "form", "upload"])  # fmt: skip
def test_forty_clients_that_stop_in_the_middle_keep_nobody_else_waiting(site, begun):
    with ExitStack() as stack:
        for _ in range(40):
            stopped = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            stopped.sendall(begun)
        for _ in range(4):
            assert site.get("/").status == 200


def test_a_body_in_chunks_is_a_body(site):
    body = fields(phone="%00")
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answer = site.post(site.phone, chunked, {"Transfer-Encoding": "chunked", "Content-Length": None})
    assert answer.status == 400
    assert answer.error


def test_more_than_a_hundred_megabytes_are_not_received(site):
    assert site.post(site.file, b"x", MULTIPART | {"Content-Length": str(101 * MEGABYTE)}).status == 413


def test_web_processes_are_the_same_and_have_not_swollen(site):
    after = {p.pid: p.memory_info().rss for p in site.town.web_processes()}
    assert len(after) == 2
    assert set(after) == set(site.before)
    assert all(after[pid] - size < GROWTH for pid, size in site.before.items()), (site.before, after)
    assert psutil.Process(site.town.running.pid).is_running()


def test_the_log_tells_of_no_failure(site):
    assert not re.search(r'"status": 5\d\d', (site.town.home / "log" / "web.log").read_text())
