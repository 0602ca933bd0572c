"""What the register says beside what was answered (住民記録との照合). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kusei.base.ask import bank
from kusei.base.ask.kinds import fact_label, fact_text
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.i18n import text
from kusei.base.parties.rules import plain

ALWAYS = ("name", "kana", "corporate_number", "birth_date", "address", "phone", "household.members", "protected")
"""The facts about an applicant that a case shows whatever was asked."""


@dataclass(frozen=True)
class Known:
    """One thing the register says beside an answer; `differs` is None where there is nothing to compare."""

    label: str
    value: str
    differs: bool | None = None


def facts_needed(definition: Mapping) -> list[str]:
    """The facts to ask the register for: those always shown, and those the answers are compared with."""
    asked = [name for question in definition["questions"].values() for name in _facts_of(question)]
    return list(dict.fromkeys([*ALWAYS, *asked]))


def _facts_of(question: Mapping) -> list[str]:
    one = [question["fact"]] if question.get("fact") else []
    # Of people, `from` is a fact; of a choice, where its options come from.
    several = [question["from"]] if question.get("kind") == "people" else []
    return [*question.get("facts", []), *one, *several]


def people_in(answers: Mapping[str, Any]) -> list[str]:
    """The ids of the register's persons among the answers, once each."""
    listed = [
        person
        for answer in answers.values()
        if isinstance(answer, list)
        for person in answer
        if isinstance(person, dict)
    ]
    return list(dict.fromkeys(person["party_id"] for person in listed if person.get("party_id")))


def beside(definition: Mapping, answers: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, list[Known]]:
    """For each answered question what the register says: `facts` maps a fact's name to its value."""
    found = {}
    for key, answer in answers.items():
        if known := list(_beside(definition["questions"].get(key, {}), answer, facts)):
            found[key] = known
    return found


def _beside(question: Mapping, answer: Any, facts: Mapping[str, Any]) -> Iterator[Known]:
    kind = question.get("kind")
    if kind == "known":
        for name in question["facts"]:
            yield Known(fact_label(name), fact_text(name, facts.get(name)))
    elif kind == "people":
        yield from _people(answer, facts.get(question["from"]) or [])
    elif kind == "bank" and question.get("holder_is") and facts.get("kana"):
        same = bank.same_person(answer["holder"], facts["kana"])
        yield Known(fact_label("kana"), facts["kana"], None if same is None else not same)
    elif name := question.get("fact"):
        value = facts.get(name)
        differs = _plain(answer) != _plain(value) if value and answer else None
        chosen = next((text(choice["label"]) for choice in question.get("choices", []) if choice["key"] == value), None)
        yield Known(fact_label(name), chosen or fact_text(name, value), differs)


def _people(answer: list[Mapping], registered: list[Mapping]) -> Iterator[Known]:
    rows = {person["party_id"]: person for person in registered}
    for person in answer:
        row = rows.pop(person.get("party_id"), None)
        if row is None:
            yield Known(person["name"], _("この世帯に登録がありません"), True)
        else:
            same = all(plain(str(person[part])) == plain(str(row[part])) for part in ("name", "birth_date"))
            yield Known(row["name"], f"{_born(row)} {row['relationship']}", not same)
    for row in rows.values():
        yield Known(row["name"], f"{_born(row)} {row['relationship']}（{_('申請されていません')}）")


def _born(person: Mapping) -> str:
    return wareki(date.fromisoformat(person["birth_date"]))


def _plain(value: Any) -> str:
    return plain(str(value)).replace("-", "")
