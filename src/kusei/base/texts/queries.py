"""What is looked up: the translations of a language with their states, from the catalogues and the checks."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation import to_locale

from kusei.base.kernel.spoken import SEPARATOR
from kusei.base.texts.models import Check
from kusei.base.web import states
from kusei.base.web.states import CHECKED, State
from kusei.base.web.translations import catalogue

DIGEST = 16


@dataclass(frozen=True)
class Translation:
    """A text and what it is in a language; `digest` names it, `seen` covers what it says now."""

    text: str
    digest: str
    source: str
    forms: tuple[str, ...]
    state: State
    files: tuple[str, ...]
    plural: bool = False

    @property
    def seen(self) -> str:
        return states.digest(self.text, self.forms)


def languages() -> list[tuple[str, str]]:
    """The languages that are translated: code and own name."""
    return [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def translations(language: str) -> list[Translation]:
    """Every text of a language's catalogue as it is said now, in the order of the files they stand in."""
    path = catalogue(to_locale(language))
    checks = newest(language)
    return [_with(one, checks.get(one.digest)) for one in _in_catalogue(path, path.stat().st_mtime_ns)]


def named(language: str, digest: str) -> Translation | None:
    """One text of a language, as it is said now."""
    return next((one for one in translations(language) if one.digest == digest), None)


def _with(one: Translation, check: Check | None) -> Translation:
    if check is None:
        return one
    state = State(CHECKED, check.by_name, check.at.date().isoformat())
    return Translation(one.text, one.digest, one.source, tuple(check.forms), state, one.files, one.plural)


@lru_cache(maxsize=16)
def _in_catalogue(path: Path, changed: int) -> tuple[Translation, ...]:
    file = polib.pofile(str(path))
    default = states.default_state(file)
    return tuple(
        Translation(
            text=states.key(entry),
            digest=states.digest(states.key(entry), (), DIGEST),
            source=entry.msgid,
            forms=tuple(states.forms(entry)),
            state=states.state_of(entry, default) if entry.translated() else State("missing"),
            files=tuple(name for name, _line in entry.occurrences),
            plural=bool(entry.msgid_plural),
        )
        for entry in file
    )


def newest(language: str) -> dict[str, Check]:
    """The check that holds for each text of a language, by digest."""
    found = Check.objects.filter(language=language).order_by("digest", "-turn").distinct("digest")
    return {check.digest: check for check in found}


def corrected() -> dict[str, dict[str, list[str]]]:
    """What pages are to say: language → text → forms, of every text that was checked here."""
    found = Check.objects.order_by("language", "digest", "-turn").distinct("language", "digest")
    said: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for language, text, forms in found.values_list("language", "text", "forms"):
        said[language][text] = forms
    return said


def counts(language: str) -> Counter[str]:
    """How many texts of a language are in each state."""
    return Counter(one.state.name for one in translations(language))


def context_and_source(text: str) -> tuple[str, str]:
    """A text's context and its Japanese."""
    context, separator, source = text.rpartition(SEPARATOR)
    return (context, source) if separator else ("", text)
