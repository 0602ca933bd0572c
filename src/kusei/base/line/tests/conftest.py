"""Two sides in one database: rows carry the side they belong to, and a side is spoken for by setting KUSEI_PART."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from kusei.base.line import actions, exchange, keys
from kusei.base.line.kinds import Kind, Kinds, Line200, Message
from kusei.base.line.models import Incoming, Line, Outgoing


class Said(Message):
    """What the tests send."""

    word: Line200
    number: int = 0


@dataclass
class Town:
    """A portal and an office, what each has received and a clock that the test sets."""

    home: Path
    kinds: Kinds = field(default_factory=Kinds)
    now: datetime = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    heard: list[tuple[str, str]] = field(default_factory=list)
    fails: Any = None

    def __post_init__(self):
        self.kinds.register(Kind("test.asked", "office", Said, self.receiver("office")))
        self.kinds.register(Kind("test.told", "portal", Said, self.receiver("portal")))
        for side in ("portal", "office"):
            (self.home / side).mkdir()
            keys.own(side, self.home / side)
        for side, other in (("portal", "office"), ("office", "portal")):
            for name, public in keys.own(other, self.home / other).public().items():
                keys.trust(name, public, self.home / side)

    def receiver(self, side: str):
        def receive(body: Said, now: datetime) -> str:
            if self.fails:
                raise self.fails
            self.heard.append((side, body.word))
            return body.word.upper()

        return receive

    @contextmanager
    def at(self, side: str):
        """Be that side."""
        with override_settings(PART=side, KUSEI_HOME=self.home / side):
            yield

    def say(self, side: str, word: str, **more) -> Any:
        """Send a word from a side."""
        name = {"portal": "test.asked", "office": "test.told"}[side]
        with self.at(side):
            return actions.send(
                name, Said(word=word), matter=more.pop("matter", "m"), now=self.now, known=self.kinds, **more
            )

    def frame(self, side: str) -> bytes:
        """What a side would put on the line now."""
        with self.at(side):
            return exchange.make(self.now, self.kinds)[0].encode()

    def take(self, side: str, frame: bytes) -> int:
        """Have a side take a frame; how many messages are new."""
        with self.at(side):
            return exchange.take(frame, self.now)[0]

    def cross(self) -> None:
        """The office dials once: its frame there, the answer back; then both apply what came."""
        self.take("portal", self.frame("office"))
        self.take("office", self.frame("portal"))
        self.apply()

    def apply(self) -> list[str]:
        """Apply what came, in order; what went wrong."""
        problems = []
        for row in Incoming.objects.filter(applied_at=None).order_by("received_at", "number"):
            try:
                with self.at(row.side):
                    actions.apply(row, self.now, self.kinds)
            except Exception as error:  # noqa: BLE001 - told to the test
                problems.append(f"{type(error).__name__}: {error}")
        return problems

    def line(self, side: str) -> Line:
        return Line.objects.get(side=side)

    def waiting(self, side: str) -> int:
        """How many messages the other side has not got."""
        return Outgoing.objects.filter(side=side, acked_at=None).count()

    def later(self, **by) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def town(tmp_path, db) -> Town:
    """Both sides, who trust each other's keys."""
    exchange._audited.clear()
    return Town(tmp_path)
