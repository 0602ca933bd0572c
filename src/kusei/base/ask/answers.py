"""Answers told back: on the check page, to staff, on paper."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import override

from kusei.base.ask import engine, groups, rules
from kusei.base.ask.schema import Procedure, Question
from kusei.base.kernel.i18n import pair, text


@dataclass(frozen=True)
class Row:
    """One question with its answer; `files` lists {attachment, file, name} for answers that are files. Of a group each item is a row of
    its own, with its `item` id, and its files beside its lines."""

    key: str
    label: str
    lines: list[str]
    page: str
    files: list[dict] = field(default_factory=list)
    item: str = ""

    @property
    def said(self) -> list[str]:
        """All lines, the names of an item's files among them."""
        return [*self.lines, *(file["name"] for file in self.files)] if self.item else self.lines

    @property
    def value_text(self) -> str:
        """The answer as one text."""
        return "\n".join(self.said)


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
            rows = [
                row
                for key in page.ask
                if key in answers
                for row in _rows(procedure, page.key, key, answers[key], given or {})
            ]
            if rows:
                sections.append(Section(rows[0].label, rows))
        return sections


def _rows(procedure: Procedure, page: str, key: str, value: Any, given: Mapping) -> list[Row]:
    question = procedure.questions[key]
    if question.kind == "group" and value:
        return [_item(question, page, key, place, item) for place, item in enumerate(value, start=1)]
    return [_row(procedure, page, key, value, given)]


def _item(question: Question, page: str, key: str, place: int, item: Mapping) -> Row:
    lines = [pair(label, answer) for label, answer in groups.told(question, item, engine.KINDS)]
    name = f"{text(question.item.mapping())} {place}"
    return Row(key, name, lines, page, groups.files_of(question, item), item["id"])


def _row(procedure: Procedure, page: str, key: str, value: Any, given: Mapping) -> Row:
    files = value if procedure.questions[key].kind == "file" else []
    return Row(key, engine.label(procedure, key), engine.lines(procedure, key, value, given), page, files)
