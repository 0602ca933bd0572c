"""What an entry may hold: names well formed, text storable, details small and without secrets. Pure functions."""

import json
import re
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

ACTS = {"read": _("閲覧"), "change": _("変更"), "refuse": _("拒否")}
ACTOR_KINDS = {"resident": _("住民"), "staff": _("職員"), "system": _("自動処理"), "public": _("未ログイン")}

EVENT = re.compile(r"[a-z][a-z0-9_]*([.:][a-z0-9_-]+)+")  # case.view, page.decide:queue
UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
QUERY_STRING = re.compile(r"\?\S*=")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
SECRET_WORDS = frozenset(
    {
        *(
            "code",
            "codes",
            "password",
            "passwd",
            "passcode",
            "passphrase",
            "pass",
            "secret",
            "secrets",
            "token",
            "tokens",
        ),
        *(
            "otp",
            "totp",
            "pin",
            "key",
            "keys",
            "cookie",
            "cookies",
            "session",
            "sessionid",
            "csrf",
            "signature",
            "bearer",
        ),
        *("credential", "credentials", "authorization", "query", "querystring", "mynumber"),
    }
)
LONGEST_TEXT = 200
LONGEST_DETAIL = 1_000


class UnfitForLog(ValueError):
    """The entry can't go into the log: malformed, too large, or it would keep a secret."""


def check_event(act: str, what: str, purpose: str, now: datetime) -> None:
    """Raise `UnfitForLog` unless the act is known, the event name dotted, a purpose given and the time aware."""
    if act not in ACTS:
        raise UnfitForLog(f"unknown act {act!r}; one of {', '.join(ACTS)}")
    if not EVENT.fullmatch(what):
        raise UnfitForLog(f"{what!r} is not an event name like case.view")
    if not purpose.strip():
        raise UnfitForLog(f"{what} was logged without a purpose (閲覧目的)")
    if now.utcoffset() is None:
        raise UnfitForLog(f"{what} was logged with a time that has no zone")


def clean(value: object) -> str:
    """`value` as text that any database and terminal can hold: control characters and lone surrogates become U+FFFD, and
    it is cut at 200 characters. Ids that a visitor made up come this way, so it never fails."""
    return UNSTORABLE.sub("\ufffd", str(value))[:LONGEST_TEXT]


def subject_of(subject: Any) -> str | None:
    """The id, as text, of a party given as instance or id."""
    return None if subject is None else clean(subject.pk if isinstance(subject, Model) else subject)


def object_of(obj: Model | tuple[str, object] | None) -> tuple[str, str]:
    """(kind, id) as text of a model instance or of a pair; two empty strings for None."""
    if obj is None:
        return "", ""
    kind, number = (obj._meta.label_lower, obj.pk) if isinstance(obj, Model) else obj
    return clean(kind), clean(number)


def detail_text(detail: dict[str, Any]) -> str:
    """The detail as JSON: keys sorted, no spaces.

    Values are text, whole numbers, true, false, null, or lists of text and whole numbers. Raises `UnfitForLog` for other
    values, keys that name a secret (password, code, token…), values with a query string, or more than 1,000 bytes.
    """
    kept = {str(key): _value(str(key), value) for key, value in detail.items()}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(text.encode()) > LONGEST_DETAIL:
        raise UnfitForLog(f"a detail of {len(text.encode())} bytes; at most {LONGEST_DETAIL}")
    return text


def _value(key: str, value: Any) -> Any:
    """One value of a detail, checked and cleaned."""
    secret = SECRET_WORDS.intersection(word.lower() for word in WORD.findall(key))
    if secret:
        raise UnfitForLog(f"detail {key!r} names a secret ({', '.join(secret)}); the log keeps none")
    if isinstance(value, (list, tuple)):
        return [_value(key, each) for each in value]
    if value is None or isinstance(value, int):
        return value
    if not isinstance(value, str):
        raise UnfitForLog(f"detail {key!r} is a {type(value).__name__}; give text or a whole number")
    if QUERY_STRING.search(value):
        raise UnfitForLog(f"detail {key!r} holds a query string; the log keeps none")
    return clean(value)
