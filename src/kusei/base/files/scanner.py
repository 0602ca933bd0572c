"""A malware scanner: clamd, by its INSTREAM command."""

import socket
import struct
from typing import BinaryIO
from urllib.parse import urlsplit

CHUNK = 64 * 1024
TIMEOUT = 60.0
DEFAULT_PORT = 3310


class ScannerDown(Exception):
    """The scanner can't be reached or gives no verdict; the file must wait."""


def infected(source: BinaryIO, address: str) -> bool:
    """Whether the scanner at `clamd://host:port` or `clamd:///path/of/socket` finds something in the file. Raises `ScannerDown`."""
    source.seek(0)
    try:
        with connected(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            while chunk := source.read(CHUNK):
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            answer = answer_of(connection)
    except OSError as error:
        raise ScannerDown(type(error).__name__) from error
    finally:
        source.seek(0)
    if answer == b"stream: OK":
        return False
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return True
    raise ScannerDown("no verdict")


def connected(address: str) -> socket.socket:
    """A connection to the scanner."""
    url = urlsplit(address)
    if url.hostname:
        return socket.create_connection((url.hostname, url.port or DEFAULT_PORT), TIMEOUT)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT)
    try:
        connection.connect(url.path)
    except OSError:
        connection.close()
        raise
    return connection


def answer_of(connection: socket.socket) -> bytes:
    """The scanner's answer, without its final zero."""
    said = b""
    while not said.endswith(b"\0") and len(said) < 4096:
        part = connection.recv(4096)
        if not part:
            break
        said += part
    return said.rstrip(b"\0").strip()
