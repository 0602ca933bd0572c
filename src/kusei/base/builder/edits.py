"""What can be done to a definition (pure): each gives a new definition, or raises Invalid in words that say what to do."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kusei.base.ask.conditions import questions_in
from kusei.base.builder import tree
from kusei.base.kernel.errors import Invalid

Definition = Mapping[str, Any]
KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,59}$")
MOST = 1000
"""Parts that one list or table may hold."""


def empty(department: str, title: str) -> dict[str, Any]:
    """A new procedure: one page with one question, decided in ten working days by the subsection chief."""
    return {
        "title": {"ja": title},
        "summary": {"ja": title},
        "department": department,
        "purpose": title,
        "applicant": "name",
        "pages": [{"key": "name", "ask": ["name"]}],
        "questions": {
            "name": {"kind": "text", "label": {"ja": "氏名", "ja-easy": "名前", "en": "Your name"}, "max": 100}
        },
        "decide": {
            "within": 10,
            "outcomes": [{"key": "done", "label": {"ja": "受理", "en": "Accepted"}, "message": "decide/outcome"}],
            "route": ["subsection_chief"],
        },
    }


def add_page(definition: Definition, key: str, after: int | None = None) -> dict[str, Any]:
    """A new page without questions, behind the page at `after`, else at the end."""
    pages = list(definition.get("pages") or [])
    _room(pages)
    key = _key(key, {page.get("key") for page in pages}, "page")
    pages.insert(len(pages) if after is None else after + 1, {"key": key, "ask": []})
    return tree.put(definition, "pages", pages)


def add_question(definition: Definition, page: int, key: str, kind: str, label: str) -> dict[str, Any]:
    """A new question at the end of a page."""
    questions = dict(definition.get("questions") or {})
    _room(questions)
    if not label.strip():
        raise Invalid({"label": _("質問の文を入力してください。")})
    key = _key(key, set(questions), "q")
    asked = [*(tree.part(definition, f"pages/{page}").value.get("ask") or []), key]
    questions[key] = {"kind": kind, "label": {"ja": label.strip()}}
    made = tree.put(definition, f"pages/{page}/ask", asked)
    return tree.put(made, "questions", questions)


def add_item(definition: Definition, at: str, given: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    """A new part of a list or table."""
    slot, held = tree.holder(definition, at)
    if slot.shape.kind == "items":
        held = list(held or [])
        _room(held)
        if "key" in tree.slots(slot.shape.of):
            there = {each.get("key") for each in held if isinstance(each, Mapping)}
            given = {"key": _key(given.get("key", ""), there, "k")} | {k: v for k, v in given.items() if k != "key"}
        return tree.put(definition, at, [*held, dict(given)])
    held = dict(held or {})
    _room(held)
    if slot.shape.options and key not in slot.shape.options:
        raise Invalid({"key": _("どれか1つを選んでください。")})
    if key in held:
        raise Invalid({"key": _("この名前はもう使っています。別の名前にしてください。")})
    return tree.put(definition, at, held | {key: dict(given)})


def move(definition: Definition, at: str, by: int) -> dict[str, Any]:
    """The part at an address one place up (-1) or down (+1) in its list, or a question in its page (`pages/2/ask/0`)."""
    above, _slash, name = at.rpartition("/")
    held = list(_list(definition, above))
    place = _place(name, held)
    to = min(len(held) - 1, max(0, place + by))
    held.insert(to, held.pop(place))
    return tree.put(definition, above, held)


def put_on_page(definition: Definition, key: str, page: int) -> dict[str, Any]:
    """A question taken from the page it is on, to the end of another."""
    if key not in (definition.get("questions") or {}):
        raise tree.NoSuchPart(key)
    pages = [dict(each) for each in definition["pages"]]
    if not 0 <= page < len(pages):
        raise tree.NoSuchPart(str(page))
    for each in pages:
        if key in (each.get("ask") or []):
            each["ask"] = [asked for asked in each["ask"] if asked != key]
    pages[page]["ask"] = [*(pages[page].get("ask") or []), key]
    return tree.put(definition, "pages", pages)


def remove(definition: Definition, at: str) -> dict[str, Any]:
    """The definition without the part at an address; of a page with its questions. Raises Invalid where a condition still asks for it."""
    above, _slash, name = at.rpartition("/")
    if above == "questions":
        tree.part(definition, at)
        return _without_questions(definition, [name])
    if above.startswith("pages/") and above.endswith("/ask"):
        asked = _list(definition, above)
        return _without_questions(definition, [asked[_place(name, asked)]])
    if above == "pages":
        pages = _list(definition, "pages")
        place = _place(name, pages)
        if len(pages) == 1:
            raise Invalid({"": _("画面は1つは必要です。先に別の画面を足してください。")})
        asked = pages[place].get("ask") or []
        made = tree.put(definition, "pages", [*pages[:place], *pages[place + 1 :]])
        return _without_questions(made, asked)
    _slot, held = tree.holder(definition, above)
    if isinstance(held, list):
        place = _place(name, held)
        return tree.put(definition, above, [*held[:place], *held[place + 1 :]])
    if not isinstance(held, Mapping) or name not in held:
        raise tree.NoSuchPart(at)
    return tree.put(definition, above, {key: value for key, value in held.items() if key != name})


def set_condition(definition: Definition, page: int, condition: Mapping | None) -> dict[str, Any]:
    """The page shown only when a condition holds; always, with None."""
    found = tree.part(definition, f"pages/{page}").value
    kept = {key: value for key, value in found.items() if key != "when"}
    return tree.put(definition, f"pages/{page}", kept | ({"when": dict(condition)} if condition else {}))


def _without_questions(definition: Definition, keys: list[str]) -> dict[str, Any]:
    gone = set(keys)
    asking = [
        page.get("key", "") for page in definition["pages"] if page.get("when") and _asked_in(page["when"]) & gone
    ]
    if asking:
        raise Invalid(
            {
                "": _("画面「%(pages)s」の表示条件が、この質問を使っています。先に条件を直してください。")
                % {"pages": "、".join(asking)}
            }
        )
    pages = [
        page if not gone & set(page.get("ask") or []) else {**page, "ask": [k for k in page["ask"] if k not in gone]}
        for page in definition["pages"]
    ]
    questions = {key: value for key, value in (definition.get("questions") or {}).items() if key not in gone}
    made = {**definition, "pages": pages, "questions": questions}
    if made.get("applicant") in gone:
        made.pop("applicant")
    return made


def _asked_in(condition: Mapping) -> set[str]:
    try:
        return questions_in(condition)
    except (AttributeError, ValueError, TypeError):
        return set()


def _list(definition: Definition, at: str) -> list:
    above, _slash, name = at.rpartition("/")
    held = tree.part(definition, above).value.get(name)
    if not isinstance(held, list):
        raise tree.NoSuchPart(at)
    return held


def _place(name: str, held: list) -> int:
    if tree.place(name) >= len(held):
        raise tree.NoSuchPart(name)
    return int(name)


def _room(held) -> None:
    if len(held) >= MOST:
        raise Invalid({"": _("多すぎます。%(most)s件までです。") % {"most": MOST}})


def _key(typed: str, taken: set, stem: str) -> str:
    """The key typed, or the next free one (`q1`, `q2`, …). Raises Invalid."""
    if not typed:
        number = len(taken) + 1
        while f"{stem}{number}" in taken:
            number += 1
        return f"{stem}{number}"
    if not KEY.match(typed):
        raise Invalid({"key": _("記号名は、半角の英小文字・数字・_・-で入力してください。")})
    if typed in taken:
        raise Invalid({"key": _("この名前はもう使っています。別の名前にしてください。")})
    return typed
