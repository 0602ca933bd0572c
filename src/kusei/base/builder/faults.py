"""What pydantic found wrong, in words that say what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _


def said(error: Mapping[str, Any]) -> str:
    """One of `ValidationError.errors()` as a sentence; a sentence of the schema's own is kept as it is."""
    kind, context = error["type"], error.get("ctx") or {}
    messages = {
        "missing": _("書かれていません。足してください。"),
        "extra_forbidden": _("この項目は知られていません。名前の書き間違いか、いらない項目です。"),
        "string_type": _("文字で書いてください（引用符で囲みます）。"),
        "int_type": _("整数で書いてください。"),
        "int_parsing": _("整数で書いてください。"),
        "int_from_float": _("整数で書いてください。"),
        "bool_type": _("trueかfalseで書いてください。"),
        "bool_parsing": _("trueかfalseで書いてください。"),
        "list_type": _("一覧（[ ] か - の並び）で書いてください。"),
        "dict_type": _("「名前: 値」の組で書いてください。"),
        "model_type": _("「名前: 値」の組で書いてください。"),
        "string_too_short": _("空にはできません。"),
        "too_short": _("1つ以上必要です。"),
    }
    if kind in messages:
        return messages[kind]
    if kind == "literal_error":
        return _("次のどれかにしてください：%(options)s") % {"options": context.get("expected", "")}
    if kind == "string_pattern_mismatch":
        return _("使えない文字が入っています。形：%(pattern)s") % {"pattern": context.get("pattern", "")}
    if kind in ("greater_than_equal", "less_than_equal"):
        return _("範囲の外の数です（%(limit)s まで）。") % {"limit": context.get("ge", context.get("le"))}
    return str(context.get("error", error.get("msg", kind)))


def address(location: Iterable[Any]) -> str:
    """Where it is, as an address of `tree`."""
    return "/".join(str(step) for step in location)
