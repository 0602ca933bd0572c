"""What was typed into a page whose session had ended: carried through signing in, encrypted, and offered again.

    POST without a session → the sign-in page, with the fields as one encrypted hidden value (`carry`)
    signed in              → the value stays in the new session (`keep`) → `/sign-in/resume` shows a button that sends the fields

Only what passed the CSRF check is carried, nothing is sent until the person presses the button, and no other view need know of it. It is
offered in the browser that sent it alone, and to nobody but who had signed in there last: whoever signs in next on a computer that others
use gets nothing of theirs. Signing in through a service leaves the site and comes back: meanwhile the value waits in the session.
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

from kusei.base.accounts.devices import Device, mark

KEPT_FOR = 30 * 60
"""Seconds within which one must have signed in again."""
LARGEST = 200_000
"""Characters of JSON; the longest form of ours has a tenth of that."""
_NOT_CARRIED = {"csrfmiddlewaretoken", "password", "code"}
_SESSION_KEY = "carried"


@dataclass(frozen=True)
class Carried:
    """A form that wasn't received: where it was going, its fields in order, where to go back to, whether files were lost; the browser it
    came from, and the mark of who had signed in there last ("" where nobody had)."""

    path: str
    fields: list[tuple[str, str]]
    back: str
    had_files: bool
    device: str = ""
    owner: str = ""

    def is_for(self, device: Device, name: str) -> bool:
        """Whether it may be offered to the account `name` (login) that has just signed in on the device."""
        return self.device == device.id and self.owner in ("", mark(name))


def carry(request: HttpRequest, device: Device, now: datetime) -> str:
    """The posted form as an encrypted value, "" where it holds nothing that could be carried (or far too much)."""
    try:
        fields = [
            (name, value) for name, values in request.POST.lists() for value in values if name not in _NOT_CARRIED
        ]
        had_files = bool(request.FILES)
    except RawPostDataException:
        return ""
    body = {"path": request.get_full_path(), "fields": fields, "back": came_from(request), "had_files": had_files}
    body |= {"device": device.id, "owner": device.last}
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
    body["fields"] = [(name, value) for name, value in body["fields"]]
    return Carried(**body)


def keep(request: HttpRequest, token: str) -> None:
    """Keep the value in the session, until `kept` is asked for it."""
    request.session[_SESSION_KEY] = token


def waiting(request: HttpRequest) -> str:
    """The value kept in this session, "" where there is none."""
    return request.session.get(_SESSION_KEY, "")


def kept(request: HttpRequest, now: datetime) -> Carried | None:
    """The form kept in this session, if any."""
    token = waiting(request)
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
