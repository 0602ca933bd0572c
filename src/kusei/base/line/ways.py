"""How frames get across: over HTTP, dialled by one side, or as files in a folder that a gateway carries between the zones."""

import logging
import os
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from django.conf import settings
from django.db import connection

from kusei.base import audit
from kusei.base.kernel import clock
from kusei.base.kernel.parts import OTHER
from kusei.base.line import exchange, keys
from kusei.base.line.frames import LARGEST_FRAME, Unfit

log = logging.getLogger("kusei.line")
TIMEOUT = 10.0
ROUNDS = 200
"""Frames a turn: then the lock is let go once."""
TYPE = "application/vnd.kusei.line+json"
DIALLING = "hashtextextended('kusei.line', 0)"
"""The advisory lock of the one worker that dials."""


class Away(Exception):
    """The other side could not be reached, or would not have it; the message is free of anything personal."""


@contextmanager
def alone():
    """Whether this is the one worker that dials, for as long as the block runs. The lock goes with its connection when a worker is killed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({DIALLING})")
        got = cursor.fetchone()[0]
        try:
            yield got
        finally:
            if got:
                cursor.execute(f"SELECT pg_advisory_unlock({DIALLING})")


class Dialler:
    """Exchanges frames with the other side's web server until neither has more to say; after a failure it waits, longer each time."""

    def __init__(self, url: str, every: float, longest: float) -> None:
        self.url, self.every, self.longest = url.rstrip("/") + "/line/exchange", every, longest
        self.failures, self.due = 0, 0.0
        self.client: httpx.Client | None = None

    def turn(self, now: datetime) -> None:
        """One turn, unless it is too early after a failure."""
        if time.monotonic() < self.due:
            return
        with alone() as mine, audit.page_scope():
            if not mine:
                return
            try:
                for _round in range(ROUNDS):
                    if not self.swap():
                        break
                self.failures = 0
            except (Away, Unfit, keys.NoLineKey) as error:
                self.failures += 1
                self.due = time.monotonic() + min(self.longest, self.every * 2 ** min(self.failures, 16))
                exchange.failed(str(error), clock.now())
                if self.failures in (1, 10) or self.failures % 100 == 0:
                    log.warning("the line is down (%d): %s", self.failures, error)

    def swap(self) -> bool:
        """Send a frame, take the answer; returns whether there is more to say at once."""
        frame, more = exchange.make(clock.now())
        new, some = exchange.take(self.post(frame), clock.now())
        return more or (some and new > 0)

    def post(self, frame: str) -> bytes:
        """What the other side answers. Raises `Away`."""
        self.client = self.client or httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False)
        began, answer = time.monotonic(), bytearray()
        try:
            with self.client.stream("POST", self.url, content=frame.encode(), headers={"Content-Type": TYPE}) as got:
                for piece in got.iter_bytes():
                    answer += piece
                    if len(answer) > LARGEST_FRAME or time.monotonic() - began > 3 * TIMEOUT:
                        raise Away("the answer is too large, or does not end")
                if got.status_code != httpx.codes.OK:
                    raise Away(f"the other side answered {got.status_code}")
        except (httpx.HTTPError, OSError) as error:
            self.client = None
            raise Away(type(error).__name__) from None
        return bytes(answer)


class Folder:
    """Writes frames into a folder as `<from>-to-<to>/<time>-<number>.frame`, and takes the other side's from there, in the order of their names."""

    def __init__(self, path: Path, every: float, longest: float) -> None:
        self.path, self.every, self.longest = path, every, longest
        self.wrote = 0.0

    def turn(self, now: datetime) -> None:
        """Take what is there, then write if there is something to say, or was and nobody has heard it yet."""
        with alone() as mine, audit.page_scope():
            if not mine:
                return
            try:
                taken = self.take()
                self.write(taken)
            except (OSError, keys.NoLineKey) as error:
                exchange.failed(type(error).__name__, clock.now())

    def take(self) -> int:
        """Take every frame of the other side; what is refused is put aside under `.refused`. Returns how many were taken."""
        there = self.path / f"{OTHER[settings.PART]}-to-{settings.PART}"
        taken = 0
        for file in sorted(there.glob("*.frame")) if there.is_dir() else []:
            try:
                if file.stat().st_size > LARGEST_FRAME:
                    raise Unfit("a frame is too large")
                exchange.take(file.read_bytes(), clock.now(), came="folder")
            except Unfit:
                file.replace(file.with_suffix(".refused"))
                continue
            file.unlink()
            taken += 1
        return taken

    def write(self, taken: int) -> None:
        """Write a frame with what is new since the last, or all that was not heard again after a while."""
        state = exchange.state()
        again = time.monotonic() - self.wrote >= self.longest and state.open
        if not (state.new or again or state.unsaid or (taken and state.open)):
            return
        folder = self.path / f"{settings.PART}-to-{OTHER[settings.PART]}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        frame, _more = exchange.make(clock.now())
        name = f"{time.time_ns():020}.frame"
        draft = folder / f".{name}"
        with draft.open("x", encoding="utf-8") as file:
            file.write(frame)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / name)
        self.wrote = time.monotonic()


def way(address: str, every: float, longest: float) -> Dialler | Folder | None:
    """The way out of this installation by its KUSEI_LINE; None where the other side dials."""
    parts = urlsplit(address)
    if not address:
        return None
    if parts.scheme == "folder":
        return Folder(Path(unquote(parts.path)), every, longest)
    return Dialler(address, every, longest)
