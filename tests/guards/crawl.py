"""A browser that follows every link, presses every button (and undoes what that did), and keeps what it was told."""

import re
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client
from tests.guards.scene import undone

SOUGHT = "鏑木"
"""What is typed where one can search."""
NOT_FOLLOWED = re.compile(r"^/static/|^/sign-out|[?&]lang=")


@dataclass(frozen=True)
class Told:
    """One answer: to what, with which status and headers, and everything it says as text."""

    method: str
    url: str
    status: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.method} {self.url} {self.status}"


class Ways(HTMLParser):
    """The links and the forms of a page; a form as its method, its address and the fields it brings along."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("method", "get").lower(), given.get("action", ""), {}))
        elif tag == "input" and self.forms and given.get("type") in ("hidden", "radio", "checkbox") and "name" in given:
            self.forms[-1][2].setdefault(given["name"], given.get("value", "on"))
        elif (
            tag == "input"
            and self.forms
            and given.get("type") in ("text", "search", "")
            and given.get("name") in ("text", "q")
        ):
            self.forms[-1][2].setdefault(given["name"], SOUGHT)
        elif tag == "button" and self.forms and "name" in given:
            self.forms[-1][2].setdefault(given["name"], given.get("value", ""))
        for name in ("href", "src"):
            if given.get(name):
                self.links.append(given[name])


def crawl(
    browser: Client, start: Iterable[str], same: Callable[[str], Hashable], *, most: int = 3000
) -> Iterator[Told]:
    """Everything that can be reached from the addresses `start` (once each), what its forms answer (once for those that are the `same`),
    and each error as machines get it."""
    waiting, seen = deque(start), set()
    while waiting and len(seen) < most:
        url = waiting.popleft()
        if url in seen or NOT_FOLLOWED.search(url):
            continue
        seen.add(url)
        told = ask(browser, "GET", url)
        yield told
        if told.status >= 400:
            yield ask(browser, "GET", url, headers={"Accept": "application/json"})
        if told.kind != "text/html":
            continue
        ways = Ways(told.text)
        waiting.extend(inside for link in ways.links if (inside := own(url, link)))
        for method, action, fields in ways.forms:
            target = own(url, action or url)
            if method == "get" and target:
                waiting.append(target)
            elif target and ("POST", same(target)) not in seen and not NOT_FOLLOWED.search(target):
                seen.add(("POST", same(target)))
                yield ask(browser, "POST", target, fields)
                yield ask(browser, "POST", target, {})


def ask(browser: Client, method: str, url: str, fields: dict | None = None, **more) -> Told:
    """One request, undone afterwards; a redirect after a form is followed."""
    with undone():
        answer = browser.get(url, **more) if method == "GET" else browser.post(url, fields, follow=True)
        return Told(
            method, url, answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0], text_of(answer)
        )


def own(here: str, link: str) -> str:
    """The address within this site that a link leads to, "" for any other."""
    parts = urlsplit(urljoin(f"http://testserver{here}", unescape(link)))
    if parts.netloc != "testserver":
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def text_of(answer: HttpResponse) -> str:
    """Everything an answer says: its headers, its body; of a PDF the printed text."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    text = printed(body) if body.startswith(b"%PDF") else body.decode("utf-8", "replace")
    return text if answer.headers.get("Content-Type", "").startswith("text/html") else headers + text


def printed(pdf: bytes) -> str:
    """The text of a PDF, in the order it is read."""
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


CAN_READ_PDF = bool(shutil.which("pdftotext"))
