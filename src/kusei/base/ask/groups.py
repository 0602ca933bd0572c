"""The question that is asked once for each of several things (繰り返し): a list of items, each with an id of its own and the answers to the
group's questions. `{"id": "3f9c01aa", "name": "…", "kinds": […]}`"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from kusei.base.ask.kinds import Forged, Kind, Setting
from kusei.base.ask.schema import Question
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import pair, row, text

Item = dict[str, Any]
READ = Callable[[Mapping[str, Question], QueryDict, Setting], dict[str, Any]]


def new_id() -> str:
    """The id of a new item: short, since it stands in addresses; it need only differ within one list."""
    return secrets.token_hex(4)


def inside(setting: Setting, question: Question, key: str, item: Mapping[str, Any] | None) -> Setting:
    """The setting in which one item's questions are asked: its own files are those kept, new ones belong to the group."""
    files = {name: (item or {}).get(name) or [] for name in question.files()}
    keep = setting.keep and (lambda _name, upload: setting.keep(key, upload))
    attached = setting.attached and (lambda _name, id: setting.attached(key, id))
    return replace(setting, given={**setting.given, "files": files}, keep=keep, attached=attached)


def put(items: list[Item], item: Item, most: int) -> list[Item]:
    """The list with the item in place of the one with its id, or at the end. Raises Invalid where there are too many."""
    if any(each["id"] == item["id"] for each in items):
        return [item if each["id"] == item["id"] else each for each in items]
    if len(items) >= most:
        raise Invalid({"": _("%(most)s件までです。") % {"most": most}})
    return [*items, item]


def told(question: Question, item: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[tuple[str, str]]:
    """Label and answer of each question of an item, in the active language; those without an answer are left out, files too."""
    for key, asked in question.questions.items():
        value = item.get(key)
        if value in (None, "", []) or asked.kind == "file":
            continue
        yield text(asked.label.mapping()), row(*kinds[asked.kind].tell(asked, value, {}))


def files_of(question: Question, item: Mapping[str, Any]) -> list[dict]:
    """The files among an item's answers."""
    return [file for key in question.files() for file in item.get(key) or []]


class GroupKind(Kind):
    """Several things, each told of by the same questions (複数の営業所など). On pages its items are filled in one by one (`views_group`)."""

    def __init__(self, kinds: Mapping[str, Kind], read: READ):
        self.kinds, self.read_questions = kinds, read

    def json_schema(self, question):
        parts = {key: self._part(asked) for key, asked in question.questions.items()}
        identity = {
            "type": "string",
            "maxLength": 20,
            "description": _("前からある項目の識別子。新しいものには要りません。"),
        }
        required = [key for key, asked in question.questions.items() if asked.required]
        item = {
            "type": "object",
            "properties": {"id": identity, **parts},
            "required": required,
            "additionalProperties": False,
        }
        return {"type": "array", "minItems": question.least, "maxItems": question.greatest, "items": item}

    def _part(self, asked: Question) -> dict[str, Any]:
        schema = self.kinds[asked.kind].json_schema(asked)
        if asked.kind == "file":
            least = int(asked.required)
            schema = {
                "type": "array", "minItems": least, "maxItems": asked.most, "uniqueItems": True,
                "items": {"type": "string", "format": "uuid"}, "description": _("この質問のファイルとして、先に送ったもの"),
            }  # fmt: skip
        more = {"description": text(asked.hint.mapping())} if asked.hint and "description" not in schema else {}
        return {**schema, "title": text(asked.label.mapping()), **more}

    def read_json(
        self, key: str, question: Question, value: list[Item], setting: Setting, kept: list[Item]
    ) -> list[Item]:
        """A list of items sent as JSON, each read as its page would be. `kept`: the items so far, whose ids may come again. Raises Invalid with the
        place of each fault: `sites/0/name`."""
        known, problems, items, forged = {item["id"]: item for item in kept}, {}, [], False
        for place, sent in enumerate(value):
            before = known.pop(sent.get("id"), None)
            try:
                items.append(self._item(key, question, sent, before, setting))
            except Invalid as invalid:
                forged = forged or isinstance(invalid, Forged)
                problems |= {f"{key}/{place}/{name}": problem for name, problem in invalid.problems.items()}
        if problems:
            raise (Forged if forged else Invalid)(problems)
        return items

    def _item(self, key: str, question: Question, sent: Mapping, before: Item | None, setting: Setting) -> Item:
        post, files, problems = QueryDict(mutable=True), {}, {}
        for name, asked in question.questions.items():
            if asked.kind == "file":
                files[name] = [setting.attached(key, id) for id in sent.get(name) or []]
                if None in files[name]:
                    problems[name] = _("このファイルは届いていません。先に送ってください。")
            else:
                for field, values in self.kinds[asked.kind].from_json(name, sent.get(name)).items():
                    post.setlist(field, values or [])
        asked = {name: each for name, each in question.questions.items() if each.kind != "file"}
        try:
            answers = self.read_questions(asked, post, setting)
        except Invalid as invalid:
            raise type(invalid)({**problems, **invalid.problems}) from None
        if problems:
            raise Invalid(problems)
        whole = {name: (files | answers)[name] for name in question.questions}
        return {"id": before["id"] if before else new_id(), **whole}

    def tell(self, question, value, given):
        name = text(question.item.mapping())
        return [
            pair(f"{name} {place}", row(*(pair(label, answer) for label, answer in told(question, item, self.kinds))))
            for place, item in enumerate(value, start=1)
        ]
