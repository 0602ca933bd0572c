"""The difference between two versions of a procedure in words (pure): what was added, taken out, moved, changed, from what to what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel

from kusei.base.ask.schema import Page, Procedure, Text
from kusei.base.builder import tree, words

NAMED_BY = ("key", "text", "name", "post")
"""The fields by which the parts of a list are known again, the first that a part has."""


@dataclass(frozen=True)
class Difference:
    """One difference. `where` names the part, `field` what of it ("" for the whole part); `before` and `after` are as people read them."""

    kind: Literal["added", "removed", "changed", "moved"]
    where: str
    field: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """All differences, in the order of the form."""
    return list(_Comparing(before, after).models(Procedure, before, after, _("手続き")))


class _Comparing:
    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]):
        self.before, self.after = before, after

    def models(self, model: type[BaseModel], old: Mapping, new: Mapping, where: str) -> Iterator[Difference]:
        for slot in tree.slots(model).values():
            a, b = old.get(slot.name), new.get(slot.name)
            if a == b or _same(slot, a, b):
                continue
            kind = slot.shape.kind
            if kind == "model":
                yield from self.models(slot.shape.of, a or {}, b or {}, words.field(slot.name))
            elif kind == "items":
                yield from self.lists(slot, a or [], b or [], where)
            elif kind == "table":
                yield from self.tables(slot, a or {}, b or {})
            elif model is Page and slot.name == "ask":
                yield from self.asked(a or [], b or [], where)
            else:
                yield from self.fields(slot, a, b, where)

    def fields(self, slot: tree.Slot, a: Any, b: Any, where: str) -> Iterator[Difference]:
        if slot.shape.kind == "words":
            yield from _texts(a or {}, b or {}, where, words.field(slot.name))
        else:
            told = (self.told(slot, a, self.before), self.told(slot, b, self.after))
            yield Difference("changed", where, words.field(slot.name), *told)

    def told(self, slot: tree.Slot, value: Any, definition: Mapping) -> str:
        if slot.name == "when":
            return words.condition(definition, value)
        if value is None:
            value = slot.info.get_default(call_default_factory=True) if not slot.info.is_required() else None
        if slot.name == "kind" and value:
            return words.kind(value)
        if isinstance(value, bool):
            return _("はい") if value else _("いいえ")
        if isinstance(value, list):
            return "、".join(map(str, value)) or _("なし")
        return _("なし") if value in (None, "", {}) else str(value)

    def tables(self, slot: tree.Slot, old: Mapping, new: Mapping) -> Iterator[Difference]:
        for key in [*old, *(key for key in new if key not in old)]:
            a, b = old.get(key), new.get(key)
            if a == b:
                continue
            holder = self.before if key in old else self.after
            name = words.guide(key) if slot.shape.of is Text else words.label(holder, key)
            where = _("%(part)s「%(name)s」") % {"part": words.field(slot.name), "name": name}
            if slot.shape.of is Text and key in old and key in new:
                yield from _texts(a, b, where, "")
            elif key in old and key in new:
                yield from self.models(slot.shape.of, a, b, where)
            else:
                yield _whole("removed" if key in old else "added", where, a or b)

    def lists(self, slot: tree.Slot, old: list, new: list, where: str) -> Iterator[Difference]:
        named_old, named_new = _by_name(old), _by_name(new)
        inside = "" if where == _("手続き") else where
        for name in [*named_old, *(name for name in named_new if name not in named_old)]:
            a, b = named_old.get(name), named_new.get(name)
            part = _("%(part)s「%(name)s」") % {"part": words.field(slot.name), "name": self.called(slot, name, a, b)}
            here = f"{inside} {part}".strip()
            if a is None or b is None:
                yield _whole("added" if a is None else "removed", here, b if a is None else a)
            elif a != b and isinstance(a, Mapping) and isinstance(b, Mapping):
                yield from self.models(slot.shape.of, a, b, here)
        stayed = [
            [name for name in names if name in others]
            for names, others in ((named_old, named_new), (named_new, named_old))
        ]
        if stayed[0] != stayed[1]:
            called = ["、".join(self.called(slot, n, named_old[n], named_new[n]) for n in names) for names in stayed]
            yield Difference("moved", f"{inside} {words.field(slot.name)}".strip(), _("順番"), *called)

    def called(self, slot: tree.Slot, name: str, a: Any, b: Any) -> str:
        if slot.shape.of is Page:
            definition, page = (self.before, a) if a is not None else (self.after, b)
            return words.page_name(definition, definition["pages"].index(page))
        found = b if b is not None else a
        label = found.get("label") if isinstance(found, Mapping) else None
        return label.get("ja", name) if isinstance(label, Mapping) else name

    def asked(self, old: list, new: list, where: str) -> Iterator[Difference]:
        told = (
            "、".join(words.label(d, key) for key in keys) or _("なし")
            for d, keys in ((self.before, old), (self.after, new))
        )
        kind = "moved" if sorted(old) == sorted(new) else "changed"
        yield Difference(kind, where, words.field("ask"), *told)


def _same(slot: tree.Slot, a: Any, b: Any) -> bool:
    """Whether one side leaves out what the other says though it goes without saying."""
    if slot.info.is_required():
        return False
    usual = slot.info.get_default(call_default_factory=True)
    return (usual if a is None else a) == (usual if b is None else b)


def _texts(old: Mapping, new: Mapping, where: str, field: str) -> Iterator[Difference]:
    for code, language in words.languages().items():
        a, b = old.get(code) or "", new.get(code) or ""
        if a != b:
            said = f"{field}（{language}）" if field else language
            yield Difference("changed", where, said, a or _("なし"), b or _("なし"))


def _by_name(parts: list) -> dict[str, Any]:
    """The parts of a list by the field that names them; what stands for itself by its own text, what has no name by its place."""
    named: dict[str, Any] = {}
    for place, part in enumerate(parts):
        name = part if isinstance(part, str) else next((str(part[f]) for f in NAMED_BY if part.get(f)), str(place))
        named[name if name not in named else f"{name} {place + 1}"] = part
    return named


def _whole(kind: str, where: str, part: Any) -> Difference:
    told = (
        part
        if isinstance(part, str)
        else next((part[f]["ja"] for f in ("label", "stop") if isinstance(part.get(f), Mapping)), "")
    )
    told = told or (part.get("ja", "") if isinstance(part, Mapping) else "")
    return Difference(kind, where, "", told if kind == "removed" else "", told if kind == "added" else "")
