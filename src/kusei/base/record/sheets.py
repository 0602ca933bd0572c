"""Tables as CSV (RFC 4180) that spreadsheets open safely: UTF-8 with a byte order mark, CRLF, no cell that could run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from kusei.base.kernel.clock import JAPAN

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# Spaces and characters that show nothing may stand in front: some programs pass over them.
_RUNS = re.compile(
    r"['\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[" + "".join(map(re.escape, FORMULA)) + "]"
)


def cell(value: Any) -> str:
    """A value as a cell: dates in ISO 8601 (instants in Japan's time), nothing for None.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (CWE-1236), also one that has some already, so that `armed` can tell; numbers are left alone.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(JAPAN).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _RUNS.match(text) else text


def armed(text: str) -> str:
    """The text that `cell` wrote so: without the apostrophe that it put in front of a formula."""
    return text[1:] if text.startswith("'") and _RUNS.match(text, 1) else text


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The whole table as a CSV file."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow([cell(label) for label in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    return sheet.getvalue().encode("utf-8-sig")
