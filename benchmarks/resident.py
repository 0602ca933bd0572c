"""A resident at a keyboard, for benchmarks: one signed-in session that walks a whole application over HTTP, page by page.

With scripts, as `web/js/follow.js` does, a post is answered with the page it leads to; without, with a redirect.
"""

import http
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.line import Line

BOUNDARY = "kusei-benchmark"
FILLED = {
    "you": {"claimant": "correct"},
    "phone": {"phone": "03-1234-5678"},
    "living": {"living": "together"},
    "older": {"older": "no"},
    "spouse": {"spouse": "claimant_more"},
    "pension": {"pension": "employees"},
    "agreement": [("agreement", "true"), ("agreement", "checks")],
}
BANK = {
    "bank_bank_name": "見本銀行",
    "bank_bank_code": "0001",
    "bank_branch_name": "本店",
    "bank_branch_code": "001",
    "bank_account": "ordinary",
    "bank_number": "1234567",
}


class Unexpected(Exception):
    """The server answered something a whole application doesn't meet."""


@dataclass
class Resident:
    """One browser: session and CSRF cookies, a connection kept open, and how long each answer took in seconds."""

    port: int
    session: str
    holder: str
    photo: bytes
    scripts: bool = False
    took: list[float] = field(default_factory=list)
    requests: int = 0

    def __post_init__(self):
        self.connection = Line(self.port)
        self.csrf = "k" * 32

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str, str]:
        """One request: (status, redirect or "", page)."""
        headers = {
            "Host": "localhost",
            "Cookie": f"sessionid={self.session}; csrftoken={self.csrf}",
            "Accept-Language": "ja",
        }
        if kind:
            headers["Content-Type"] = kind
        if self.scripts and method == "POST":
            headers["X-Kusei-Follow"] = "1"
        began = time.perf_counter()
        status, answered, page = self.connection.request(method, path, headers, body)
        self.took.append(time.perf_counter() - began)
        self.requests += 1
        place = answered.get("x-kusei-location") or answered.get("location", "")
        return status, place, page.decode("utf-8", "replace")

    def get(self, path: str) -> str:
        """A page that must be there."""
        status, _to, page = self.send("GET", path)
        if status != http.HTTPStatus.OK:
            raise Unexpected(f"GET {path}: {status}")
        return page

    def post(self, path: str, fields) -> str:
        """A form that must be accepted: where it leads."""
        return self.fill(path, fields)[0]

    def fill(self, path: str, fields) -> tuple[str, str]:
        """A form that must be accepted: where it leads, and the page there if it came along, else ""."""
        pairs = list(fields.items() if isinstance(fields, dict) else fields)
        body = urlencode([("csrfmiddlewaretoken", self.csrf), *pairs]).encode()
        return self._accepted(path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, name: str, data: bytes) -> str:
        """A file that must be accepted: where it leads."""
        return self.give(path, name, data)[0]

    def give(self, path: str, name: str, data: bytes) -> tuple[str, str]:
        """A file that must be accepted: where it leads, and the page there if it came along, else ""."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.csrf}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="book.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self._accepted(path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def _accepted(self, path: str, body: bytes, kind: str) -> tuple[str, str]:
        status, to, page = self.send("POST", path, body, kind)
        if status == http.HTTPStatus.FOUND:
            return to, ""
        if status != http.HTTPStatus.OK or not to:
            wrong = re.findall(r'class="error"[^>]*>(.*?)</p>', page, re.S)
            raise Unexpected(f"POST {path}: {status} {wrong}")
        return to, page

    def apply(self) -> str:
        """A whole claim for child allowance: every page shown and answered, a photo, submitted. Returns the receipt number."""
        to, page = self.fill("/procedures/child_allowance/claim/start", {})
        while not to.endswith("/check"):
            page, key = page or self.get(to), to.rstrip("/").split("/")[-1]
            if key == "children":
                child = re.search(r'name="children"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="children"', page)
                to, page = self.fill(to, {"children": child[1] or child[2]})
            elif key == "bank":
                to, page = self.fill(to, BANK | {"bank_holder": self.holder})
            elif key == "bank-document":
                to, page = self.give(to, "bank_document", self.photo)
            else:
                to, page = self.fill(to, FILLED[key])
        page = page or self.get(to)
        to, page = self.fill(to.replace("/check", "/submit"), {})
        return re.search(r"\d{6}-[0-9A-Z]{4}-[0-9A-Z]{4}", page or self.get(to))[0]
