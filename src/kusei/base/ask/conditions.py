"""The one logic engine: a small typed tree of conditions over answers (条件). Pure.

{spouse: {is: none}}   {kind: {in: [a, b]}}   {count: {at_least: 3}}   {photo: {answered: true}}
{all: [c, …]}   {any: [c, …]}   {not: c}   {applicant: {kind: organisation}}
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator

_GROUPS = ("all", "any")
_TESTS = {
    "is": lambda answer, wanted: answer == wanted,
    "in": lambda answer, wanted: answer in wanted,
    "has": lambda answer, wanted: isinstance(answer, list) and wanted in answer,
    "at_least": lambda answer, wanted: _order(answer, wanted, lambda a, b: a >= b),
    "at_most": lambda answer, wanted: _order(answer, wanted, lambda a, b: a <= b),
    "kind": lambda answer, wanted: isinstance(answer, Mapping) and answer.get("kind") == wanted,
    "answered": lambda answer, wanted: (answer not in (None, "", [], {})) is wanted,
}
_WANTED = {"in": list, "at_least": (int, str), "at_most": (int, str), "answered": bool, "kind": str}


def _order(answer: Any, wanted: Any, compare) -> bool:
    """Compare numbers with numbers and ISO dates with ISO dates; what can't be compared does not hold."""
    if isinstance(answer, list):
        answer = len(answer)
    if isinstance(answer, int) and isinstance(wanted, int):
        return compare(answer, wanted)
    try:
        return compare(date.fromisoformat(answer), date.fromisoformat(wanted))
    except (TypeError, ValueError):
        return False


def well_formed(tree: Any) -> Any:
    """The tree itself, if it is one of the forms above. Raises ValueError saying which part is not."""
    if not isinstance(tree, Mapping) or len(tree) != 1:
        raise ValueError(f"a condition is a mapping with one key, not {tree!r}")
    ((key, value),) = tree.items()
    if key in _GROUPS:
        if not isinstance(value, list) or not value:
            raise ValueError(f"{key}: needs a list of conditions")
        for part in value:
            well_formed(part)
    elif key == "not":
        well_formed(value)
    else:
        if not isinstance(value, Mapping) or len(value) != 1 or next(iter(value)) not in _TESTS:
            raise ValueError(f"{key}: needs one of {', '.join(_TESTS)}, not {value!r}")
        ((test, wanted),) = value.items()
        if test in _WANTED and not isinstance(wanted, _WANTED[test]):
            raise ValueError(f"{key}: {test} can't be {wanted!r}")
    return tree


def questions_in(tree: Mapping) -> set[str]:
    """The questions a condition looks at."""
    ((key, value),) = tree.items()
    if key in _GROUPS:
        return set().union(*(questions_in(part) for part in value))
    return questions_in(value) if key == "not" else {key}


def holds(tree: Mapping | None, answers: Mapping[str, Any]) -> bool:
    """Whether the condition holds for these answers; no condition always does, an unanswered question is None."""
    if tree is None:
        return True
    ((key, value),) = tree.items()
    if key == "all":
        return all(holds(part, answers) for part in value)
    if key == "any":
        return any(holds(part, answers) for part in value)
    if key == "not":
        return not holds(value, answers)
    ((test, wanted),) = value.items()
    return bool(_TESTS[test](answers.get(key), wanted))


Condition = Annotated[dict[str, Any], AfterValidator(well_formed)]
