"""A procedure as JSON Schema (2020-12): the same questions and conditions that the pages ask."""

from collections.abc import Mapping
from typing import Any

from kusei.base.ask.engine import KINDS
from kusei.base.ask.schema import Procedure
from kusei.base.kernel.i18n import text

FILES = "file"
"""Answers of this kind are uploaded, not sent as JSON."""


def properties(procedure: Procedure) -> dict[str, Any]:
    """What each question's answer looks like, with its words in the active language."""
    return {
        key: {
            **KINDS[question.kind].json_schema(question),
            "title": text(question.label.mapping()),
            **({"description": text(question.hint.mapping())} if question.hint else {}),
        }
        for key, question in procedure.questions.items()
        if question.kind != FILES
    }


def partial(procedure: Procedure) -> dict[str, Any]:
    """Some of the answers, as a draft takes them."""
    return {"type": "object", "properties": properties(procedure), "additionalProperties": False}


def whole(procedure: Procedure) -> dict[str, Any]:
    """All answers, as they must be when the application is submitted: what is asked only on a condition is required on that condition."""
    rules = []
    for page in procedure.pages:
        required = [k for k in page.ask if procedure.questions[k].required and procedure.questions[k].kind != FILES]
        condition = of_condition(page.when) if page.when else {}
        if page.stop:
            rules.append({"not": condition})
        elif required and page.when:
            rules.append({"if": condition, "then": {"required": required}})
        elif required:
            rules.append({"required": required})
    return {**partial(procedure), "allOf": rules}


def of_condition(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A condition (`ask.conditions`) as a schema that the answers fulfil where it holds."""
    ((key, value),) = tree.items()
    if key in ("all", "any"):
        return {"allOf" if key == "all" else "anyOf": [of_condition(part) for part in value]}
    if key == "not":
        return {"not": of_condition(value)}
    ((test, wanted),) = value.items()
    if test == "answered":
        given = {"properties": {key: {"not": {"enum": [None, "", [], {}]}}}, "required": [key]}
        return given if wanted else {"not": given}
    return {"properties": {key: _TESTS[test](wanted)}, "required": [key]}


_TESTS = {
    "is": lambda wanted: {"const": wanted},
    "in": lambda wanted: {"enum": wanted},
    "kind": lambda wanted: {"const": wanted} if wanted == "self" else {"type": "string", "format": "uuid"},
    "has": lambda wanted: {"type": "array", "contains": {"const": wanted}},
    "at_least": lambda wanted: _order("minimum", "minItems", wanted),
    "at_most": lambda wanted: _order("maximum", "maxItems", wanted),
}


def _order(number: str, items: str, wanted: int | str) -> dict[str, Any]:
    """Numbers and lists are compared; for dates JSON Schema has no word, so the description says it."""
    if isinstance(wanted, int):
        return {"anyOf": [{"type": "number", number: wanted}, {"type": "array", items: wanted}]}
    return {"type": "string", "description": f"{number} {wanted}"}
