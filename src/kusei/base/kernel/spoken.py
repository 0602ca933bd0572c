"""What is said on a page, watched: which of its texts nobody has checked, and texts that the ward has corrected.

Django asks one translation object a language for every text. `Spoken` stands in for it: it says what the ward corrected before what the
catalogue has, and notes texts that no person has checked while somebody listens (`listening`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings
from django.utils.translation import trans_real

UNCHECKED_FILE = "unchecked.json"
SEPARATOR = trans_real.CONTEXT_SEPARATOR

_heard: ContextVar[set[str] | None] = ContextVar("heard", default=None)
_corrected: dict[str, dict[str, list[str]]] = {}
_version = 0


class Spoken(trans_real.DjangoTranslation):
    """The texts of one language, as Django asks for them."""

    def __init__(self, language: str, *args, **kwargs):
        super().__init__(language, *args, **kwargs)
        self.code = language
        self.unchecked = _unchecked(trans_real.to_locale(language))

    def gettext(self, message: str) -> str:
        own = _corrected.get(self.code, {}).get(message)
        if own:
            return own[0]
        if message in self.unchecked:
            hear([message])
        return super().gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        own = _corrected.get(self.code, {}).get(msgid1)
        if own:
            return own[min(len(own) - 1, int(n != 1))]
        if msgid1 in self.unchecked:
            hear([msgid1])
        return super().ngettext(msgid1, msgid2, n)

    def has(self, message: str) -> bool:
        """Whether this very language says it, by its catalogue or by correction."""
        return message in _corrected.get(self.code, {}) or self._catalog.get(message) is not None


def _unchecked(locale: str) -> frozenset[str]:
    file = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / UNCHECKED_FILE
    return frozenset(json.loads(file.read_text("utf-8"))) if file.exists() else frozenset()


def install() -> None:
    """Have Django ask `Spoken` from now on. Called once, when the catalogues are compiled."""
    trans_real.DjangoTranslation = Spoken
    trans_real._translations.clear()
    trans_real._default = None


def key(context: str, msgid: str) -> str:
    """A text as catalogues know it."""
    return f"{context}{SEPARATOR}{msgid}" if context else msgid


def found(context: str, source: str, language: str) -> str:
    """The translation of a text that is data, or "" where the language lacks it."""
    translation, wanted = trans_real.translation(language), key(context, source.strip())
    if not isinstance(translation, Spoken) or not translation.has(wanted):
        return ""
    return translation.gettext(wanted)


# ---- listening -------------------------------------------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[set[str]]:
    """Note the unchecked texts said inside. Who listens outside hears them too."""
    outer, said = _heard.get(), set()
    token = _heard.set(said)
    try:
        yield said
    finally:
        _heard.reset(token)
        if outer is not None:
            outer |= said


def hear(messages: Iterable[str]) -> None:
    """Note unchecked texts, such as those of a part of the page that was drawn before."""
    heard = _heard.get()
    if heard is not None:
        heard.update(messages)


# ---- corrections -----------------------------------------------------------------------------------------------------------


def correct(corrected: Mapping[str, Mapping[str, list[str]]]) -> None:
    """Say these texts from now on: language → key → its forms (one, or singular and plural). They count as checked."""
    global _version
    new = {language: dict(texts) for language, texts in corrected.items()}
    if new != _corrected:
        _corrected.clear()
        _corrected.update(new)
        _version += 1


def version() -> int:
    """A number that changes with the corrections: what was drawn under another is out of date."""
    return _version
