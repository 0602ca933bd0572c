"""A CSV file as text and records: which encodings and quotes are understood, and in which line something is wrong. Pure."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from kusei.base.kernel.errors import Invalid
from kusei.base.record.sheets import armed

LARGEST = 64 * 1024 * 1024
MOST_ROWS = 300_000
ENCODINGS = (("utf-8-sig", "UTF-8"), ("cp932", "Shift_JIS"))


def decoded(content: bytes) -> tuple[str, str]:
    """The file's text, and how it was written. Raises Invalid for other encodings than UTF-8 (with or without BOM) and Shift_JIS."""
    if not content.strip():
        raise Invalid({"file": _("ファイルが空です。")})
    if len(content) > LARGEST:
        raise Invalid({"file": _("ファイルが大きすぎます（64MBまで）。分けて読み込んでください。")})
    line = 1
    for codec, name in ENCODINGS:
        try:
            return content.decode(codec), name
        except UnicodeDecodeError as error:
            line = max(line, content.count(b"\n", 0, error.start) + 1)
    raise Invalid(
        {
            "file": _("%(line)s行目に、UTF-8でもShift_JISでもない文字があります。CSV UTF-8で保存してください。")
            % {"line": line}
        }
    )


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins in. Raises Invalid for broken quotes."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, [armed(cell) for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid({"file": _('%(line)s行目の引用符（"）が正しくありません。') % {"line": line}}) from error


def header_of(text: str) -> list[str]:
    """The first line's cells, [] where there is none. Raises Invalid for broken quotes."""
    return next(records(text), (1, []))[1]
