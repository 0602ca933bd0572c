"""Which pages can be reached at all (pure): is there any set of answers with which a page is shown?

Answers are searched backwards from a page's condition: an answer that it needs must have been asked, so the page that asks it must be shown
too. Of numbers, dates and texts only those near a condition's bounds are tried, which is enough to tell its sides apart.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Literal

from kusei.base.ask.conditions import holds, questions_in

HIDDEN = object()
"""In place of an answer: the question was not asked."""
PATIENCE = 20_000
"""Steps of the search for one page, after which it is left undecided."""
Verdict = Literal["yes", "no", "unknown"]


class _Tired(Exception):
    """The search took too long."""


class Reach:
    """The pages of a definition whose conditions are well formed; `options(name)` gives the keys of options that a module offers."""

    def __init__(self, definition: Mapping[str, Any], options=lambda name: []):
        self.pages = definition.get("pages") or []
        self.questions = definition.get("questions") or {}
        self.options = options
        self.page_of = {key: place for place, page in enumerate(self.pages) for key in page.get("ask") or []}
        self.named = self._named()
        self.found: dict[int, dict[str, Any]] = {}
        self.stops: list[int] = []
        self.candidates: dict[str, list[Any]] = {}

    def _named(self) -> dict[str, set]:
        """Question → every value that some condition looks for."""
        named: dict[str, list] = {}
        for page in self.pages:
            for key, wanted in literals(page.get("when")):
                named.setdefault(key, []).extend(wanted if isinstance(wanted, list) else [wanted])
        return {key: {value for value in values if isinstance(value, str | int)} for key, values in named.items()}

    def verdicts(self) -> list[Verdict]:
        """For each page in order whether it can be shown."""
        result: list[Verdict] = []
        for place, page in enumerate(self.pages):
            self.steps = 0
            try:
                way = next(self._goals([(page.get("when"), True), *self._past_stops()], {}, place), None)
            except (_Tired, RecursionError):
                result.append("unknown")
            else:
                if way is not None:
                    self.found[place] = way
                result.append("no" if way is None else "yes")
            if page.get("stop"):
                self.stops.append(place)
        return result

    def _past_stops(self) -> list[tuple[Any, bool]]:
        return [(self.pages[place].get("when"), False) for place in self.stops]

    def _goals(self, goals: list[tuple[Any, bool]], given: dict[str, Any], before: int) -> Iterator[dict[str, Any]]:
        """Every extension of the answers given with which all goals (condition, whether it is to hold) are met."""
        if not goals:
            yield given
            return
        (tree, want), *rest = goals
        for extended in self._ways(tree, want, given, before):
            yield from self._goals(rest, extended, before)

    def _ways(self, tree: Any, want: bool, given: dict[str, Any], before: int) -> Iterator[dict[str, Any]]:
        self.steps += 1
        if self.steps > PATIENCE:
            raise _Tired
        if tree is None:
            if want:
                yield given
            return
        ((key, value),) = tree.items()
        if key == "not":
            yield from self._ways(value, not want, given, before)
        elif key in ("all", "any"):
            if (key == "all") == want:
                yield from self._goals([(part, want) for part in value], given, before)
            else:
                for part in value:
                    yield from self._ways(part, want, given, before)
        else:
            yield from self._answers(key, tree, want, given, before)

    def _answers(self, key: str, tree: Any, want: bool, given: dict[str, Any], before: int) -> Iterator[dict[str, Any]]:
        """The answers to one question with which a test of it holds or fails, each with what it takes to be asked."""
        if key in given:
            if holds(tree, _seen(given)) is want:
                yield given
            return
        place = self.page_of.get(key, before)
        for answer in [*(self._candidates(key) if place < before else []), HIDDEN]:
            self.steps += 1
            if holds(tree, _seen({key: answer})) is not want:
                continue
            extended = {**given, key: answer}
            if place >= before:
                yield extended
            elif answer is HIDDEN:
                yield from self._ways(self.pages[place].get("when"), False, extended, place)
            else:
                yield from self._shown(place, extended)

    def _shown(self, place: int, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What shows a page: first the way on which it was reached before, if it fits, then every other."""
        known = self.found.get(place)
        if known is not None and all(given.get(key, value) == value for key, value in known.items()):
            yield {**known, **given}
        if self.pages[place].get("when") is not None or known is None:
            yield from self._ways(self.pages[place].get("when"), True, given, place)

    def _candidates(self, key: str) -> list[Any]:
        if key not in self.candidates:
            self.candidates[key] = self._possible(key, self.questions.get(key) or {})
        return self.candidates[key]

    def _possible(self, key: str, question: Mapping[str, Any]) -> list[Any]:
        """Answers to a question that stand for all there are."""
        kind, named = question.get("kind"), self.named.get(key, set())
        keys = [choice.get("key") for choice in question.get("choices") or []]
        if question.get("from") and kind in ("choice", "choices"):
            keys = list(self.options(question["from"])) or sorted(value for value in named if isinstance(value, str))
        empty = [] if question.get("required", True) else [None]
        if kind in ("choice", "known"):
            return [*keys, *empty]
        if kind == "choices":
            if question.get("all_of_them"):
                return [keys]
            return [list(some) for some in _subsets(keys) if some or empty]
        if kind == "tick":
            return [True, False]
        if kind in ("people", "file"):
            most = max([value for value in named if isinstance(value, int)], default=1) + 1
            return [["…"] * count for count in range(0 if empty else 1, min(most, 60) + 1)]
        if kind == "number":
            return [*_numbers(question, named), *empty]
        if kind == "date":
            return [*_days(named), *empty]
        return ["…", *sorted(value for value in named if isinstance(value, str)), *empty]


def literals(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every question that a condition looks at, with the value that it looks for."""
    if not tree:
        return
    ((key, value),) = tree.items()
    if key in ("all", "any"):
        for part in value:
            yield from literals(part)
    elif key == "not":
        yield from literals(value)
    else:
        yield key, next(iter(value.values()))


def circles(definition: Mapping[str, Any]) -> list[list[int]]:
    """Pages whose conditions wait for each other (循環): each a list of places that leads back to its first."""
    pages = definition.get("pages") or []
    page_of = {key: place for place, page in enumerate(pages) for key in page.get("ask") or []}
    needs = {
        place: sorted({page_of[key] for key in questions_in(page["when"]) if key in page_of})
        for place, page in enumerate(pages)
        if page.get("when")
    }
    found, done = [], set()
    for start in needs:
        trail, at = [start], {start: 0}
        stack = [iter(needs[start])] if start not in done else []
        while stack:
            to = next(stack[-1], None)
            if to is None:
                stack.pop()
                gone = trail.pop()
                at.pop(gone)
                done.add(gone)
            elif to in at:
                found.append(trail[at[to] :])
            elif to not in done and to in needs:
                at[to] = len(trail)
                trail.append(to)
                stack.append(iter(needs[to]))
    return found


def _seen(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: answer for key, answer in answers.items() if answer is not HIDDEN}


def _subsets(keys: list[str]) -> Iterator[tuple[str, ...]]:
    """All of a few choices; of many none, one, two and all of them."""
    sizes = range(len(keys) + 1) if len(keys) <= 6 else (0, 1, 2, len(keys))
    for size in sizes:
        yield from combinations(keys, size)


def _numbers(question: Mapping[str, Any], named: set) -> list[int]:
    least, most = question.get("min") or 0, question.get("max")
    near = {value + step for value in named if isinstance(value, int) for step in (-1, 0, 1)} | {least}
    return sorted(number for number in near if number >= least and (most is None or number <= most))


def _days(named: set) -> list[str]:
    days = {"2000-01-01"}
    for value in named:
        try:
            day = date.fromisoformat(value)
            days |= {(day + timedelta(days=step)).isoformat() for step in (-1, 0, 1)}
        except (TypeError, ValueError, OverflowError):
            continue
    return sorted(days)
