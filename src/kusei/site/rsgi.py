"""The web process under granian: requests are received and answers are sent on an event loop, and Django runs in a few threads.

Called as a WSGI application, Django reads the body itself while its thread waits for the client: eight phones in a tunnel, and nobody else
gets a page. Here a thread sees a request only when all of it has come, and is free before the answer has gone.
"""

import asyncio
import gc
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, BinaryIO

from granian.rsgi import HTTPProtocol, Scope

from kusei.site.wsgi import application as django

THREADS = 2
"""More would only wait for each other: Python runs one at a time, and a page asks the database three things."""
LARGEST = 100 * 1024 * 1024
"""Bytes of a body that are received at all; what a form may hold is Django's affair, which says so in a page."""
STALL = 30.0
"""Seconds without a byte after which a client is given up."""
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

threads = ThreadPoolExecutor(THREADS, "django")

# What was loaded by now stays for good: looking through it again and again for garbage is a tenth of the work of a busy hour.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)


class Refused(Exception):
    """A request that is not received: its status."""


async def application(scope: Scope, protocol: HTTPProtocol) -> None:
    """One request (RSGI)."""
    headers = headers_of(scope)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as body, tempfile.SpooledTemporaryFile(IN_MEMORY) as content:
        try:
            length = await receive(protocol, headers, body)
        except Refused as refused:
            status: HTTPStatus = refused.args[0]
            protocol.response_str(
                status, [("content-type", "text/plain"), ("connection", "close")], f"{status.phrase}\n"
            )
            return
        environ = environ_of(scope, headers, body, length)
        status, fields = await asyncio.get_running_loop().run_in_executor(threads, respond, environ, content)
        await answer(protocol, status, fields, content)


def headers_of(scope: Scope) -> dict[str, str]:
    """Headers as WSGI names them. Names with an underscore are left out: they could pass for others."""
    headers: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" not in name:
            key = name.upper().replace("-", "_")
            headers[key] = f"{headers[key]}{LIST_OF.get(key, ',')}{value}" if key in headers else value
    return headers


async def receive(protocol: HTTPProtocol, headers: Mapping[str, str], body: BinaryIO) -> int:
    """Receive the body, whole; returns its length. Raises `Refused` where it is too large, stops, or ends before it should."""
    told = headers.get("CONTENT_LENGTH", "0")
    if told == "0" and "TRANSFER_ENCODING" not in headers:
        return 0
    if int(told) > LARGEST:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    length, pieces = 0, aiter(protocol)
    try:
        while piece := await asyncio.wait_for(anext(pieces, b""), STALL):
            body.write(piece)
            length += len(piece)
            if length > LARGEST:
                raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except TimeoutError:
        raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None
    if length < int(told):  # the client has gone and won't read this, or we are being stopped and it may try again
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE)
    body.seek(0)
    return length


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
