"""What was typed into a page whose session had ended: carried through signing in, encrypted, and offered again.

    POST without a session → the sign-in page, with the fields as one encrypted hidden value (`carry`)
    signed in              → the value stays in the new session (`keep`) → `/sign-in/resume` shows a button that sends the fields

Only what passed the CSRF check is carried, nothing is sent until the person presses the button, and no other view need know of it.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from cryptography.fernet import Fernet, InvalidToken
from django.http import HttpRequest, RawPostDataException
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme

KEPT_FOR = 30 * 60
"""Seconds within which one must have signed in again."""
LARGEST = 200_000
"""Characters of JSON; the longest form of ours has a tenth of that."""
_NOT_CARRIED = {"csrfmiddlewaretoken", "password", "code"}
_SESSION_KEY = "carried"


@dataclass(frozen=True)
class Carried:
    """A form that wasn't received: where it was going, its fields in order, where to go back to, whether files were lost."""

    path: str
    fields: list[tuple[str, str]]
    back: str
    had_files: bool


def carry(request: HttpRequest, now: datetime) -> str:
    """The posted form as an encrypted value, "" where it holds nothing that could be carried (or far too much)."""
    try:
        fields = [
            (name, value) for name, values in request.POST.lists() for value in values if name not in _NOT_CARRIED
        ]
        had_files = bool(request.FILES)
    except RawPostDataException:
        return ""
    body = {"path": request.get_full_path(), "fields": fields, "back": came_from(request), "had_files": had_files}
    text = json.dumps(body, ensure_ascii=False)
    if len(text) > LARGEST:
        return ""
    return _cipher().encrypt_at_time(text.encode("utf-8", "replace"), int(now.timestamp())).decode()


def opened(token: str, now: datetime) -> Carried | None:
    """The form a value carries; None where it is forged, damaged or too old."""
    try:
        body = json.loads(_cipher().decrypt_at_time(token.encode(), KEPT_FOR, int(now.timestamp())))
    except (InvalidToken, UnicodeEncodeError):
        return None
    return Carried(body["path"], [(n, v) for n, v in body["fields"]], body["back"], body["had_files"])


def keep(request: HttpRequest, token: str) -> None:
    """Keep the value in the session, until `kept` is asked for it."""
    request.session[_SESSION_KEY] = token


def kept(request: HttpRequest, now: datetime) -> Carried | None:
    """The form kept in this session, if any."""
    token = request.session.get(_SESSION_KEY)
    return opened(token, now) if token else None


def drop(request: HttpRequest) -> None:
    """Forget what is kept."""
    request.session.pop(_SESSION_KEY, None)


def came_from(request: HttpRequest) -> str:
    """The page of ours on which the form stood, "" where that isn't known."""
    referrer = request.META.get("HTTP_REFERER", "")
    own = url_has_allowed_host_and_scheme(
        referrer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    parts = urlsplit(referrer if own else "")
    return urlunsplit(("", "", parts.path, parts.query, ""))


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("kusei.accounts.replay", "", algorithm="sha256").digest()))
