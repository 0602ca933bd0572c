"""Forms made of the schema: one for each part of a procedure. A field that the schema gains gets its control here by its type."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from kusei.base.ask.schema import Procedure, Question
from kusei.base.builder import exchange, tree, words
from kusei.base.builder.faults import said
from kusei.base.builder.tree import Slot
from kusei.base.kernel.errors import Invalid
from kusei.base.staff.models import Department
from kusei.base.web import kit

LONGEST = 4000
FIRST_LANGUAGES = ("ja", "ja-easy", "en")
HIDDEN: dict[str, tuple[str, ...]] = {"Page": ("ask", "when"), "Question": (), "Procedure": ()}
"""Fields that have a screen of their own though a form could ask for them."""
OF_KINDS: dict[str, tuple[str, ...]] = {
    "max": ("text", "textarea", "number"),
    "min": ("number",),
    "max_age": ("people",),
    "suffix": ("number",),
    "camera": ("file",),
    "most": ("file",),
    "all_of_them": ("choices",),
    "past": ("date",),
    "holder_is": ("bank",),
    "facts": ("known",),
    "from": ("choice", "choices", "people"),
}
"""Fields of a question that only some kinds know; what is not listed here is offered for every kind."""


def fields_of(model: type[BaseModel], value: Mapping[str, Any]) -> list[Slot]:
    """The fields that the form of a part asks for: of a question those of its kind, and those that hold something all the same."""
    hidden = HIDDEN.get(model.__name__, ())
    found = [slot for slot in tree.simple(model) if slot.name not in hidden]
    if model is not Question:
        return found
    kind = value.get("kind")
    return [s for s in found if s.name not in OF_KINDS or kind in OF_KINDS[s.name] or s.name in value]


def draw(
    model: type[BaseModel],
    value: Mapping[str, Any],
    post: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[SafeString]:
    """The form's controls: with what was typed when it did not hold, else with what is there."""
    return [_draw(slot, value.get(slot.name), post, errors or {}) for slot in fields_of(model, value)]


def _draw(slot: Slot, value: Any, post: QueryDict | None, errors: Mapping[str, str]) -> SafeString:
    label, hint = words.field(slot.name), words.hint(slot.name)
    shared = {"hint": hint, "error": errors.get(slot.name, ""), "required": slot.info.is_required()}
    kind = slot.shape.kind
    if kind == "words":
        return _draw_words(slot, value or {}, post, errors)
    if kind == "tick":
        on = post.get(slot.name) if post is not None else slot.info.default if value is None else value
        return kit.field("checkbox", slot.name, label, value=bool(on), hint=hint, optional_mark=False)
    typed = post.get(slot.name, "") if post is not None else as_typed(slot, value)
    if slot.name == "department" or kind == "choice":
        return kit.field("select", slot.name, label, value=typed, choices=_options(slot), **shared)
    control = {"number": "number", "lines": "textarea", "yaml": "textarea"}.get(kind, "text")
    return kit.field(control, slot.name, label, value=typed, **shared)


def _options(slot: Slot) -> list[tuple[str, str]]:
    if slot.name == "department":
        found = Department.objects.order_by("path").values_list("code", "name")
        options = [(code, name.get("ja", code)) for code, name in found]
    else:
        named = words.kinds() if slot.name == "kind" else {}
        options = [(each, named.get(each, each)) for each in slot.shape.options]
    return [("", _("選んでください")), *options]


def _draw_words(slot: Slot, value: Mapping, post: QueryDict | None, errors: Mapping[str, str]) -> SafeString:
    """A text in its languages: Japanese, easy Japanese and English first, the others folded away."""
    drawn = {}
    for code, language in words.languages().items():
        name = f"{slot.name}.{code}"
        typed = post.get(name, "") if post is not None else value.get(code, "")
        first = code == "ja"
        drawn[code] = kit.field(
            "textarea", name, f"{words.field(slot.name)}（{language}）", value=typed, rows=2,
            hint=words.hint(slot.name) if first else "", error=errors.get(slot.name, "") if first else "",
            required=first and slot.info.is_required(), attrs={"lang": code.replace("ja-easy", "ja")},
        )  # fmt: skip
    others = kit.join(drawn[code] for code in drawn if code not in FIRST_LANGUAGES)
    folded = format_html(
        '<details><summary>{}</summary><div class="stack">{}</div></details>',
        _("%(field)s：ほかの5言語") % {"field": words.field(slot.name)}, others,
    )  # fmt: skip
    return format_html('<div class="stack">{}{}</div>', kit.join(drawn[code] for code in FIRST_LANGUAGES), folded)


def as_typed(slot: Slot, value: Any) -> str:
    """A value as the control shows it."""
    if value is None:
        default = slot.info.get_default(call_default_factory=True)
        return str(default) if slot.shape.kind == "choice" and isinstance(default, str) else ""
    if slot.shape.kind == "lines" and isinstance(value, list):
        return "\n".join(map(str, value))
    if slot.shape.kind == "yaml":
        return exchange.dumped(value)
    return str(value)


def read(model: type[BaseModel], value: Mapping[str, Any], post: QueryDict) -> dict[str, Any]:
    """The part with what the form says; what the form does not ask for stays. Raises Invalid for each field that can't be so."""
    made, problems = dict(value), {}
    for slot in fields_of(model, value):
        try:
            given = _read(slot, post)
            if given is None:
                made.pop(slot.name, None)
            else:
                slot.adapter.validate_python(given)
                made[slot.name] = given
            if given is None and slot.info.is_required():
                problems[slot.name] = _("入力してください。")
        except ValidationError as error:
            problems[slot.name] = said(error.errors()[0])
        except exchange.Unreadable as error:
            problems[slot.name] = str(error)
        except ValueError:
            problems[slot.name] = _("数字で入力してください。")
    if problems:
        raise Invalid(problems)
    return made


def _read(slot: Slot, post: QueryDict) -> Any:
    """What was typed for a field; None for nothing. Raises ValueError and Unreadable."""
    kind = slot.shape.kind
    if kind == "words":
        typed = {code: _plain(post.get(f"{slot.name}.{code}", "")).strip("\n") for code in words.languages()}
        return {code: said for code, said in typed.items() if said.strip()} or None
    if kind == "tick":
        on = bool(post.get(slot.name))
        return None if on == slot.info.default else on
    typed = _line(post.get(slot.name, ""))
    if not typed:
        return None
    if kind == "number":
        return int(typed)
    if kind == "lines":
        return [line.strip() for line in typed.splitlines() if line.strip()]
    if kind == "yaml":
        return exchange.parsed(typed).value
    return typed


def _line(typed: str) -> str:
    """Without surrounding space. Raises as `_plain`."""
    return _plain(typed).strip()


def _plain(typed: str) -> str:
    """Line ends as \\n. Raises Unreadable where it is longer than any text of a procedure."""
    plain = typed.replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) > LONGEST:
        raise exchange.Unreadable(_("%(most)s文字までで入力してください。") % {"most": LONGEST})
    return plain


def name_of(part: tree.Part) -> str:
    """What a part is called on its screen."""
    if part.model is Procedure:
        return _("手続きの基本")
    above = part.at.rpartition("/")[0].rpartition("/")[2]
    if above == "guide":
        return words.guide(part.name)
    return words.field(above) if above else words.field(part.name)
