"""The lot of Kusei (抽選), format `kusei-draw-1`. Standard library alone: this one file checks a published draw on any computer,

    python3 rules.py draw.json

and says whether the list, the commitment and the results belong together. docs/draws.md describes every byte.
"""

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

FORMAT = "kusei-draw-1"
MOST_WEIGHT = 100
MOST_ENTRIES = 100_000


class Unsound(ValueError):
    """The draw, or its file, does not hold together; the message says where."""


@dataclass(frozen=True)
class Entry:
    """One entry (申込み): its public number from 1, its weight (1 to 100 lots), the priority group it is in ("" for none), and the tie (同一世帯など)
    whose entries are drawn as one ("" for none)."""

    number: int
    weight: int = 1
    group: str = ""
    tie: str = ""


@dataclass(frozen=True)
class Terms:
    """What is drawn: how many places there are, and the priority groups in their order, those of no group coming last."""

    places: int
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of an entry: its rank from 1 (one rank for a tie), whether it has a place, and its turn on the waiting list (0 with a place)."""

    number: int
    rank: int
    won: bool
    waiting: int


def check(terms: Terms, entries: Sequence[Entry]) -> None:
    """Raise Unsound for terms or entries that cannot be drawn."""
    if not 1 <= terms.places <= MOST_ENTRIES or not 1 <= len(entries) <= MOST_ENTRIES:
        raise Unsound(f"places and entries must each be 1 to {MOST_ENTRIES:,}")
    if len(set(terms.groups)) != len(terms.groups) or "" in terms.groups:
        raise Unsound("each group has a name, and one place in the order")
    if sorted(entry.number for entry in entries) != list(range(1, len(entries) + 1)):
        raise Unsound("the entries must be numbered from 1 without gaps")
    ties: dict[str, tuple[int, str]] = {}
    for entry in entries:
        if not 1 <= entry.weight <= MOST_WEIGHT:
            raise Unsound(f"entry {entry.number}: the weight must be 1 to {MOST_WEIGHT}")
        if entry.group and entry.group not in terms.groups:
            raise Unsound(f"entry {entry.number}: no group {entry.group!r}")
        if any(unicodedata.category(c)[0] in "CZ" or c == "," for c in entry.group + entry.tie):
            raise Unsound(f"entry {entry.number}: group and tie hold no comma, space or control character")
        if entry.tie and ties.setdefault(entry.tie, (entry.weight, entry.group)) != (entry.weight, entry.group):
            raise Unsound(f"entry {entry.number}: the entries of a tie have one weight and one group")


def written(terms: Terms, entries: Iterable[Entry]) -> bytes:
    """The list as it is committed to: lines of ASCII and UTF-8 ended by one LF each; the entries in the order of their numbers."""
    lines = [FORMAT, f"places,{terms.places}", ",".join(["groups", *terms.groups])]
    lines += [f"{e.number},{e.weight},{e.group},{e.tie}" for e in sorted(entries, key=lambda e: e.number)]
    return "".join(f"{line}\n" for line in lines).encode()


def list_digest(terms: Terms, entries: Iterable[Entry]) -> str:
    """SHA-256 of the list, in 64 small hexadecimal digits."""
    return hashlib.sha256(written(terms, entries)).hexdigest()


def commitment(digest: str, source: str, secret: str) -> str:
    """What is published before the draw: SHA-256 of format, list digest, the source of the public value and the ward's secret (64 hexadecimal
    digits), a line each. It fixes all of them and gives nothing of the secret away."""
    return hashlib.sha256(f"{FORMAT}\n{digest}\n{plain(source)}\n{secret}\n".encode()).hexdigest()


def seed(committed: str, secret: str, value: str) -> bytes:
    """The 32 bytes the lot is drawn with: SHA-256 of commitment, secret and the public value that nobody knew when it was committed."""
    return hashlib.sha256(f"{FORMAT}\n{committed}\n{secret}\n{plain(value)}\n".encode()).digest()


def plain(text: str) -> str:
    """Text as it goes into a digest: NFKC, runs of white space made one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def lot(seed_: bytes, number: int, weight: int) -> bytes:
    """The lot of a unit: the least of `weight` tickets, each SHA-256 of seed, "<number>/<ticket>", tickets counted from 1."""
    return min(hashlib.sha256(seed_ + f"{number}/{ticket}".encode()).digest() for ticket in range(1, weight + 1))


def draw(terms: Terms, entries: Sequence[Entry], seed_: bytes) -> list[Result]:
    """Draw: the results in the order of the entries' numbers. It does not matter in which order the entries come.

    The entries of a tie are one unit under the least of their numbers; every other entry is one by itself. Units are put in the order of their
    group, then of their lot. In that order each gets places for all of its entries if so many are left, or else is passed over: it leads
    the waiting list, and the next is looked at. Raises Unsound.
    """
    check(terms, entries)
    units: dict[object, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.number):
        units.setdefault(entry.tie or entry.number, []).append(entry)
    group_at = {group: at for at, group in enumerate(terms.groups)}
    ordered = sorted(
        units.values(),
        key=lambda unit: (
            group_at.get(unit[0].group, len(group_at)),
            lot(seed_, unit[0].number, unit[0].weight),
            unit[0].number,
        ),
    )
    left, waiting, results = terms.places, 0, []
    for rank, unit in enumerate(ordered, start=1):
        won = len(unit) <= left
        left -= len(unit) if won else 0
        waiting += 0 if won else 1
        results += [Result(entry.number, rank, won, 0 if won else waiting) for entry in unit]
    return sorted(results, key=lambda result: result.number)


# ---- the published file ----------------------------------------------------------------------------------------------------


def verify(file: Mapping) -> list[str]:
    """Check a published draw: what was found to be so, a sentence each. Raises Unsound where anything is not."""
    try:
        terms = Terms(int(file["places"]), tuple(file["groups"]))
        entries = [Entry(int(e["number"]), int(e["weight"]), str(e["group"]), str(e["tie"])) for e in file["entries"]]
        texts = {key: str(file[key]) for key in ("format", "list_sha256", "source", "commitment")}
    except (KeyError, TypeError, ValueError) as error:
        raise Unsound(f"this is no file of a draw: {error!r}") from error
    if texts["format"] != FORMAT:
        raise Unsound(f"the format is {texts['format']!r}, not {FORMAT}")
    check(terms, entries)
    if list_digest(terms, entries) != texts["list_sha256"]:
        raise Unsound("the list is not the one whose digest was published")
    said = [f"{len(entries):,} entries for {terms.places:,} places: the digest of the list is right"]
    if "secret" not in file:
        return [*said, f"committed to {texts['commitment']}; not drawn yet"]
    if commitment(texts["list_sha256"], texts["source"], str(file["secret"])) != texts["commitment"]:
        raise Unsound("secret, list and source are not those that were committed to")
    said.append("secret, list and source are those that were committed to before the draw")
    results = draw(terms, entries, seed(texts["commitment"], str(file["secret"]), str(file["value"])))
    if [asdict(result) for result in results] != list(file["results"]):
        raise Unsound("drawn again, the results are others")
    return [*said, f"drawn again with the public value {plain(str(file['value']))!r}, every result is the same"]


def main(arguments: Sequence[str]) -> int:
    """The command line: 0 where the draw is sound, 1 where it isn't, 2 where there is nothing to check."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python3 rules.py FILE\n")
        return 2
    try:
        with open(arguments[0], encoding="utf-8-sig") as file:
            sys.stdout.write("\n".join(verify(json.load(file))) + "\nThe draw is sound.\n")
    except (OSError, ValueError) as error:
        sys.stderr.write(f"NOT SOUND: {error}\n" if isinstance(error, Unsound) else f"can't read the file: {error}\n")
        return 1 if isinstance(error, Unsound) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
