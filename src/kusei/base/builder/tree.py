"""The parts of a definition, by address (pure): `title`, `pages/2`, `questions/phone/choices/0`. What a part is follows from the schema, so
that a field that the schema gains can be edited without a line here."""

import copy
import functools
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from kusei.base.ask.schema import Procedure, Text

SIMPLE = ("text", "number", "tick", "choice", "words", "lines", "yaml")
"""The shapes that one form can ask for; "items" and "table" hold parts with a screen of their own."""


class NoSuchPart(LookupError):
    """Nothing stands at an address."""


@dataclass(frozen=True)
class Shape:
    """What a field looks like. `options`: of a choice, or the only keys of a table; `of`: what a list or table holds."""

    kind: str
    options: tuple[str, ...] = ()
    of: Any = None


def shape(annotation: Any) -> Shape:
    """The shape of a type of the schema."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return shape(inner[0]) if len(inner) == 1 else Shape("yaml")
    if origin is Literal:
        return Shape("choice", tuple(map(str, get_args(annotation))))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("words") if annotation is Text else Shape("model", of=annotation)
    if origin is list:
        return _list(get_args(annotation)[0])
    if origin is dict:
        return _table(*get_args(annotation))
    return Shape({str: "text", int: "number", bool: "tick"}.get(annotation, "yaml"))


def _list(inner: Any) -> Shape:
    found = shape(inner)
    if found.kind == "model":
        return Shape("items", of=found.of)
    return Shape("lines") if found.kind == "text" else Shape("yaml")


def _table(key: Any, value: Any) -> Shape:
    found, names = shape(value), shape(key)
    if found.kind in ("model", "words"):
        return Shape("table", names.options, of=found.of or Text)
    return Shape("yaml")


@dataclass(frozen=True)
class Slot:
    """A field of a model: its name in YAML and its shape."""

    name: str
    info: FieldInfo
    shape: Shape

    @functools.cached_property
    def adapter(self) -> TypeAdapter:
        """What a value of the field must hold."""
        known = self.info.annotation
        return TypeAdapter(Annotated[known, *self.info.metadata] if self.info.metadata else known)


@functools.cache
def slots(model: type[BaseModel]) -> dict[str, Slot]:
    """The fields of a model in order, by their names in YAML."""
    return {
        (info.alias or name): Slot(info.alias or name, info, shape(info.annotation))
        for name, info in model.model_fields.items()
    }


@dataclass(frozen=True)
class Part:
    """What stands at an address: the model that describes it and its value, plain data."""

    at: str
    model: type[BaseModel]
    value: Any

    @property
    def name(self) -> str:
        """The last step of the address."""
        return self.at.rpartition("/")[2]


def part(definition: Mapping[str, Any], at: str) -> Part:
    """The part at an address; "" is the whole. Raises NoSuchPart."""
    model, value = Procedure, definition
    steps = at.split("/") if at else []
    while steps:
        slot = slots(model).get(steps.pop(0))
        if slot is None:
            raise NoSuchPart(at)
        value = value.get(slot.name)
        if slot.shape.kind == "model":
            model = slot.shape.of
            value = value or {}
        elif slot.shape.kind in ("items", "table") and steps:
            model, value = slot.shape.of, _within(value, steps.pop(0), at)
        else:
            raise NoSuchPart(at)
        if not isinstance(value, Mapping):
            raise NoSuchPart(at)
    return Part(at, model, value)


def _within(holder: Any, step: str, at: str) -> Any:
    try:
        return holder[place(step)] if isinstance(holder, list) else holder[step]
    except (KeyError, IndexError, TypeError):
        raise NoSuchPart(at) from None


def place(step: str) -> int:
    """A step of an address as the place in a list, from 0. Raises NoSuchPart."""
    if not (step.isascii() and step.isdecimal() and len(step) < 7):
        raise NoSuchPart(step)
    return int(step)


def holder(definition: Mapping[str, Any], at: str) -> tuple[Slot, Any]:
    """The list or table at an address (`pages`, `questions/kind/choices`), with what it holds. Raises NoSuchPart."""
    above, _slash, name = at.rpartition("/")
    owner = part(definition, above)
    slot = slots(owner.model).get(name)
    if slot is None or slot.shape.kind not in ("items", "table"):
        raise NoSuchPart(at)
    return slot, owner.value.get(name)


def put(definition: Mapping[str, Any], at: str, value: Any) -> dict[str, Any]:
    """A copy of the definition with the part at an address replaced; only what lies on the way is copied. Raises NoSuchPart."""
    if not at:
        return dict(value)
    step, _slash, rest = at.partition("/")
    return _put(definition, step, rest, value)


def _put(node: Any, step: str, rest: str, value: Any) -> Any:
    key: Any = step
    if isinstance(node, list):
        made, key = list(node), place(step)
        if key >= len(made):
            raise NoSuchPart(step)
    elif isinstance(node, Mapping):
        made = dict(node)
    else:
        raise NoSuchPart(step)
    if rest:
        inner = made[key] if isinstance(made, list) else made.get(key)
        nearer, _slash, further = rest.partition("/")
        made[key] = _put({} if inner is None else inner, nearer, further, value)
    else:
        made[key] = value
    return made


def simple(model: type[BaseModel]) -> Iterator[Slot]:
    """The fields that one form asks for."""
    return (slot for slot in slots(model).values() if slot.shape.kind in SIMPLE)


def holders(model: type[BaseModel]) -> Iterator[Slot]:
    """The fields that hold parts with screens of their own."""
    return (slot for slot in slots(model).values() if slot.shape.kind in ("items", "table", "model"))


def whole(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that shares nothing."""
    return copy.deepcopy(dict(definition))
