"""Requests written byte by byte, since a library would not send them."""

import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

TOKEN = "k" * 32
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=BB"}
PATIENCE = 20.0
"""Seconds after which an answer that did not come counts as a hang."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status (0 for nothing), the headers as text, the page."""

    status: int
    head: str
    page: str

    @property
    def heading(self) -> str:
        """The page's h1 as plain text."""
        return plain(re.search(r"<h1[^>]*>(.*?)</h1>", self.page, re.S))

    @property
    def error(self) -> str:
        """The first message at a question."""
        return plain(re.search(r'<p class="error[^>]*>(.*?)</p>', self.page, re.S))

    @property
    def location(self) -> str:
        """Where it sends one."""
        found = re.search(r"(?im)^location: (\S+)", self.head)
        return found[1] if found else ""


def plain(found: re.Match | None) -> str:
    """What was found, without tags."""
    return re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""


def request(
    method: str, path: str | bytes, headers: dict | None = None, body: bytes = b"", *, session="", version="1.1"
) -> bytes:
    """The bytes of a request with a valid Host, session and CSRF cookie, unless `headers` say otherwise; None leaves a header out."""
    cookie = f"csrftoken={TOKEN}" + (f"; sessionid={session}" if session else "")
    lines = {"Host": "localhost", "Connection": "close", "Cookie": cookie}
    if body:
        lines["Content-Length"] = str(len(body))
    lines |= headers or {}
    path = path if isinstance(path, bytes) else path.encode()
    written = [method.encode() + b" " + path + b" HTTP/" + version.encode()]
    for name, value in lines.items():
        if value is not None:
            written.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join(written) + b"\r\n\r\n" + body


def fields(**given: str | bytes) -> bytes:
    """A form's body as it is, nothing quoted, with its CSRF token."""
    given = {"csrfmiddlewaretoken": TOKEN} | given
    return b"&".join(k.encode() + b"=" + (v if isinstance(v, bytes) else v.encode()) for k, v in given.items())


def part(head: bytes, body: bytes) -> bytes:
    """One part of a multipart body with the boundary BB."""
    return b"--BB\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + body + b"\r\n"


def parts(*others: bytes, end: bytes = b"--BB--\r\n") -> bytes:
    """A multipart body: the CSRF token, the other parts, the end."""
    return part(b'name="csrfmiddlewaretoken"', TOKEN.encode()) + b"".join(others) + end


def photo(content: bytes, name: bytes = b"book.jpg") -> bytes:
    """A multipart body that hands in a file at the question for the bank book."""
    return parts(part(b'name="bank_document"; filename="' + name + b'"\r\nContent-Type: image/jpeg', content))


def send(port: int, *pieces: bytes, pause: float = 0.0) -> Answer:
    """Send pieces with a pause after each and read the answer. Raises TimeoutError where none comes: the server hangs."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered before everything was read: the answer is there
        return parse(b"".join(received(connection)))


def received(connection: socket.socket) -> Iterable[bytes]:
    """What comes until the server closes."""
    try:
        while piece := connection.recv(1 << 16):
            yield piece
    except ConnectionResetError:
        return


def parse(data: bytes) -> Answer:
    """The answer in what came."""
    head, _, page = data.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return Answer(int(status[1]) if status else 0, head.decode("latin-1"), page.decode("utf-8", "replace"))
