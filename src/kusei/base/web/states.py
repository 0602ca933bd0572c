"""How far each translation can be trusted (翻訳の状態), kept beside it in its .po file.

authored: written by somebody who speaks for the ward · checked: read and found right by a named person · machine: written by a machine and
read by nobody. A translator comment says so (`# state: checked 2026-11-21 Kim Minji #9f3ab2c1`); an entry without one has the state of the
header's `X-Default-State`. The digest of a check covers source and translation: a text changed since is `machine` again. A source changed
is another msgid, so its old translation leaves with it.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polib

from kusei.base.kernel import spoken

STATES = AUTHORED, CHECKED, MACHINE = ("authored", "checked", "machine")
HEADER = "X-Default-State"
NOTE = re.compile(r"^state: (authored|machine|checked (\d{4}-\d\d-\d\d) (.+) #([0-9a-f]{8}))$", re.MULTILINE)


@dataclass(frozen=True)
class State:
    """A translation's state; of a checked one, who read it and when."""

    name: str
    by: str = ""
    on: str = ""


def forms(entry: polib.POEntry) -> list[str]:
    """The translation: one text, or one a plural form."""
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def key(entry: polib.POEntry) -> str:
    """The text as the catalogue knows it."""
    return spoken.key(entry.msgctxt or "", entry.msgid)


def digest(key: str, texts: Iterable[str], length: int = 8) -> str:
    """What a check covers: the source and its translation."""
    return hashlib.sha256(json.dumps([key, *texts], ensure_ascii=False).encode()).hexdigest()[:length]


def state_of(entry: polib.POEntry, default: str) -> State:
    """An entry's state. `default` is its file's."""
    note = NOTE.search(entry.tcomment or "")
    if not note:
        return State(default)
    if not note[2]:
        return State(note[1])
    return State(CHECKED, note[3], note[2]) if note[4] == digest(key(entry), forms(entry)) else State(MACHINE)


def default_state(catalogue: polib.POFile) -> str:
    """The state of a file's entries that bear no note; `machine`, unless its header claims that people wrote it."""
    return AUTHORED if catalogue.metadata.get(HEADER) == AUTHORED else MACHINE


def note(entry: polib.POEntry, state: State) -> None:
    """Write an entry's state beside it."""
    kept = NOTE.sub("", entry.tcomment or "").strip()
    line = f"state: {state.name}"
    if state.name == CHECKED:
        line += f" {date.fromisoformat(state.on)} {' '.join(state.by.split())} #{digest(key(entry), forms(entry))}"
    entry.tcomment = f"{kept}\n{line}".strip()


def unchecked(catalogue: polib.POFile) -> list[str]:
    """The keys of a file's translations that nobody wrote or checked."""
    default = default_state(catalogue)
    return [key(e) for e in catalogue.translated_entries() if state_of(e, default).name == MACHINE]


def counts(path: Path) -> Counter[str]:
    """How many translations a file holds in each state; `missing` counts the empty entries."""
    catalogue = polib.pofile(str(path))
    default = default_state(catalogue)
    return Counter(state_of(e, default).name if e.translated() else "missing" for e in catalogue)


def write_checks(path: Path, checks: Iterable[tuple[str, Sequence[str], str, date]]) -> int:
    """Write checks (text, forms, who, when) into a .po file. Texts it no longer has are passed over. Returns how many were written."""
    file = polib.pofile(str(path), wrapwidth=0)
    entries, written = {key(entry): entry for entry in file}, 0
    for text, said, by, on in checks:
        entry = entries.get(text)
        if entry is None:
            continue
        if entry.msgid_plural:
            entry.msgstr_plural = dict(enumerate(said))
        else:
            entry.msgstr = said[0]
        note(entry, State(CHECKED, by, on.isoformat()))
        written += 1
    if written:
        file.save(str(path))
    return written
