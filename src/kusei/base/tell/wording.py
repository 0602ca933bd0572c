"""What messages say (文面): one YAML file a message in `wards/_common/messages/`, or the ward's own in `wards/<ward>/messages/`.

A file holds `subject` and `body`, each in ja, ja-easy and en at least (`kernel.i18n` finds the others); a mail ends with the ward's name, added when it is sent. `{name}` stands for
a value of the context; nothing else may stand in braces. `sample` gives an example of each, which the tests render. `forget: true` is for
messages that hold a secret (a code to sign in with): their text is erased once delivered.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter

import yaml
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kusei.base.kernel import i18n
from kusei.base.kernel.calendar import WARDS
from kusei.base.kernel.i18n import LANGUAGES, WRITTEN

Value = str | int | date | Mapping[str, str]
"""What a context may hold; dates and mappings of language to text are put into the message's language."""
NAME = re.compile(r"[a-z][a-z_]*")
TEMPLATE = re.compile(r"[a-z][a-z0-9_-]*(/[a-z][a-z0-9_-]*)+")
LONGEST_SUBJECT = 300


class WordingError(ValueError):
    """A message's file can't be used, or its context lacks something; the message names the file and each fault."""


class Wording(BaseModel):
    """One message's texts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: dict[str, str]
    body: dict[str, str]
    sample: dict[str, str | int | date | dict[str, str]] = Field(default_factory=dict)
    forget: bool = False

    @field_validator("subject", "body")
    @classmethod
    def _every_language(cls, texts: dict[str, str]) -> dict[str, str]:
        if missing := set(WRITTEN) - set(texts):
            raise ValueError(f"has no text in {', '.join(sorted(missing))}")
        if unknown := set(texts) - set(LANGUAGES):
            raise ValueError(f"unknown languages: {', '.join(sorted(unknown))}")
        for language, words in texts.items():
            if not words.strip():
                raise ValueError(f"has no text in {language}")
            placeholders(words)
        return {language: words.strip() for language, words in texts.items()}

    @field_validator("subject")
    @classmethod
    def _one_line(cls, texts: dict[str, str]) -> dict[str, str]:
        if any("\n" in words for words in texts.values()):
            raise ValueError("must be one line")
        return texts

    @model_validator(mode="after")
    def _sample_for_each(self) -> "Wording":
        if self.sample and set(self.sample) != self.names:
            raise ValueError(f"sample must hold exactly: {', '.join(sorted(self.names))}")
        return self

    @property
    def names(self) -> set[str]:
        """Every placeholder, of all languages."""
        return {name for texts in (self.subject, self.body) for words in texts.values() for name in placeholders(words)}

    def render(self, context: Mapping[str, Value], language: str) -> tuple[str, str]:
        """Subject and body in a language. Raises `WordingError` where the context lacks a name or holds what has no form in text."""
        if missing := self.names - set(context):
            raise WordingError(f"the context lacks: {', '.join(sorted(missing))}")
        spoken = {name: said(context[name], language) for name in self.names}
        subject = i18n.text(self.subject, language).format_map(spoken)
        body = i18n.text(self.body, language).format_map(spoken)
        return " ".join(subject.split())[:LONGEST_SUBJECT], body


def placeholders(words: str) -> set[str]:
    """The names in braces. Raises ValueError for anything in braces but a plain name."""
    found = set()
    for _text, name, form, conversion in Formatter().parse(words):
        if name is None:
            continue
        if form or conversion or not NAME.fullmatch(name):
            raise ValueError(f"{{{name}}}: only plain names may stand in braces")
        found.add(name)
    return found


def said(value: Value, language: str) -> str:
    """A value as the language writes it. Raises `WordingError` for a kind of value that has no form in text."""
    match value:
        case str():
            return value
        case bool():
            raise WordingError("true and false have no form in text")
        case int():
            return i18n.number(value, language)
        case date():
            return i18n.day(value, language)
        case Mapping():
            return i18n.text(value, language)
    raise WordingError(f"a {type(value).__name__} has no form in text")


def folders(ward: str, wards: Path = WARDS) -> list[Path]:
    """Where messages are looked for: the ward's own first."""
    return [wards / ward / "messages", wards / "_common" / "messages"]


@cache
def wording(template: str, ward: str | None = None, wards: Path = WARDS) -> Wording:
    """The message called `template` (`ask/received`) in the words of the ward (default: this installation's).

    Raises `WordingError` where there is none, or its file is at fault.
    """
    if not TEMPLATE.fullmatch(template):
        raise WordingError(f"{template!r} is not the name of a message, like ask/received")
    for folder in folders(ward or settings.WARD, wards):
        file = folder / f"{template}.yaml"
        if file.is_file():
            return read(file)
    raise WordingError(f"there is no message {template!r}")


def read(file: Path) -> Wording:
    """The message in a file. Raises `WordingError`."""
    try:
        return Wording.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise WordingError(f"{file}: {error}") from error


def templates(ward: str | None = None, wards: Path = WARDS) -> list[str]:
    """The names of all messages there are."""
    found = set()
    for folder in folders(ward or settings.WARD, wards):
        found |= {str(file.relative_to(folder).with_suffix("")) for file in folder.rglob("*.yaml")}
    return sorted(found)
