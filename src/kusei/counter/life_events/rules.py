"""From answers to a checklist (pure): which question comes next, what has to be done and in which order, until when."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kusei.base.ask.conditions import holds
from kusei.base.ask.deadline import Deadline
from kusei.counter.life_events.events import LifeEvent, Need

Answers = Mapping[str, str]


def asked(event: LifeEvent, answers: Answers) -> Iterator[str]:
    """The questions that are to be asked, in order. A condition sees only answers to questions that are asked themselves."""
    seen: dict[str, str] = {}
    for key, question in event.questions.items():
        if holds(question.when, seen):
            yield key
            if key in answers:
                seen[key] = answers[key]


def relevant(event: LifeEvent, answers: Answers) -> dict[str, str]:
    """The answers to questions that are asked, as far as they are among the choices."""
    return {
        key: answers[key]
        for key in asked(event, answers)
        if answers.get(key) in {choice.key for choice in event.questions[key].choices}
    }


def next_question(event: LifeEvent, answers: Answers) -> str | None:
    """The first question without a good answer; None when all are answered."""
    given = relevant(event, answers)
    return next((key for key in asked(event, given) if key not in given), None)


@dataclass(frozen=True)
class Item:
    """A thing to do, with its term and the last day, where the day of the event is known."""

    need: Need
    deadline: Deadline | None
    last_day: date | None


def checklist(
    event: LifeEvent,
    answers: Answers,
    happened_on: date | None,
    today: date,
    deadline_of: Callable[[str], Deadline | None],
) -> list[Item]:
    """What has to be done: the soonest first, then what has a term but no day, then the rest; as written among equals. A need counts while it is
    in force on the day of the event (today, where that isn't known). deadline_of: the term of a procedure by its slug."""
    day, given = happened_on or today, relevant(event, answers)
    items = []
    for need in event.needs:
        if not holds(need.when, given) or (need.since and day < need.since) or (need.until and day > need.until):
            continue
        term = need.deadline or (deadline_of(need.procedure) if need.procedure else None)
        last = term.last_day(happened_on) if term and happened_on and not need.own_day else None
        items.append(Item(need, term, last))
    return sorted(items, key=lambda item: (item.last_day is None, item.last_day or date.max, item.deadline is None))


def paths(event: LifeEvent) -> Iterator[dict[str, str]]:
    """Every way through the questions: the answers of each, for the table that staff check."""

    def on(answers: dict[str, str]) -> Iterator[dict[str, str]]:
        key = next_question(event, answers)
        if key is None:
            yield answers
            return
        for choice in event.questions[key].choices:
            yield from on({**answers, key: choice.key})

    return on({})
