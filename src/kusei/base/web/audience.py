"""Whom a text is for: residents, who read it in all our languages, or members of staff only.

A text is a resident's unless every file it stands in is listed here, so that what is new is asked for in every language until somebody
says that residents never see it. `tests/guards/test_languages.py` shows that none of theirs is classed wrongly.
"""

import re
from collections.abc import Iterable

STAFF_FILES = (
    "base/accounts/templates/accounts/registered.html",
    "base/accounts/views/registered.py",
    "base/audit/",
    "base/builder/",
    "base/charge/actions.py",
    "base/decide/",
    "base/draw/actions.py",
    "base/draw/templates/draw/draw.html",
    "base/draw/templates/draw/new.html",
    "base/draw/views_office.py",
    "base/emergency/",
    "base/events/",
    "base/jobs/",
    "base/papers/actions.py",
    "base/papers/pdf.py",
    "base/papers/templates/papers/correct.html",
    "base/papers/templates/papers/new.html",
    "base/papers/templates/papers/record.html",
    "base/papers/views_office.py",
    "base/parties/actions.py",
    "base/parties/feeds.py",
    "base/parties/steps.py",
    "base/parties/templates/",
    "base/parties/views.py",
    "base/printing/",
    "base/record/",
    "base/staff/",
    "base/texts/",
)
"""Files and folders below `src/kusei` whose interface texts only members of staff see."""

STAFF_ROOMS = re.compile(
    r"(family|office|safety|city|counter)/\w+/((actions|proposals|views|forms|acts|registers|offers)\.py|templates/\w+/(?!portal_))"
)
"""Rooms of a wing's modules whose interface texts only members of staff see: residents act through `ask`. What a
module shows residents besides is in `portal.py` and in templates called `portal_….html`."""

STAFF_DATA = (
    "base/ask/schema.py",
    "wards/_common/delegation.yaml",
    "wards/_common/documents.yaml",
    "wards/_common/holidays.yaml",
    "wards/_common/law/",
    "wards/_common/messages/emergency/",
    "wards/_common/messages/staff/",
    "wards/_common/messages/decide/",  # the ward's own documents, which are issued in Japanese
    "*:decide.checks",
    "*:decide.route",
    "*:sample",
    "*:registers",
    "*:indicators",
)
"""Data whose texts only members of staff see: a file or folder below the root, and after the colon a place in it (`*`: in any file)."""


def for_residents(files: Iterable[str]) -> bool:
    """Whether a text that stands in these files, paths below `src/kusei`, is one that residents see."""
    return not all(file.startswith(STAFF_FILES) or STAFF_ROOMS.match(file) for file in files)


def data_for_residents(file: str, place: str) -> bool:
    """Whether residents see the text at a dotted place of a data file."""
    for rule in STAFF_DATA:
        where, _colon, prefix = rule.partition(":")
        if (where == "*" or file.startswith(where)) and f"{place}.".startswith(f"{prefix}." if prefix else ""):
            return False
    return True
