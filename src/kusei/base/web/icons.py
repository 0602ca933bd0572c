"""Decorative icons: one sprite, `static/web/icons.svg`, drawn for Kusei on a 24 px grid; `icon` refers to a symbol in it."""

from functools import cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


@cache
def icon(name: str) -> SafeString:
    """The icon called `name`, hidden from screen readers: the text beside it says what it means."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false" width="24" height="24"><use href="{}#{}"></use></svg>',
        static("web/icons.svg"),
        name,
    )
