"""Django fields whose values are sealed at rest. They can't be searched, sorted or compared in the database: only `isnull` is a question.

`SealedText` and `SealedJSON` are bound to table, column and row. `SealedAnswers` is a jsonb column of answers in which only the sensitive
ones are sealed, so that pages saved at the same time can still be merged by the database.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from kusei.base.secrets.sealing import seal, unseal


@dataclass(frozen=True, repr=False)
class Sealed:
    """A value as it came from the database, not opened yet. Shown by mistake, it shows nothing."""

    text: str

    def __repr__(self) -> str:
        return "[sealed]"

    __str__ = __repr__


class OpenedWhenRead(DeferredAttribute):
    """Opens a sealed value when the attribute is first read: only the instance knows its row."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        value = (
            instance.__dict__[self.field.attname]
            if self.field.attname in instance.__dict__
            else super().__get__(instance, cls)
        )
        if isinstance(value, Sealed):
            value = self.field.opened(value, instance)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class SealedText(models.TextField):
    """Text, sealed for its table, column and row. The row's key must be known when it is saved, as a `Record`'s is."""

    descriptor_class = OpenedWhenRead

    def opened(self, value: Sealed, instance: models.Model) -> Any:
        """The value in the clear. Raises `NoKey`, `Broken`."""
        return self.loads(unseal(value.text, self.place(instance.pk)))

    def place(self, key: object) -> str:
        """What a value is bound to."""
        if key is None:
            raise ValueError(f"{self} is sealed for its row, which has no key yet")
        return f"{self.model._meta.db_table}.{self.column}:{key}"

    def dumps(self, value: Any) -> str:
        return str(value)

    def loads(self, text: str) -> Any:
        return text

    def from_db_value(self, value, expression, connection):
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance, add):
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(seal(self.dumps(value), self.place(model_instance.pk)))

    def get_prep_value(self, value):
        if value is not None and not isinstance(value, Sealed):
            raise FieldError(
                f"{self} is sealed: save it through an instance; it can be neither searched nor updated in a query"
            )
        return value.text if value else None

    def get_lookup(self, lookup_name):
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name):
        return None

    def to_python(self, value):
        return value


class SealedJSON(SealedText):
    """Anything JSON can hold, sealed as a whole."""

    def dumps(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def loads(self, text: str) -> Any:
        return json.loads(text)


MARK = "kusei:sealed"
PLACE = "answers"
SENSITIVE = (frozenset({"bank_code", "branch_code", "number"}),)
"""An answer that has all of these parts is sealed wherever it stands: a bank account (口座)."""


def sealed_answers(value: Any) -> Any:
    """Answers with every sensitive one replaced by {MARK: sealed text}. Raises `NoKey`; ValueError for one that poses as sealed."""
    if isinstance(value, dict):
        if MARK in value:
            raise ValueError("an answer poses as sealed")
        if any(parts <= value.keys() for parts in SENSITIVE):
            return {MARK: seal(json.dumps(value, ensure_ascii=False), PLACE)}
        return {key: sealed_answers(each) for key, each in value.items()}
    return [sealed_answers(each) for each in value] if isinstance(value, list) else value


def opened_answers(value: Any) -> Any:
    """Answers in the clear. Raises `NoKey`, `Broken`."""
    if isinstance(value, dict):
        if value.keys() == {MARK}:
            return json.loads(unseal(value[MARK], PLACE))
        return {key: opened_answers(each) for key, each in value.items()}
    return [opened_answers(each) for each in value] if isinstance(value, list) else value


class SealedAnswers(models.JSONField):
    """Answers by question. They are copied from draft to application to case and merged by the database, so the sealed ones are bound to
    being answers, not to a row."""

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, (dict, list)):
            value = sealed_answers(value)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        return opened_answers(super().from_db_value(value, expression, connection))
