"""Answers told back: on the check page, to staff, on paper."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import override

from kusei.base.ask import engine, rules
from kusei.base.ask.schema import Procedure


@dataclass(frozen=True)
class Row:
    """One question with its answer; `files` lists {attachment, file, name} for answers that are files."""

    key: str
    label: str
    lines: list[str]
    page: str
    files: list[dict] = field(default_factory=list)

    @property
    def value_text(self) -> str:
        """The answer as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Section:
    """The rows of one page."""

    title: str
    rows: list[Row]


def readable(
    definition: Mapping | Procedure, answers: Mapping[str, Any], language: str = "ja", given: Mapping | None = None
) -> list[Section]:
    """The answers page by page, in the given language. `definition` is a snapshot's definition or the procedure made of it."""
    procedure = definition if isinstance(definition, Procedure) else Procedure.model_validate(definition)
    with override(language):
        sections = []
        for page in rules.pages(procedure, answers):
            rows = [_row(procedure, page.key, key, answers[key], given or {}) for key in page.ask if key in answers]
            if rows:
                sections.append(Section(rows[0].label, rows))
        return sections


def _row(procedure: Procedure, page: str, key: str, value: Any, given: Mapping) -> Row:
    files = value if procedure.questions[key].kind == "file" else []
    return Row(key, engine.label(procedure, key), engine.lines(procedure, key, value, given), page, files)
