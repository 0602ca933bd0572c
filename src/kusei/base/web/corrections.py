"""Where the ward's own corrections of texts come from: whoever keeps them says so here (`kusei.base.texts`)."""

import logging
import time
from collections.abc import Callable, Mapping

from django.db import DatabaseError

from kusei.base.kernel import spoken

EVERY = 30.0
"""Seconds after which a process looks again: so long may another one's correction take to show."""

_log = logging.getLogger(__name__)
_source: Callable[[], Mapping[str, Mapping[str, list[str]]]] | None = None
_next = 0.0


def come_from(source: Callable[[], Mapping[str, Mapping[str, list[str]]]]) -> None:
    """Name who gives all corrections: language → key → forms."""
    global _source
    _source = source


def refresh(*, at_once: bool = False) -> None:
    """Look for corrections, if it is time. Where the database can't say, the last ones hold."""
    global _next
    now = time.monotonic()
    if _source is None or (not at_once and now < _next):
        return
    _next = now + EVERY
    try:
        spoken.correct(_source())
    except DatabaseError:
        _log.warning("corrections of translations could not be read")
