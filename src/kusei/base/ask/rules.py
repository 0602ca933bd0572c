"""The way through a procedure (pure): which pages are to be shown for these answers, and what still lacks."""

from collections.abc import Iterator, Mapping
from typing import Any

from kusei.base.ask.conditions import holds
from kusei.base.ask.schema import Page, Procedure

Answers = Mapping[str, Any]


def pages(procedure: Procedure, answers: Answers) -> Iterator[Page]:
    """The pages that are to be shown, in order. A condition sees only answers of pages that are shown themselves, so that an answer
    on a page that has gone does not keep others alive."""
    seen: dict[str, Any] = {}
    for page in procedure.pages:
        if holds(page.when, seen):
            seen |= {key: answers[key] for key in page.ask if key in answers}
            yield page


def relevant(procedure: Procedure, answers: Answers) -> dict[str, Any]:
    """The answers on pages that are shown: what is submitted."""
    return {key: answers[key] for page in pages(procedure, answers) for key in page.ask if key in answers}


def is_answered(procedure: Procedure, key: str, answers: Answers) -> bool:
    """Whether the question has an answer, or has been passed and needs none."""
    if key not in answers:
        return False
    question = procedure.questions[key]
    if question.kind == "group":
        return len(answers[key]) >= question.least
    return not question.required or answers[key] not in (None, "", [], {})


def first_open(procedure: Procedure, answers: Answers) -> Page | None:
    """The first page with a required question unanswered, or a stop; None when everything can be submitted."""
    return next(
        (p for p in pages(procedure, answers) if p.stop or not all(is_answered(procedure, k, answers) for k in p.ask)),
        None,
    )
