"""Procedures as YAML files between wards: written so that they come back the same, read as if an enemy had written them.

What is read is plain YAML: no tags, no anchors and aliases (so no text that grows when it is read), no merge keys, no key twice, one document,
not deep, not large. Every fault names its line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _
from pydantic import ValidationError

from kusei.base.ask import catalogue
from kusei.base.ask.schema import Procedure
from kusei.base.builder.faults import address, said

MOST_BYTES = 2_000_000
MOST_PARTS = 200_000
DEEPEST = 30
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = {
    "tag:yaml.org,2002:null": "null",
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:int": "int",
    "tag:yaml.org,2002:str": "str",
    "tag:yaml.org,2002:timestamp": "str",
    "tag:yaml.org,2002:float": "float",
    "tag:yaml.org,2002:merge": "merge",
}


class _Dumper(yaml.SafeDumper):
    """Writes what stands in two places twice: who reads it refuses aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Line ends that YAML would read as its own are written escaped."""
    style = '"' if any(sign in text for sign in "\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)


class Unreadable(ValueError):
    """A text that is no YAML of ours; says in which line and why."""

    def __init__(self, why: str, line: int = 0):
        super().__init__(_("%(line)s行目：%(why)s") % {"line": line, "why": why} if line else why)
        self.line = line


@dataclass(frozen=True)
class Parsed:
    """A value, and the line on which each of its parts begins, by address."""

    value: Any
    lines: Mapping[str, int]

    def line(self, at: str) -> int:
        """The line of a part, or of the nearest part above it that was written."""
        while at and at not in self.lines:
            at = at.rpartition("/")[0]
        return self.lines.get(at, 1)


class _Reader:
    """Builds a value from the parser's events, refusing on the way what has no business in a procedure."""

    def __init__(self, text: str):
        self.events = yaml.parse(text, Loader=_LOADER)
        self.resolver = yaml.SafeLoader("")
        self.lines: dict[str, int] = {}
        self.parts = 0

    def document(self) -> Any:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise Unreadable(_("何も書かれていません。"))
        value = self.node(next(self.events), "", 0)
        next(self.events)
        more = next(self.events)
        if not isinstance(more, yaml.StreamEndEvent):
            raise Unreadable(_("2つめの文書があります。1つのファイルには1つの手続きだけ書いてください。"), _line(more))
        return value

    def node(self, event: yaml.Event, at: str, depth: int) -> Any:
        line = _line(event)
        self.parts += 1
        if self.parts > MOST_PARTS or depth > DEEPEST:
            raise Unreadable(_("大きすぎるか、入れ子が深すぎます。"), line)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Unreadable(_("アンカー（&、*）は使えません。同じ内容を書き写してください。"), line)
        if event.tag is not None:
            raise Unreadable(_("タグ（!）は使えません。"), line)
        self.lines[at] = line
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(at, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(at, depth)
        return self.scalar(event, line)

    def mapping(self, at: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise Unreadable(_("項目の名前は、ふつうの文字で書いてください。"), line)
            if event.value == "<<" and not event.style:
                raise Unreadable(_("<< は使えません。同じ内容を書き写してください。"), line)
            if event.value in made:
                raise Unreadable(_("「%(key)s」が2回書かれています。") % {"key": event.value[:60]}, line)
            inside = f"{at}/{event.value}" if at else event.value
            made[event.value] = self.node(next(self.events), inside, depth + 1)
            self.lines[inside] = line
        return made

    def sequence(self, at: str, depth: int) -> list[Any]:
        made: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            made.append(self.node(event, f"{at}/{len(made)}" if at else str(len(made)), depth + 1))
        return made

    def scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        tag = self.resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
        kind = _PLAIN.get(tag)
        if kind == "str":
            return event.value
        if kind == "null":
            return None
        if kind == "bool":
            return event.value.lower() in ("yes", "true", "on")
        if kind == "int" and len(event.value) < 19:
            return self.resolver.construct_yaml_int(yaml.ScalarNode(tag, event.value))
        raise Unreadable(
            _("「%(value)s」は使えません。文字のときは引用符で囲んでください。") % {"value": event.value[:40]}, line
        )


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def parsed(text: str) -> Parsed:
    """A YAML text as plain data. Raises Unreadable naming the line."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Unreadable(_("ファイルが大きすぎます。%(most)s MBまでです。") % {"most": MOST_BYTES // 1_000_000})
    try:
        reader = _Reader(text)
        return Parsed(reader.document(), reader.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(
            _("YAMLとして読めません（%(why)s）。") % {"why": error.problem}, mark.line + 1 if mark else 0
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_("YAMLとして読めません（%(why)s）。") % {"why": _("使えない文字が入っています")}) from None


def decoded(content: bytes) -> str:
    """An uploaded file as text: UTF-8, with or without a byte order mark. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("ファイルが大きすぎます。%(most)s MBまでです。") % {"most": MOST_BYTES // 1_000_000})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(_("UTF-8の文字として読めません。保存のときにUTF-8を選んでください。"), line) from None


def imported(text: str) -> dict[str, Any]:
    """The definition that a text holds, as a snapshot would keep it. Raises Unreadable; where the text can be read but is no procedure, with
    every fault in a line of its own, each with its line in the text."""
    found = parsed(text)
    if not isinstance(found.value, dict):
        raise Unreadable(_("手続きが書かれていません。「title:」などの項目が要ります。"), 1)
    try:
        definition = catalogue.complete(tree_checked(found))
        return Procedure.model_validate(definition).stored()
    except ValidationError as error:
        faults = sorted({(found.line(address(each["loc"])), _fault(each)) for each in error.errors()})
        raise Unreadable(
            "\n".join(_("%(line)s行目：%(why)s") % {"line": n, "why": why} for n, why in faults[:50])
        ) from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_("共通の質問（use:）が読めません：%(why)s") % {"why": str(error)[:200]}) from None


def tree_checked(found: Parsed) -> dict[str, Any]:
    """The value, if its questions are a mapping of mappings, as what fills in shared questions takes for granted. Raises Unreadable."""
    questions = found.value.get("questions")
    if questions is not None and not (
        isinstance(questions, dict) and all(isinstance(each, dict) for each in questions.values())
    ):
        raise Unreadable(
            _("「%(key)s」は「名前: 値」の組で書いてください。") % {"key": "questions"}, found.line("questions")
        )
    return found.value


def _fault(error: Mapping[str, Any]) -> str:
    at = address(error["loc"])
    return f"{at}：{said(error)}" if at else said(error)


def dumped(value: Any) -> str:
    """A value as YAML that reads the same again."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=160)
