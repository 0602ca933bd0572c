"""Residents who apply while the machine fails under them, and do what people do: open the page again, press again, go on with the draft."""

import hashlib
import http.client
import io
import random
import re
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from PIL import Image

from benchmarks.resident import BANK, FILLED, Resident
from benchmarks.resident import Unexpected as Refused

RECEIPT = re.compile(r"\d{6}-[0-9A-Z]{4}-[0-9A-Z]{4}")
PAUSE = 0.3
"""Seconds until somebody whose page did not come tries again."""
LOST = (OSError, http.client.HTTPException)


class Broken(Exception):
    """A page did not come: the server is not there, or says that it failed."""


class Unexpected(Exception):
    """An answer that nobody should get, however much is killed: a lost draft, a lost session, a refused answer."""


def picture(seed: str) -> bytes:
    """A small photo unlike any other."""
    noise = random.Random(seed).randbytes(40 * 30 * 3)
    target = io.BytesIO()
    Image.frombytes("RGB", (40, 30), noise).save(target, "JPEG", quality=70)
    return target.getvalue()


@dataclass(frozen=True)
class Shown:
    """A receipt that was on somebody's screen: its number, the draft behind it, and what had been answered."""

    number: str
    draft: str
    phone: str
    sha256: str


@dataclass
class Person:
    """One resident at one browser. `shown` holds every receipt seen, `drafts` every draft begun, `failures` how often a page did not come."""

    name: str
    port: int
    session: str
    holder: str
    shown: list[Shown] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    failures: int = 0

    def __post_init__(self) -> None:
        self.browser = Resident(self.port, self.session, self.holder, b"")
        self.draft = ""

    def apply_until(self, over: threading.Event, patience: float) -> None:
        """Apply again and again until `over`, then finish what is begun. Raises `Broken` where that takes longer than `patience` seconds,
        and `Unexpected`."""
        deadline = None
        while not over.is_set() or self.draft:
            try:
                self.go_on()
            except Broken:
                self.failures += 1
                self.browser.connection.close()
                if over.is_set():
                    deadline = deadline or time.monotonic() + patience
                    if time.monotonic() > deadline:
                        raise
                time.sleep(PAUSE)

    def go_on(self) -> None:
        """Begin an application, or go on with the one begun, to the receipt. Raises `Broken`, `Unexpected`."""
        if self.draft:
            to = f"/apply/{self.draft}/check"
        else:
            to = self.post("/procedures/child_allowance/claim/start", {})
            self.draft = to.split("/")[2]
            if self.draft not in self.drafts:
                self.drafts.append(self.draft)
        while True:
            to, page = self.follow(to)
            if to.endswith("/done"):
                self.note(page)
                return
            to = self.answer(to, page)

    def answer(self, to: str, page: str) -> str:
        """Answer the page at `to`; returns where that leads."""
        key = to.rpartition("/")[2]
        if key == "check":
            return self.post(to.replace("/check", "/submit"), {})
        if key == "phone":
            return self.post(to, {"phone": self.phone()})
        if key == "children":
            return self.post(to, {"children": re.search(r'name="children"[^>]*value="([^"]+)"', page)[1]})
        if key == "bank":
            return self.post(to, BANK | {"bank_holder": self.holder})
        if key == "bank-document":
            return self.give_file(to, page)
        return self.post(to, FILLED[key])

    def give_file(self, to: str, page: str) -> str:
        """Hand the photo in, or go on where the page says that it has come."""
        if 'name="remove"' in page:
            return self.post(to, {})
        return self.attempt(lambda: self.browser.upload(to, "bank_document", picture(self.draft)))

    def phone(self) -> str:
        """The telephone number given in this draft."""
        return "03" + str(int(self.draft[-8:], 16)).zfill(10)[-8:]

    def note(self, page: str) -> None:
        """Write down the receipt on the screen."""
        digest = hashlib.sha256(picture(self.draft)).hexdigest()
        self.shown.append(Shown(RECEIPT.search(page)[0], self.draft, self.phone(), digest))
        self.draft = ""

    # ---- the browser ---------------------------------------------------------------------------------------------------

    def post(self, path: str, fields: dict | list) -> str:
        """Send a form; returns where it leads."""
        return self.attempt(lambda: self.browser.post(path, fields))

    def follow(self, to: str) -> tuple[str, str]:
        """Open a page, going where it sends one: its address and content."""
        while True:
            status, on, page = self.attempt(lambda to=to: self.browser.send("GET", to))
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Broken(f"GET {to}: {status}")
            if status == HTTPStatus.OK:
                return to, page
            if status != HTTPStatus.FOUND or "sign-in" in on:
                raise Unexpected(f"{self.name} GET {to}: {status} {on}")
            to = on

    def attempt(self, send):
        """Do it, telling a server that is away or failing (`Broken`) from an answer nobody should get (`Unexpected`)."""
        try:
            return send()
        except LOST as error:
            raise Broken(type(error).__name__) from error
        except Refused as refused:
            if re.search(r": 5\d\d ", str(refused)):
                raise Broken(str(refused)) from refused
            raise Unexpected(f"{self.name} {refused}") from refused
