"""What an answer of each kind looks like as it is kept: the whitelist by which the office takes answers from another installation. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kusei.base.ask.handover import answered_files
from kusei.base.ask.schema import MOST_ITEMS
from kusei.base.line.kinds import Line200, Word

Text = Annotated[str, Field(max_length=20_000)]
Key = Annotated[str, Field(max_length=60)]


class Part(BaseModel):
    """Nothing but what is named."""

    model_config = ConfigDict(extra="forbid")


class Person(Part):
    """Somebody of the household (世帯員)."""

    party_id: UUID
    name: Line200
    kana: Line200
    birth_date: date
    relationship: Line200


class Account(Part):
    """A bank account (口座)."""

    bank_code: Annotated[str, Field(pattern=r"^\d{4}$")]
    bank_name: Line200
    branch_code: Annotated[str, Field(pattern=r"^\d{3}$")]
    branch_name: Line200
    account: Key
    number: Annotated[str, Field(pattern=r"^\d{4,8}$")]
    holder: Line200


class Applicant(Part):
    """For whom somebody applies (申請者)."""

    kind: Literal["self", "organisation"]
    party_id: UUID | None = None
    name: Line200 = ""
    corporate_number: Annotated[str, Field(pattern=r"^(\d{13})?$")] = ""


class File(Part):
    """A file that was handed in."""

    attachment: UUID
    file: UUID
    name: Line200
    media_type: Word
    size: Annotated[int, Field(ge=0)]


SHAPES: dict[str, TypeAdapter] = {
    "text": TypeAdapter(Text | None),
    "textarea": TypeAdapter(Text | None),
    "phone": TypeAdapter(Annotated[str, Field(pattern=r"^(\+?\d{1,20})?$")] | None),
    "number": TypeAdapter(int | None),
    "date": TypeAdapter(date | None),
    "choice": TypeAdapter(Key | None),
    "known": TypeAdapter(Key | None),
    "choices": TypeAdapter(list[Key]),
    "tick": TypeAdapter(bool),
    "people": TypeAdapter(list[Person]),
    "bank": TypeAdapter(Account | Literal[""] | None),
    "file": TypeAdapter(list[File]),
    "applicant": TypeAdapter(Applicant),
}
ITEMS = TypeAdapter(Annotated[list[Annotated[dict[str, Any], Field(min_length=1)]], Field(max_length=MOST_ITEMS)])
ITEM = re.compile(r"[0-9a-f]{8}")
CHOSEN = ("choice", "known", "choices")


def fault(
    definition: Mapping, answers: Mapping[str, Any], files: list[Mapping], ever: Callable[[str], set[str]]
) -> str:
    """The key of the first answer that a procedure with this definition can't have, "files" where the list of files isn't what the answers
    name, "" where all is well. `ever(name)`: the keys of all options that a module ever offered under that name."""
    named = set()
    for key, answer in answers.items():
        question = definition["questions"].get(key)
        if question is None or not _fits(question, answer, ever):
            return key
        named |= {(key, str(UUID(each["file"]))) for each in answered_files(question, answer)}
    return "" if named == {(each["question"], each["file_id"]) for each in files} else "files"


def _fits_group(question: Mapping, answer: Any, ever: Callable[[str], set[str]]) -> bool:
    """Whether the answer is a list of items, each with an id and answers to the group's questions."""
    try:
        items = ITEMS.validate_python(answer)
    except ValidationError:
        return False
    asked = question["questions"]
    ids = {str(item.get("id", "")) for item in items}
    if len(ids) != len(items) or not all(ITEM.fullmatch(each) for each in ids):
        return False
    return all(
        key in asked and _fits(asked[key], value, ever) for item in items for key, value in item.items() if key != "id"
    )


def _fits(question: Mapping, answer: Any, ever: Callable[[str], set[str]]) -> bool:
    if question["kind"] == "group":
        return _fits_group(question, answer, ever)
    try:
        SHAPES[question["kind"]].validate_python(answer)
    except (ValidationError, KeyError):
        return False
    if question["kind"] not in CHOSEN:
        return True
    offered = ever(question["from"]) if question.get("from") else {choice["key"] for choice in question["choices"]}
    chosen = answer if isinstance(answer, list) else [answer] if answer else []
    return set(chosen) <= offered
