"""What a register that can be fed by a file declares, and how one row of such a file is read. Pure."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kusei.base.kernel.calendar import NoSuchDate, read_date
from kusei.base.kernel.offers import Register

HIDDEN = "（非開示）"
"""What a file holds instead of a protected address, in both directions: read back, it leaves the address as it is."""
_CONTROL = re.compile("[\x00-\x1f\x7f\ufffd\ufffe\uffff]")
_FORMULA = ("=", "@", "＝", "＠")


@dataclass(frozen=True)
class Column:
    """A column of the file: its header, how long a value may be, whether it must be there, and what it may be.

    kind: text or date (ISO 8601 or 和暦; compared in ISO 8601). among: gives the values that are allowed. valid: refuses others.
    hidden: whether HIDDEN may stand here. hint: what to write where a value is not allowed.
    """

    label: str
    longest: int
    required: bool = False
    kind: str = "text"
    among: Callable[[], Collection[str]] | None = None
    valid: Callable[[str], bool] | None = None
    hidden: bool = False
    hint: str | Promise = ""


@dataclass(frozen=True)
class Importer:
    """How a register is fed. columns: in the file's order. key: the place of the column that names a row. current: SQL that gives, as
    `party, key, cells (text[] in the order of columns), since (date)`, what the register holds; no
    `%` or braces in it. whole: says what is wrong with a row as a whole, "" for nothing.
    apply: the action `apply(import, by, now)` that writes the rows of the comparison.
    """

    columns: Sequence[Column]
    key: int
    current: str
    apply: Callable[..., Any]
    whole: Callable[[Sequence[str]], str] = lambda cells: ""


@dataclass(frozen=True)
class FedRegister(Register):
    """A register that can be fed by a file, and written to one with the same columns."""

    importer: Importer | None = None


class Reader:
    """Reads rows of one file: `read(cells)` gives the cells as they are compared, and what is wrong with them, "" for nothing."""

    def __init__(self, importer: Importer, now: datetime) -> None:
        self.importer, self.columns, self.key = importer, importer.columns, importer.key
        self.among = [frozenset(column.among()) if column.among else None for column in importer.columns]
        self.lines: dict[str, int] = {}

    def read(self, cells: Sequence[str], line: int) -> tuple[list[str], str]:
        """The row that begins in the line."""
        if len(cells) != len(self.columns):
            return [], _(
                "列の数が違います（%(found)s列。正しくは%(wanted)s列）。足りない列や余分な「,」を直してください"
            ) % {
                "found": len(cells),
                "wanted": len(self.columns),
            }
        kept, problems = [], []
        for column, among, cell in zip(self.columns, self.among, cells, strict=True):
            value, problem = _cell(column, among, cell)
            kept.append(value)
            if problem:
                problems.append(f"{column.label}：{problem}")
        if not problems and (problem := self.importer.whole(kept)):
            problems.append(problem)
        before = self.lines.setdefault(kept[self.key], line)
        if kept[self.key] and before != line:
            problems.append(_("%(line)s行目と同じ番号です。どちらかの行を消してください") % {"line": before})
        return kept, "、".join(problems)


def _cell(column: Column, among: frozenset[str] | None, cell: str) -> tuple[str, str]:
    value = cell.strip(" \u3000") if column.kind == "date" else cell
    if column.hidden and value == HIDDEN:
        return value, ""
    if not value.strip():
        return "", _("空欄です。値を書いてください") if column.required else ""
    if _CONTROL.search(value):
        return "", _("使えない文字（改行や制御文字）があります。消してください")
    if len(value) > column.longest:
        return "", _("長すぎます。%(longest)s文字までに短くしてください") % {"longest": column.longest}
    if value.startswith(_FORMULA):
        return "", _("式として動く値は取り込めません。先頭の記号を消してください")
    if column.kind == "date":
        return _date(value)
    if (among is not None and value not in among) or (column.valid and not column.valid(value)):
        return "", " ".join(filter(None, [_("この値は登録できません。"), str(column.hint)]))
    return value, ""


def _date(value: str) -> tuple[str, str]:
    try:
        found: date = read_date(value)
    except NoSuchDate as error:
        return "", str(error)
    return found.isoformat(), ""
