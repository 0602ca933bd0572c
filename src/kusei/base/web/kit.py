"""The kit: every part a page is built from, as functions that return safe HTML. `{% load kit %}` has each as a tag.

How to build a page
-------------------
Extend `web/portal.html` (residents) or `web/console.html` (staff); blocks: `title` (plain text), `breadcrumb`, `content` (inside
`<main>`; write one `<h1>`), `aside` (portal), `actions` (console), `main_class` (`narrow` for question pages), `head`.

Form fields: `field(kind, name, label, **options)`, see `kusei.base.web.fields`. The first control of a field has the id
``f-<name>``; error summaries link there. Django forms: `form_field`, `form_errors`.

Texts are the caller's, already in the page's language; every one of them is escaped unless it is a SafeString.
Classes for hand-written HTML are listed at the top of `static/web/base.css`. No inline script or style: the policy refuses them.
Functions here read no database, no clock and no request.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kusei.base.kernel import i18n
from kusei.base.kernel.calendar import wareki
from kusei.base.web.fields import EMPTY, attributes, field
from kusei.base.web.icons import icon

__all__ = [
    "banner",
    "breadcrumb",
    "button",
    "cards",
    "chip",
    "day",
    "definition",
    "empty",
    "error_summary",
    "field",
    "form_errors",
    "form_field",
    "icon",
    "link_button",
    "moment",
    "pagination",
    "receipt",
    "steps",
    "summary",
    "table",
    "tabs",
    "timeline",
    "wareki",
    "working",
    "yen",
]

BANNERS = {"success": "check", "info": "info", "warning": "warning", "error": "error"}


def join(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


# ---- dates, times and money ----------------------------------------------------------------------------------------------


def day(value: date | None) -> str:
    """A date as the page's language writes it (`kernel.i18n.day`); empty for None.

    An aware instant is written as its day in Japan.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return i18n.day(value)


def moment(value: datetime | None, *, date_only: bool = False) -> SafeString:
    """An aware instant as date and time in Japan, in a <time> element; empty for None."""
    if value is None:
        return EMPTY
    local = timezone.localtime(value)
    shown = day(local.date()) if date_only else f"{day(local.date())} {local:%H:%M}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), shown)


def yen(amount: int | None) -> str:
    """An amount of whole yen, such as 10,000円."""
    return "" if amount is None else _("%(amount)s円") % {"amount": i18n.number(amount)}


# ---- buttons, banners, chips ---------------------------------------------------------------------------------------------


def button(
    label: str,
    kind: str = "primary",
    *,
    name: str = "",
    value: str = "",
    type: str = "submit",
    wide: bool = False,
    small: bool = False,
    icon_name: str = "",
    **attrs: Any,
) -> SafeString:
    """A button; kind: primary, secondary, text or danger."""
    return format_html(
        "<button{}>{}{}</button>",
        attributes(
            {
                "class": _button_class(kind, wide, small),
                "type": type,
                "name": name,
                "value": value,
                **attrs,
            }
        ),
        icon(icon_name) if icon_name else EMPTY,
        label,
    )


def link_button(
    label: str,
    url: str,
    kind: str = "primary",
    *,
    wide: bool = False,
    small: bool = False,
    icon_name: str = "",
    **attrs: Any,
) -> SafeString:
    """A link that looks like a button: it leads somewhere and changes nothing."""
    return format_html(
        "<a{}>{}{}</a>",
        attributes({"class": _button_class(kind, wide, small), "href": url, **attrs}),
        icon(icon_name) if icon_name else EMPTY,
        label,
    )


def _button_class(kind: str, wide: bool, small: bool) -> str:
    return f"button button-{kind}{' button-wide' if wide else ''}{' button-small' if small else ''}"


def banner(content: SafeString | str, kind: str = "info", title: str = "", *, live: bool = False) -> SafeString:
    """A notification banner (通知バナー): success, info, warning or error. `live` announces it when it appears."""
    role = {"role": "alert" if kind == "error" else "status"} if live else {}
    head = format_html('<p class="banner-title">{}</p>', title) if title else EMPTY
    body = format_html('<div class="banner-body">{}</div>', content) if str(content).strip() else EMPTY
    return format_html(
        '<div{}>{}<div class="stack-s">{}{}</div></div>',
        attributes({"class": f"banner banner-{kind}", **role}),
        icon(BANNERS[kind]),
        head,
        body,
    )


def chip(tone: str, label: str) -> SafeString:
    """A status tag; tone: neutral, info, success, warning, danger or outline. The word tells, the colour only helps."""
    return format_html('<span class="chip chip-{}">{}</span>', tone, label)


def error_summary(errors: Sequence[tuple[str, str]]) -> SafeString:
    """What is wrong on the page, first thing in it; each entry links to its field. errors: (field name or "", message)."""
    if not errors:
        return EMPTY
    items = join(
        format_html('<li><a href="#f-{}">{}</a></li>', name, message) if name else format_html("<li>{}</li>", message)
        for name, message in errors
    )
    return format_html(
        '<div class="banner banner-error error-summary" role="alert" tabindex="-1" data-focus>{}<div class="stack-s">'
        '<h2 class="banner-title">{}</h2><ul class="banner-body">{}</ul></div></div>',
        icon("error"),
        ngettext("%(n)s件の入力内容を確認してください", "%(n)s件の入力内容を確認してください", len(errors))
        % {"n": len(errors)},
        items,
    )


def working(label: str) -> SafeString:
    """A live region that says what is going on; `hidden` until a script or htmx shows it."""
    return format_html(
        '<p class="working htmx-indicator" role="status"><span class="spinner" aria-hidden="true"></span>{}</p>', label
    )


def empty(title: str, text: str = "", url: str = "", label: str = "") -> SafeString:
    """What stands where a list has nothing in it."""
    return format_html(
        '<div class="empty">{}<p class="empty-title">{}</p>{}{}</div>',
        icon("document"),
        title,
        format_html("<p>{}</p>", text) if text else EMPTY,
        link_button(label, url, "secondary") if url else EMPTY,
    )


def receipt(number: str) -> SafeString:
    """A receipt number (受付番号), large, with a button that copies it where scripts run."""
    return format_html(
        '<div class="receipt"><p class="receipt-label">{}</p><p class="receipt-number" id="receipt-number">{}</p>'
        '<button type="button" class="button button-secondary button-small" data-copy="receipt-number" data-done="{}" hidden>{}{}'
        "</button></div>",
        _("受付番号"),
        number,
        _("コピーしました"),
        icon("copy"),
        _("番号をコピー"),
    )


# ---- progress, lists, timelines ------------------------------------------------------------------------------------------


def steps(current: int, total: int, label: str = "") -> SafeString:
    """How far one is: step `current` of `total`, counted from 1, with the step's name."""
    return format_html(
        '<div class="steps"><p class="steps-text"><span class="visually-hidden">{}</span><strong aria-hidden="true">{}</strong>'
        '<span aria-hidden="true">/{}</span> {}</p><progress max="{}" value="{}" aria-hidden="true"></progress></div>',
        _("%(total)sページ中%(current)sページ目") % {"total": total, "current": current},
        current,
        total,
        label,
        total,
        current,
    )


def _value(value: Any) -> SafeString | str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list | tuple):
        return format_html('<ul class="plain">{}</ul>', join(format_html("<li>{}</li>", v) for v in value))
    return _("（記入なし）") if value in (None, "") else value


def _rows(rows: Iterable[Mapping[str, Any]], kind: str) -> SafeString:
    drawn = []
    for row in rows:
        change = EMPTY
        if row.get("change"):
            change = format_html(
                '<dd class="summary-change"><a href="{}">{}<span class="visually-hidden">：{}</span></a></dd>',
                row["change"],
                row.get("change_label") or _("変更"),
                row["label"],
            )
        drawn.append(format_html("<div><dt>{}</dt><dd>{}</dd>{}</div>", row["label"], _value(row.get("value")), change))
    return format_html('<dl class="{}">{}</dl>', kind, join(drawn))


def summary(rows: Iterable[Mapping[str, Any]]) -> SafeString:
    """Check your answers: rows of `label`, `value` (text, date, list or safe HTML), `change` (address), `change_label`."""
    return _rows(rows, "summary")


def definition(rows: Iterable[Mapping[str, Any]]) -> SafeString:
    """A plain list of facts: rows of `label` and `value`."""
    return _rows(rows, "summary summary-plain")


def timeline(entries: Iterable[Mapping[str, Any]]) -> SafeString:
    """What happened (経過): entries of `at` (aware instant), `title` and optionally `body`, `who`, `tone`, `url`."""
    return format_html(
        '<ol class="timeline">{}</ol>',
        join(
            format_html(
                '<li class="timeline-entry timeline-{}"><p class="timeline-title">{}</p><p class="timeline-when">{}{}</p>{}</li>',
                entry.get("tone") or "neutral",
                format_html('<a href="{}">{}</a>', entry["url"], entry["title"])
                if entry.get("url")
                else entry["title"],
                moment(entry["at"]),
                format_html(" <span>{}</span>", entry["who"]) if entry.get("who") else EMPTY,
                format_html('<div class="timeline-body">{}</div>', entry["body"]) if entry.get("body") else EMPTY,
            )
            for entry in entries
        ),
    )


# ---- tables --------------------------------------------------------------------------------------------------------------


def _cell(kind: str, value: Any) -> SafeString | str:
    if value is None or value == "":
        return EMPTY
    if kind == "chip":
        return chip(*value)
    if isinstance(value, tuple):
        return format_html('<a href="{}">{}</a>', value[1], value[0])
    if isinstance(value, int) and kind == "number":
        return f"{value:,}"
    return format_html("<span>{}</span>", _value(value)) if kind == "main" else _value(value)


def table(
    columns: Sequence[tuple],
    rows: Iterable[Mapping[str, Any]],
    caption: str = "",
    empty_text: str = "",
    *,
    dense: bool = False,
) -> SafeString:
    """A table that turns into cards on phones.

    columns: (key, label) or (key, label, kind) with kind text, number, date, chip, link or main (the row's header).
    Cells: text, date, instant, number, (label, address) for a link, (tone, label) for a chip, safe HTML; None is blank.
    """
    spec = [(key, label, kind[0] if kind else "text") for key, label, *kind in columns]
    head = join(format_html('<th scope="col" class="cell-{}">{}</th>', kind, label) for _key, label, kind in spec)
    opening = [
        (
            key,
            kind,
            format_html(
                '<{} class="cell-{}" data-label="{}">', "th scope=row" if kind == "main" else "td", kind, label
            ),
            SafeString("</th>" if kind == "main" else "</td>"),
        )
        for key, label, kind in spec
    ]
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (
                format_html_join(
                    "", "{}{}{}", ((start, _cell(kind, row.get(key)), end) for key, kind, start, end in opening)
                ),
            )
            for row in rows
        ),
    )
    if not body:
        return empty(empty_text or _("まだありません"))
    return format_html(
        '<div class="table-wrap"{}><table class="table{}">{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        attributes({"tabindex": "0", "role": "region", "aria-label": caption} if caption else {}),
        " table-dense" if dense else "",
        format_html('<caption class="visually-hidden">{}</caption>', caption) if caption else EMPTY,
        head,
        body,
    )


# ---- getting about -------------------------------------------------------------------------------------------------------


def breadcrumb(items: Sequence[tuple[str, str]]) -> SafeString:
    """Where the page stands: (label, address)…, the last one being the page itself."""
    return format_html(
        '<nav class="breadcrumb" aria-label="{}"><ol>{}</ol></nav>',
        _("現在位置"),
        join(
            format_html('<li><a href="{}">{}</a></li>', url, label)
            if url and index < len(items) - 1
            else format_html('<li><span aria-current="page">{}</span></li>', label)
            for index, (label, url) in enumerate(items)
        ),
    )


def pagination(older_url: str, newer_url: str, shown: int, total: int | None = None) -> SafeString:
    """Keyset paging: addresses of the next older and newer page, empty where there is none."""
    count = (
        (_("全%(total)s件のうち%(shown)s件") % {"total": f"{total:,}", "shown": shown})
        if total is not None
        else _("%(shown)s件") % {"shown": shown}
    )
    newer = link_button(_("前へ"), newer_url, "secondary", icon_name="arrow-left", rel="prev") if newer_url else EMPTY
    older = link_button(_("次へ"), older_url, "secondary", rel="next", icon_name="arrow-right") if older_url else EMPTY
    return format_html(
        '<nav class="pagination" aria-label="{}">{}<p>{}</p>{}</nav>', _("ページの移動"), newer, count, older
    )


def tabs(items: Sequence[tuple]) -> SafeString:
    """Views of one thing, as links: (label, address, whether it is this page[, count])."""
    return format_html(
        '<nav class="tabs" aria-label="{}"><ul>{}</ul></nav>',
        _("表示の切り替え"),
        join(
            format_html(
                "<li><a{}>{}{}</a></li>",
                attributes({"href": url, "aria-current": "page" if current else ""}),
                label,
                format_html(' <span class="count">{}</span>', count[0]) if count else EMPTY,
            )
            for label, url, current, *count in items
        ),
    )


def cards(items: Iterable[Mapping[str, Any]], level: int = 3) -> SafeString:
    """A grid of cards, each one link: `title`, `url` and optionally `text`, `icon`, `meta`, `chip` (tone, label)."""
    return format_html(
        '<ul class="cards">{}</ul>',
        join(
            format_html(
                '<li class="card">{}<div class="card-main"><h{} class="card-title"><a href="{}">{}</a></h{}>{}{}{}</div></li>',
                format_html('<span class="card-icon">{}</span>', icon(item["icon"])) if item.get("icon") else EMPTY,
                level,
                item["url"],
                item["title"],
                level,
                format_html("<p>{}</p>", item["text"]) if item.get("text") else EMPTY,
                format_html('<p class="card-meta">{}</p>', item["meta"]) if item.get("meta") else EMPTY,
                chip(*item["chip"]) if item.get("chip") else EMPTY,
            )
            for item in items
        ),
    )


# ---- Django forms --------------------------------------------------------------------------------------------------------

WIDGETS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.HiddenInput, "hidden"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.CheckboxInput, "checkbox"),
    (forms.PasswordInput, "password"),
    (forms.EmailInput, "email"),
    (forms.NumberInput, "number"),
    (forms.ClearableFileInput, "file"),
    (forms.DateInput, "text"),
)


def form_field(bound: forms.BoundField, **options: Any) -> SafeString:
    """Draw a Django form's field with the kit. Its widget decides the kind; `kind=` and any option of `field` win."""
    widget = bound.field.widget
    kind = next((kind for type_, kind in WIDGETS if isinstance(widget, type_)), "text")
    attrs = {
        key: value
        for key, value in widget.attrs.items()
        if key not in {"autocomplete", "maxlength", "aria-describedby"}
    }
    given = {
        "value": bound.value(),
        "hint": bound.help_text,
        "error": " ".join(bound.errors),
        "required": bound.field.required,
        "choices": getattr(bound.field, "choices", ()),
        "autocomplete": widget.attrs.get("autocomplete", ""),
        "maxlength": getattr(bound.field, "max_length", None),
        "attrs": attrs,
        "disabled": bound.field.disabled,
        **options,
    }
    return field(given.pop("kind", kind), bound.html_name, bound.label, **given)


def form_errors(form: forms.BaseForm) -> SafeString:
    """The error summary of a Django form."""
    return error_summary(
        [
            ("" if name == "__all__" else form.add_prefix(name), message)
            for name, messages in form.errors.items()
            for message in messages
        ]
    )
