"""What differs among like proposals (一括決裁の対照): what all share, what differs, and which values stand out. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

ABSENT = "—"
_AMOUNT = re.compile(r"^-?[\d,]+(円|日|人|件)?$")
FEW = 4
"""Below so many rows nothing stands out: there is no rule to be an exception to."""


@dataclass(frozen=True)
class Cell:
    """A value in the table; `odd` where it stands out against the others of its column."""

    label: str
    value: str
    odd: bool = False


@dataclass(frozen=True)
class Alike:
    """Like things side by side. common: (label, value) that all share; columns: the labels of what differs; cells: a row for each thing."""

    common: list[tuple[str, str]]
    columns: list[str]
    cells: list[list[Cell]]


def side_by_side(rows: Sequence[Mapping[str, str]]) -> Alike:
    """Put rows of label → value side by side, in the order in which labels first appear. A label that a row lacks is ABSENT there.

    A value is odd where most rows agree on another, or, for amounts, where it lies far from the rest: more than three times the median
    distance from the median. Among fewer than four rows nothing is.
    """
    labels = list(dict.fromkeys(label for row in rows for label in row))
    columns = {label: [row.get(label, ABSENT) for row in rows] for label in labels}
    common = [(label, values[0]) for label, values in columns.items() if len(set(values)) == 1 and len(rows) > 1]
    differing = [label for label in labels if len(set(columns[label])) > 1 or len(rows) == 1]
    marks = {label: odd(columns[label]) for label in differing}
    cells = [
        [Cell(label, columns[label][number], marks[label][number]) for label in differing]
        for number in range(len(rows))
    ]
    return Alike(common, differing, cells)


def odd(values: Sequence[str]) -> list[bool]:
    """Which values of a column stand out, as `side_by_side` has it."""
    if len(values) < FEW:
        return [False] * len(values)
    amounts = [_amount(value) for value in values]
    if all(amount is not None for amount in amounts):
        return _far(amounts)
    usual, times = Counter(values).most_common(1)[0]
    return [value != usual and 2 * times > len(values) for value in values]


def _far(amounts: Sequence[int]) -> list[bool]:
    middle = median(amounts)
    spread = median(abs(amount - middle) for amount in amounts)
    return [abs(amount - middle) > 3 * spread for amount in amounts]


def _amount(value: str) -> int | None:
    plain = unicodedata.normalize("NFKC", value).replace(" ", "")
    return int(re.sub(r"[^\d-]", "", plain)) if _AMOUNT.match(plain) and re.search(r"\d", plain) else None
