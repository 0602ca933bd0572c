"""Texts that are data: a mapping of language to text, as wards write it in YAML."""

from collections.abc import Mapping

from django.utils.translation import get_language

LANGUAGES = ("ja", "ja-easy", "en")


def text(mapping: Mapping[str, str] | str | None, language: str | None = None) -> str:
    """The text in the wanted (default: the active) language, else in やさしい日本語, else in Japanese."""
    if not mapping or isinstance(mapping, str):
        return mapping or ""
    wanted = language or get_language() or "ja"
    if wanted == "ja":
        return mapping["ja"]
    return mapping.get(wanted) or mapping.get("ja-easy") or mapping["ja"]
