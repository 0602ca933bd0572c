"""The web process under granian: requests are received and answers are sent on an event loop, and Django runs in a few threads.

Called as a WSGI application, Django reads the body itself while its thread waits for the client: eight phones in a tunnel, and nobody else
gets a page. Here a thread sees a request only when all of it has come, and is free before the answer has gone.
"""

import asyncio
import gc
import io
import queue
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, BinaryIO

from granian.rsgi import HTTPProtocol, Scope

from kusei.base.web.failures import broken, is_full
from kusei.site.wsgi import application as django

THREADS = 3
"""Python runs one of them at a time; the others wait for the database."""
LARGEST = 100 * 1024 * 1024
"""Bytes of a body that are received at all; what a form may hold is Django's affair, which says so in a page."""
STALL = 30.0
"""Seconds without a byte after which a client is given up."""
SHORT = 64 * 1024
"""Bytes of a body that is received in one piece, within STALL."""
IN_MEMORY = 256 * 1024
"""Bytes above which a body or an answer waits on the disk."""
PIECE = 64 * 1024
FIXED = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
OWN_NAMES = {"CONTENT_TYPE", "CONTENT_LENGTH"}
LIST_OF = {"COOKIE": "; "}
"""What parts the values of a header that came several times; "," for others (RFC 9110, 5.3)."""


class Threads:
    """Threads that serve an event loop, as its own executor does, with one message each way and no more."""

    def __init__(self, count: int) -> None:
        self.waiting: queue.SimpleQueue = queue.SimpleQueue()
        for number in range(count):
            threading.Thread(target=self.work, name=f"django-{number}", daemon=True).start()

    def run(self, function: Callable, *arguments: Any) -> asyncio.Future:
        """Have a thread call the function; the future gets what it returns or raises."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.waiting.put((loop, future, function, arguments))
        return future

    def work(self) -> None:
        """Call what is asked for, one after the other, to the end of the process."""
        while True:
            loop, future, function, arguments = self.waiting.get()
            try:
                given = function(*arguments), None
            except BaseException as failure:  # noqa: BLE001 - raised where it is waited for
                given = None, failure
            with suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(settle, future, *given)
            del loop, future, function, arguments, given


def settle(future: asyncio.Future, result: Any, failure: BaseException | None) -> None:
    """Give a future its outcome, unless whoever waited has gone."""
    if future.cancelled():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)


threads = Threads(THREADS)

# What was loaded by now stays for good, and need not be looked through for garbage again and again.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)


class Refused(Exception):
    """A request that is not received: its status."""


async def application(scope: Scope, protocol: HTTPProtocol) -> None:
    """One request (RSGI)."""
    headers = headers_of(scope)
    try:
        body, length = await receive(protocol, headers)
    except Refused as refused:
        status: HTTPStatus = refused.args[0]
        if status == HTTPStatus.INSUFFICIENT_STORAGE:
            said = broken(status, api=scope.path.startswith("/api/"))
            protocol.response_bytes(status, list(said.items()), said.content)
            return
        protocol.response_str(status, [("content-type", "text/plain"), ("connection", "close")], f"{status.phrase}\n")
        return
    with body, tempfile.SpooledTemporaryFile(IN_MEMORY) as content:
        environ = environ_of(scope, headers, body, length)
        status, fields = await threads.run(respond, environ, content)
        await answer(protocol, status, fields, content)


def headers_of(scope: Scope) -> dict[str, str]:
    """Headers as WSGI names them. Names with an underscore are left out: they could pass for others."""
    headers: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" not in name:
            key = name.upper().replace("-", "_")
            headers[key] = f"{headers[key]}{LIST_OF.get(key, ',')}{value}" if key in headers else value
    return headers


async def receive(protocol: HTTPProtocol, headers: Mapping[str, str]) -> tuple[BinaryIO, int]:
    """Receive the body, whole: what it is read from, and its length. Raises `Refused` where it is too large, stops, or ends before it should."""
    told = int(headers.get("CONTENT_LENGTH", "0"))
    if not told and "TRANSFER_ENCODING" not in headers:
        return io.BytesIO(), 0
    if told > LARGEST:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        body, length = await (at_once(protocol) if 0 < told <= SHORT else in_pieces(protocol))
    except TimeoutError:
        raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None
    if length < told:  # the client has gone and won't read this, or we are being stopped and it may try again
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE)
    return body, length


async def at_once(protocol: HTTPProtocol) -> tuple[BinaryIO, int]:
    """A short body, as most are: waited for once, not piece by piece. Raises TimeoutError."""
    async with asyncio.timeout(STALL):
        content = await protocol()
    return io.BytesIO(content), len(content)


async def in_pieces(protocol: HTTPProtocol) -> tuple[BinaryIO, int]:
    """A long body, kept on the disk; its client may take as long as something keeps coming. Raises TimeoutError, `Refused`."""
    body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by who reads it
    length, now, full = 0, asyncio.get_running_loop().time, False
    async with asyncio.timeout(STALL) as patience:
        async for piece in protocol:
            full = full or not _written(piece, body)
            length += len(piece)
            if length > LARGEST:
                raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            patience.reschedule(now() + STALL)
    if full:  # told only now: a client that still sends would not read it
        body.close()
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE)
    body.seek(0)
    return body, length


def _written(piece: bytes, body: BinaryIO) -> bool:
    """Whether there was room for it on the disk."""
    try:
        body.write(piece)
    except OSError as error:
        if not is_full(error):
            raise
        return False
    return True


def environ_of(scope: Scope, headers: Mapping[str, str], body: BinaryIO, length: int) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333)."""
    environ = {**FIXED, **{f"HTTP_{key}": value for key, value in headers.items() if key not in OWN_NAMES}}
    return environ | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": "",  # so that Django refuses a request that names no host
        "SERVER_PORT": scope.server.rpartition(":")[2],
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_TYPE": headers.get("CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(length),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
    }


def respond(environ: dict[str, Any], content: BinaryIO) -> tuple[int, list[tuple[str, str]]]:
    """Let Django answer, in this thread from beginning to end; the content is put aside. Returns status and headers."""
    said: list[Any] = []
    response = django(environ, lambda status, headers, error=None: said.extend((int(status[:3]), headers)))
    try:
        for piece in response:
            content.write(piece)
    finally:
        response.close()
    content.seek(0)
    return said[0], said[1]


async def answer(protocol: HTTPProtocol, status: int, fields: list[tuple[str, str]], content: BinaryIO) -> None:
    """Send the answer, at the client's pace."""
    piece = content.read(IN_MEMORY)
    if len(piece) < IN_MEMORY:
        protocol.response_bytes(status, fields, piece)
        return
    transport = protocol.response_stream(status, fields)
    while piece:
        await transport.send_bytes(piece)
        piece = content.read(PIECE)
