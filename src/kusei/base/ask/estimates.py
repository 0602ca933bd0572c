"""What an application comes to by the rules, worked out as it is typed (試算): a module's rule `estimate`, shown beside the questions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict

from kusei.base.ask import engine
from kusei.base.ask.kinds import Setting
from kusei.base.ask.schema import Page, Procedure
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.offers import registry


@dataclass(frozen=True)
class Line:
    """A step: what it is called, what it comes to, how, and by which law."""

    label: str
    value: str
    how: str = ""
    law: str = ""


@dataclass(frozen=True)
class Estimate:
    """A computation in words, in the active language. total: what it comes to. groups: (heading, lines). doubts: where sources disagree, and
    what that would change. notes: what it does not tell."""

    title: str
    total: str
    groups: list[tuple[str, list[Line]]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def offered(procedure: str) -> bool:
    """Whether the procedure's module works anything out."""
    module = registry.module_of(procedure)
    return bool(module) and "estimate" in module.rules


def estimate(procedure: str, answers: Mapping[str, Any], day: date) -> Estimate | None:
    """What these answers come to on a day; None where the module works nothing out, or not yet."""
    return registry.module_of(procedure).rules["estimate"](answers, day) if offered(procedure) else None


def prefilled(page: Page, procedure: Procedure, answers: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """What the fields of a page hold before anything was answered: the ward's own facts."""
    asked = {key: procedure.questions[key] for key in page.ask if key not in answers}
    held = {key: engine.KINDS[question.kind].initial(question, setting) for key, question in asked.items()}
    return {key: value for key, value in held.items() if value is not None}


def typed(procedure: Procedure, page: Page, post: QueryDict, setting: Setting) -> dict[str, Any]:
    """The answers of a page that can be read already; a question half typed is left out. Files are not looked at."""
    found: dict[str, Any] = {}
    for key in page.ask:
        question = procedure.questions[key]
        if question.kind == "file":
            continue
        try:
            found |= engine.read_all({key: question}, post, setting)
        except Invalid:
            continue
    return found
