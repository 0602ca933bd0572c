"""Form fields: one function, `field`, draws every kind of question as accessible HTML.

All HTML is composed with `format_html`, so that every value is escaped exactly once. A field is a label, an optional
hint, an optional error and one or more controls, tied together by ids:

* the first control has the id ``f-<name>`` (error summaries link there), the hint ``h-<name>``, the error ``e-<name>``;
* `aria-describedby` names hint and error, `aria-invalid` is set when there is an error;
* groups (date, radios, checkboxes, address) are a `fieldset` whose legend is the label.

Nothing here validates: the server does, and `required` only draws the mark 「必須」, since browsers' own bubbles are
neither translated consistently nor readable by every screen reader (WCAG 2.2, 3.3.1; JIS X 8341-3:2016 3.3.1).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kusei.base.web.icons import icon

EMPTY = SafeString("")

# kind → attributes of a single-line <input>; what the caller passes wins.
LINES: dict[str, dict[str, str]] = {
    "text": {"type": "text"},
    "kana": {"type": "text", "lang": "ja"},
    "number": {"type": "text", "inputmode": "numeric"},
    "money": {"type": "text", "inputmode": "numeric"},
    "email": {"type": "email", "autocomplete": "email", "spellcheck": "false"},
    "tel": {"type": "tel", "autocomplete": "tel"},
    "postal": {"type": "text", "inputmode": "numeric", "autocomplete": "postal-code"},
    "code": {"type": "text", "inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"},
    "password": {"type": "password", "autocomplete": "current-password"},
    "search": {"type": "search"},
}
WIDTHS = {"number": "8", "money": "16", "postal": "8", "code": "16", "tel": "16"}

# Eras a living resident may have been born in, newest first (元号). The server turns era and year into a date.
ERAS = (
    ("", lazy("西暦")),
    ("令和", lazy("令和")),
    ("平成", lazy("平成")),
    ("昭和", lazy("昭和")),
    ("大正", lazy("大正")),
)


@dataclass(frozen=True)
class Question:
    """What `field` draws; see `field` for the meaning of each part."""

    kind: str
    name: str
    label: str
    value: Any = None
    hint: str = ""
    error: str = ""
    required: bool = False
    optional_mark: bool = True
    choices: Iterable[tuple] = ()
    autocomplete: str = ""
    inputmode: str = ""
    maxlength: int | None = None
    rows: int = 5
    prefix: str = ""
    suffix: str = ""
    width: str = ""
    page_heading: bool = False
    accept: str = "image/*,application/pdf"
    capture: str = ""
    multiple: bool = False
    files: Iterable[tuple[str, str]] = ()
    readonly: bool = False
    disabled: bool = False
    era: bool = False
    towns: Iterable[tuple] = ()
    error_parts: Collection[str] = ()
    attrs: Mapping[str, Any] = default(default_factory=dict)
    control_id: str = ""

    @property
    def id(self) -> str:
        return self.control_id or f"f-{self.name}"

    def described(self) -> dict[str, str | bool]:
        """The attributes that tie a control to its hint and error, and its state."""
        ids = [f"{mark}-{self.name}" for mark, text in (("h", self.hint), ("e", self.error)) if text]
        return {
            "aria-describedby": " ".join(ids),
            "aria-invalid": "true" if self.error else "",
            "readonly": self.readonly,
            "disabled": self.disabled,
        }


def field(kind: str, name: str, label: str, **options: Any) -> SafeString:
    """Draw one form field.

    `kind`: text, kana, number, money, email, tel, postal, code, password, search, textarea, select, date, radios,
    checkboxes, checkbox, file, address or hidden. `name`: the name posted. `label`: the question.
    Options: `value`, `hint`, `error`, `required`, `optional_mark`, `choices` [(value, label[, hint])…], `autocomplete`,
    `inputmode`, `maxlength`, `rows`, `prefix`, `suffix`, `width` (2, 4, 8, 16, 32 characters or full), `page_heading`
    (the label is the page's h1), `accept`, `capture`, `multiple`, `files` [(label, remove url)…], `readonly`, `disabled`,
    `era` (date: ask for the era, posted as ``<name>_era``), `towns` (address: choices of town), `error_parts` (which
    parts of a date or address are wrong), `attrs` (more attributes of the control).
    Raises `KeyError` for an unknown kind and `TypeError` for an unknown option.
    """
    question = Question(kind, name, str(label), **options)
    if kind == "hidden":
        return format_html('<input type="hidden" name="{}" value="{}">', name, _text(question.value))
    return DRAW[kind](question)


def attributes(pairs: Mapping[str, Any]) -> SafeString:
    """HTML attributes, each with a leading space; empty and False ones are left out, True ones stand bare. Keys are ours, values escaped."""
    return SafeString(
        "".join(
            f" {key}" if value is True else f' {key}="{conditional_escape(value)}"'
            for key, value in pairs.items()
            if value or (value == 0 and value is not False)
        )
    )


def mark(question: Question) -> SafeString:
    """The mark 「必須」 or 「任意」 beside the label."""
    if question.required:
        return format_html(' <span class="mark mark-required">{}</span>', _("必須"))
    if question.optional_mark and not (question.readonly or question.disabled):
        return format_html(' <span class="mark">{}</span>', _("任意"))
    return EMPTY


def notes(question: Question) -> SafeString:
    """Hint and error, in the order in which they are read out."""
    hint = format_html('<p class="hint" id="h-{}">{}</p>', question.name, question.hint) if question.hint else EMPTY
    return format_html("{}{}", hint, error_text(question))


def error_text(question: Question) -> SafeString:
    if not question.error:
        return EMPTY
    return format_html(
        '<p class="error" id="e-{}">{}<span class="visually-hidden">{}</span>{}</p>',
        question.name,
        icon("error"),
        _("エラー："),
        question.error,
    )


def wrap(question: Question, control: SafeString) -> SafeString:
    """Label, notes and one control."""
    label = format_html('<label for="{}">{}{}</label>', question.id, question.label, mark(question))
    heading = '<h1 class="label label-page">{}</h1>' if question.page_heading else '<div class="label">{}</div>'
    return format_html(
        '<div class="field{}">{}{}{}</div>',
        " field-error" if question.error else "",
        format_html(heading, label),
        notes(question),
        control,
    )


def group(question: Question, controls: SafeString) -> SafeString:
    """A fieldset: legend, notes and several controls."""
    legend = format_html("{}{}", question.label, mark(question))
    if question.page_heading:
        legend = format_html("<h1>{}</h1>", legend)
    described = attributes({"aria-describedby": question.described()["aria-describedby"]})
    return format_html(
        '<fieldset class="field{}"{}><legend class="label{}">{}</legend>{}{}</fieldset>',
        " field-error" if question.error else "",
        described,
        " label-page" if question.page_heading else "",
        legend,
        notes(question),
        controls,
    )


def line(question: Question) -> SafeString:
    """A single-line input, with an optional unit before or after it (円, 歳)."""
    width = question.width or WIDTHS.get(question.kind, "")
    given = {"inputmode": question.inputmode, "autocomplete": question.autocomplete}
    control = format_html(
        "<input{}>",
        attributes(
            {
                "class": f"input w-{width}" if width else "input",
                "id": question.id,
                "name": question.name,
                "value": _text(question.value),
                "maxlength": question.maxlength,
                **LINES[question.kind],
                **{key: value for key, value in given.items() if value},
                **question.described(),
                **question.attrs,
            }
        ),
    )
    suffix = question.suffix or (_("円") if question.kind == "money" else "")
    if question.prefix or suffix:
        control = format_html(
            '<div class="affix">{}{}{}</div>',
            format_html("<span>{}</span>", question.prefix) if question.prefix else EMPTY,
            control,
            format_html("<span>{}</span>", suffix) if suffix else EMPTY,
        )
    return wrap(question, control)


def textarea(question: Question) -> SafeString:
    return wrap(
        question,
        format_html(
            "<textarea{}>\n{}</textarea>",
            attributes(
                {
                    "class": f"input w-{question.width or 'full'}",
                    "id": question.id,
                    "name": question.name,
                    "rows": question.rows,
                    "maxlength": question.maxlength,
                    "autocomplete": question.autocomplete,
                    **question.described(),
                    **question.attrs,
                }
            ),
            _text(question.value),
        ),
    )


def options(choices: Iterable[tuple], chosen: Any) -> SafeString:
    """The <option>s of a select."""
    chosen = _text(chosen)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, SafeString(" selected") if str(value) == chosen else EMPTY, label)
            for value, label, *_rest in choices
        ),
    )


def select(question: Question) -> SafeString:
    return wrap(
        question,
        format_html(
            '<div class="select{}"><select{}>{}</select></div>',
            f" w-{question.width}" if question.width else "",
            attributes(
                {
                    "class": "input",
                    "id": question.id,
                    "name": question.name,
                    "autocomplete": question.autocomplete,
                    **question.described(),
                    **question.attrs,
                }
            ),
            options(question.choices, question.value),
        ),
    )


def choices(question: Question) -> SafeString:
    """Radio buttons or checkboxes, one below another; each is a row at least 48 px high."""
    kind = "radio" if question.kind == "radios" else "checkbox"
    values = {str(v) for v in question.value or ()} if kind == "checkbox" else {_text(question.value)}
    rows = (
        _choice(
            question,
            kind,
            str(value),
            label,
            rest[0] if rest else "",
            str(value) in values,
            question.id if index == 0 else f"{question.id}-{index}",
        )
        for index, (value, label, *rest) in enumerate(question.choices)
    )
    return group(
        question, format_html('<div class="choices">{}</div>', format_html_join("", "{}", ((r,) for r in rows)))
    )


def _choice(question: Question, kind: str, value: str, label: str, hint: str, checked: bool, id: str) -> SafeString:
    return format_html(
        '<div class="choice"><input{}><label for="{}">{}</label>{}</div>',
        attributes(
            {
                "type": kind,
                "id": id,
                "name": question.name,
                "value": value,
                "checked": checked,
                "disabled": question.disabled,
                "aria-invalid": "true" if question.error and kind == "checkbox" else "",
                "aria-describedby": f"{id}-hint" if hint else "",
                **question.attrs,
            }
        ),
        id,
        label,
        format_html('<span class="hint" id="{}-hint">{}</span>', id, hint) if hint else EMPTY,
    )


def checkbox(question: Question) -> SafeString:
    """One checkbox whose label is the statement agreed to; posts ``on``."""
    return format_html(
        '<div class="field{}">{}<div class="choices"><div class="choice"><input{}><label for="{}">{}{}</label></div></div></div>',
        " field-error" if question.error else "",
        notes(question),
        attributes(
            {
                "type": "checkbox",
                "id": question.id,
                "name": question.name,
                "value": "on",
                "checked": bool(question.value),
                **question.described(),
                **question.attrs,
            }
        ),
        question.id,
        question.label,
        mark(question) if question.required else EMPTY,
    )


def date_parts(value: Any) -> Mapping[str, Any]:
    """Year, month and day as typed: from a date, an ISO string or a mapping of the parts."""
    if isinstance(value, str) and value.count("-") == 2:
        return dict(zip(("year", "month", "day"), value.split("-"), strict=True))
    if isinstance(value, date):
        return {"year": value.year, "month": value.month, "day": value.day}
    return value or {}


def date_field(question: Question) -> SafeString:
    """Year, month and day, each typed; optionally the era (元号)."""
    typed = date_parts(question.value)
    first = True
    parts = []
    if question.era:
        parts.append(
            format_html(
                '<div class="part"><label for="{0}">{1}</label><div class="select"><select class="input" id="{0}" name="{2}_era">'
                "{3}</select></div></div>",
                question.id,
                _("元号"),
                question.name,
                options(ERAS, typed.get("era")),
            )
        )
        first = False
    bday = question.autocomplete == "bday"
    for part, label, width in (("year", _("年"), "4"), ("month", _("月"), "2"), ("day", _("日"), "2")):
        wrong = question.error and (not question.error_parts or part in question.error_parts)
        id = question.id if first else f"{question.id}-{part}"
        first = False
        parts.append(
            format_html(
                '<div class="part part-after"><input{}><label for="{}">{}</label></div>',
                attributes(
                    {
                        "class": f"input w-{width}",
                        "type": "text",
                        "inputmode": "numeric",
                        "id": id,
                        "name": f"{question.name}_{part}",
                        "value": _text(typed.get(part)),
                        "maxlength": 8,
                        "autocomplete": f"bday-{part}" if bday else "off",
                        "disabled": question.disabled,
                        "readonly": question.readonly,
                        "aria-invalid": "true" if wrong else "",
                    }
                ),
                id,
                label,
            )
        )
    joined = format_html_join("", "{}", ((p,) for p in parts))
    return group(question, format_html('<div class="date" data-wareki>{}</div>', joined))


def address_field(question: Question) -> SafeString:
    """Postal code, town (町名, by id when `towns` is given), block (番地) and building."""
    typed = question.value or {}
    rows = []
    for part, label, kind, hints in (
        ("postal", _("郵便番号"), "postal", {"autocomplete": "postal-code"}),
        ("town", _("町名・丁目"), "select" if question.towns else "text", {"autocomplete": "address-level3"}),
        ("block", _("番地・号"), "text", {"autocomplete": "address-line1", "width": "16"}),
        ("building", _("建物名・部屋番号"), "text", {"autocomplete": "address-line2", "optional_mark": True}),
    ):
        wrong = question.error and (not question.error_parts or part in question.error_parts)
        more = {"choices": [("", _("選んでください")), *question.towns]} if kind == "select" else {}
        rows.append(
            DRAW[kind](
                Question(
                    kind,
                    f"{question.name}_{part}",
                    label,
                    value=typed.get(part),
                    disabled=question.disabled,
                    readonly=question.readonly,
                    attrs={"aria-invalid": "true" if wrong else ""},
                    control_id="" if rows else question.id,
                    **{"optional_mark": False, **hints, **more},
                )
            )
        )
    return group(
        question, format_html('<div class="address">{}</div>', format_html_join("", "{}", ((r,) for r in rows)))
    )


def file_field(question: Question) -> SafeString:
    """A file input; with `capture`, a second one opens the camera on phones. Files already sent are listed above."""
    shared = {
        "type": "file",
        "class": "file",
        "name": question.name,
        "accept": question.accept,
        "multiple": question.multiple,
        **question.described(),
        **question.attrs,
        "data-shrink": True,
    }
    listed = format_html_join(
        "",
        '<li>{}<span class="file-name">{}</span>{}</li>',
        (
            (
                icon("file"),
                label,
                format_html('<a href="{}">{}<span class="visually-hidden"> {}</span></a>', url, _("取り消す"), label)
                if url
                else EMPTY,
            )
            for label, url in question.files
        ),
    )
    camera = EMPTY
    if question.capture:
        camera = format_html(
            '<div class="camera"><label for="{0}-camera" class="file-label">{1}{2}</label><input{3}></div>',
            question.id,
            icon("camera"),
            _("カメラでとる"),
            attributes({**shared, "id": f"{question.id}-camera", "accept": "image/*", "capture": question.capture}),
        )
    return wrap(
        question,
        format_html(
            "{}{}<input{}>",
            format_html('<ul class="files">{}</ul>', listed) if listed else EMPTY,
            camera,
            attributes({**shared, "id": question.id}),
        ),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


DRAW: dict[str, Callable[[Question], SafeString]] = {
    **dict.fromkeys(LINES, line),
    "textarea": textarea,
    "select": select,
    "radios": choices,
    "checkboxes": choices,
    "checkbox": checkbox,
    "date": date_field,
    "address": address_field,
    "file": file_field,
}
